import type { Operation } from '../operation';
import { cancel } from './cancel.operation';
import { dashboard } from './dashboard.operation';
import { get } from './get.operation';
import { getAttempts } from './getAttempts.operation';
import { getMany } from './getMany.operation';
import { metrics } from './metrics.operation';
import { move } from './move.operation';
import { progress } from './progress.operation';
import { purge } from './purge.operation';
import { replay } from './replay.operation';
import { statistics } from './statistics.operation';

/** The operations by the values of the field "Operation". */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
	cancel,
	dashboard,
	get,
	getAttempts,
	getMany,
	metrics,
	move,
	progress,
	purge,
	replay,
	statistics,
};
