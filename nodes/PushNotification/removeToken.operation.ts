import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { deviceIdOf, isPlatform, removeDevices } from '../../lib/push';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';

/** Removes tokens; what waits for them ends before its next attempt. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const text = (name: string) => textReader(context, name);
	const [appId, platform, token] = [
		text('removedAppId'),
		text('removedPlatform'),
		text('removedToken'),
	];
	const wanted = context.getInputData().map((_item, index) => {
		const chosen = platform(index);
		if (!isPlatform(chosen)) return problem(`Platform: "${chosen}" is not known`);
		if (appId(index) === '') return problem('App ID is empty');
		if (token(index) === '') return problem('Token is empty');
		return { id: deviceIdOf(appId(index), chosen, token(index)) };
	});
	refuseProblems(context, wanted);
	const ids = wanted.flatMap((one) => ('problem' in one ? [] : [one.id]));
	const store = await openStore(context);
	const removed = new Set(await store.write(async (unit) => await removeDevices(unit, ids)));
	const told = wanted.map((one) =>
		'problem' in one ? one : [{ deviceId: one.id, removed: removed.has(one.id) }],
	);
	return [toItems(context, told)];
}
