import type { INodeProperties } from 'n8n-workflow';
import { idField } from '../fieldProperties';
import { shownFor } from '../operation';

export const description: INodeProperties[] = [idField('attemptsOf', shownFor('getAttempts'))];
