import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { eraseProfile } from '../../lib/push';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';
import { profileProperty } from './profileProperty';

export const description: INodeProperties[] = [
	profileProperty('As the devices were registered under'),
	{
		displayName:
			'Erases tokens, consent and interactions of the profile, and what was sent to it. What waits to be sent is cancelled. Counts in reports stay.',
		name: 'removeNotice',
		type: 'notice',
		default: '',
	},
];

/** Erases profiles. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const key = textReader(context, 'profile');
	const wanted = context.getInputData().map((_item, index) => {
		const profileKey = key(index);
		return profileKey === '' ? problem('Profile Key is empty') : { profileKey };
	});
	refuseProblems(context, wanted);
	const store = await openStore(context);
	const told: ({ problem: string } | object[])[] = [];
	for (const one of wanted) {
		if ('problem' in one) told.push(one);
		else {
			const { profileKey } = one;
			const erased = await store.write(async (unit) => await eraseProfile(unit, profileKey));
			told.push([{ profileKey, erased }]);
		}
	}
	return [toItems(context, told)];
}
