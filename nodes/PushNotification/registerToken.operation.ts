import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	readRegistrations,
	registerDevices,
	toPushDetails,
	type Device,
	type Registration,
} from '../../lib/push';
import { openStore, refuseProblems, textReader, toItems } from './itemWork';

type Read = { registrations: Registration[] } | { problem: string };

/** Stores the tokens of devices; a token that is known moves to where it is registered now. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const read = reader(context);
	const worked = context.getInputData().map(({ json }, index) => read(index, json));
	refuseProblems(context, worked);
	const all = worked.flatMap((one) => ('problem' in one ? [] : one.registrations));
	const store = await openStore(context);
	const devices = await store.write(async (unit) => await registerDevices(unit, all));
	const next = devices[Symbol.iterator]();
	const told = worked.map((one) =>
		'problem' in one ? one : one.registrations.map(() => shown(next.next().value as Device)),
	);
	return [toItems(context, told)];
}

/** A device as items show it. */
export const shown = (device: Device) => ({
	profileKey: device.profileKey,
	deviceId: device.id,
	...toPushDetails(device),
	registeredAt: new Date(device.registeredAt).toISOString(),
	...(device.denylisted
		? {
				denylistedAt: new Date(device.denylisted.at).toISOString(),
				denylistedReason: device.denylisted.reason,
			}
		: {}),
});

function reader(context: IExecuteFunctions): (index: number, json: object) => Read {
	const text = (name: string) => textReader(context, name);
	const profileKey = text('profile');
	const fromItem = context.getNodeParameter('registrationFrom', 0, 'item') === 'item';
	const [appId, platform, token] = [text('appId'), text('tokenPlatform'), text('token')];
	const [namespace, identity] = [text('namespace'), text('identity')];
	return (index, json) => {
		const value = fromItem
			? json
			: {
					appID: appId(index),
					platform: platform(index),
					token: token(index),
					identity: { namespace: { code: namespace(index) }, id: identity(index) },
				};
		const reading = readRegistrations(value, profileKey(index) || undefined);
		return reading.ok
			? { registrations: reading.registrations }
			: { problem: reading.problems.join('; ') };
	};
}
