import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { eraseProfile } from '../../lib/push';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';

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
