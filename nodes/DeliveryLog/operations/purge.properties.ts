import type { INodeProperties } from 'n8n-workflow';
import { filtersField, stateField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'purge';

export const description: INodeProperties[] = [
	{
		displayName:
			'Removes deliveries for good, with their attempts. The delivery store does so by itself when their time is over; what waits is never removed.',
		name: 'purgeNotice',
		type: 'notice',
		default: '',
		displayOptions: shownFor(NAME),
	},
	stateField(NAME, ['delivered', 'dead', 'closed'], ['delivered', 'closed']),
	{
		displayName: 'Older Than (Days)',
		name: 'purgeDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 7,
		displayOptions: shownFor(NAME),
		description: 'Only what ended at least so many days ago; 0 is everything that has ended',
	},
	filtersField(NAME),
];
