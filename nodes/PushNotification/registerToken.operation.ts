import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import {
	ECID,
	readRegistrations,
	registerDevices,
	toPushDetails,
	type Device,
	type Registration,
} from '../../lib/push';
import { openStore, refuseProblems, textReader, toItems } from './itemWork';
import { profileProperty } from './profileProperty';
import { platformOptions } from './sendProperties';

const written = { displayOptions: { show: { registrationFrom: ['fields'] } } };

export const description: INodeProperties[] = [
	{
		displayName: 'Registration',
		name: 'registrationFrom',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'From the Fields Below',
				value: 'fields',
				description: 'App, platform, token and identity one by one',
			},
			{
				name: 'From the Item',
				value: 'item',
				description: "The mobile SDK's event as it is sent, or pushNotificationDetails",
			},
		],
		default: 'item',
	},
	{
		displayName:
			'Each item is the event of the mobile SDK as it is sent, a profile record with pushNotificationDetails, or one of these details.',
		name: 'registrationNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { registrationFrom: ['item'] } },
	},
	profileProperty(
		'What Send finds the device by. May be empty: then it is that of other devices of the same identity, else the identity itself.',
	),
	{
		displayName: 'App ID',
		name: 'appId',
		type: 'string',
		default: '',
		placeholder: 'com.example.app',
		...written,
		description: "The app's bundle ID or package name",
	},
	{
		displayName: 'Platform',
		name: 'tokenPlatform',
		type: 'options',
		options: platformOptions,
		default: 'apns',
		...written,
	},
	{
		displayName: 'Token',
		name: 'token',
		// eslint-disable-next-line n8n-nodes-base/node-param-type-options-password-missing -- it addresses a device and opens nothing; an operator has to be able to read it
		type: 'string',
		default: '',
		placeholder: '{{ $json.token }}',
		...written,
		description: 'As the device got it from its provider',
	},
	{
		displayName: 'Identity Namespace',
		name: 'namespace',
		type: 'string',
		default: ECID,
		...written,
		description: 'What kind of ID it is; ECID for those of the mobile SDK',
	},
	{
		displayName: 'Identity',
		name: 'identity',
		type: 'string',
		default: '',
		placeholder: '{{ $json.ecid }}',
		...written,
		description: "The device's own ID, an ECID unless another namespace is given",
	},
];

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
