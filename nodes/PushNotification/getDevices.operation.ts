import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { devicesOfIdentity, devicesOfProfiles, ECID, type Device } from '../../lib/push';
import { itemReader } from '../shared/parameters';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';
import { shown } from './registerToken.operation';

/** Gives the devices of profiles or identities, each as an item. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const isByIdentity = context.getNodeParameter('findBy', 0, 'profile') === 'identity';
	const key = textReader(context, isByIdentity ? 'deviceIdentity' : 'deviceProfile');
	const namespace = textReader(context, 'deviceNamespace');
	const includes = itemReader(context, 'includeDenylisted', true);
	const wanted = context.getInputData().map((_item, index) => {
		const value = key(index);
		const name = isByIdentity ? 'Identity' : 'Profile Key';
		return value === '' ? problem(`${name} is empty`) : { value, index };
	});
	refuseProblems(context, wanted);
	const store = await openStore(context);
	const found = await store.read(async (unit) => {
		const keys = wanted.flatMap((one) => ('problem' in one ? [] : [one.value]));
		const profiles = isByIdentity ? undefined : await devicesOfProfiles(unit, keys);
		const all: Device[][] = [];
		for (const one of wanted) {
			if ('problem' in one) all.push([]);
			else if (profiles) all.push(profiles.get(one.value) ?? []);
			else all.push(await devicesOfIdentity(unit, namespace(one.index) || ECID, one.value));
		}
		return all;
	});
	const told = wanted.map((one, index) =>
		'problem' in one
			? one
			: found[index]
					.filter(({ denylisted }) => !denylisted || includes(index) !== false)
					.map(shown),
	);
	return [toItems(context, told)];
}
