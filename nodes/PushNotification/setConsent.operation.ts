import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { setConsents, type ConsentChange } from '../../lib/push';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';
import { profileProperty } from './profileProperty';

export const description: INodeProperties[] = [
	profileProperty('As the devices were registered under'),
	{
		displayName: 'Consent',
		name: 'consent',
		type: 'options',
		options: [
			{
				name: 'No',
				value: 'no',
				description: 'Nothing is sent any more, nor what waits to be sent',
			},
			{ name: 'Yes', value: 'yes', description: 'Notifications may be sent' },
		],
		default: 'yes',
		description: 'As long as nothing is noted for a profile, notifications are sent',
	},
	{
		displayName: 'App ID',
		name: 'consentAppId',
		type: 'string',
		default: '',
		placeholder: 'every app',
		description:
			'Only of this app. Empty: of every app; what is noted for an app itself goes before.',
	},
];

/** Notes what profiles say about push notifications. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const text = (name: string) => textReader(context, name);
	const [profileKey, consent, appId] = [text('profile'), text('consent'), text('consentAppId')];
	const wanted = context.getInputData().map((_item, index) => {
		const said = consent(index);
		if (profileKey(index) === '') return problem('Profile Key is empty');
		if (said !== 'yes' && said !== 'no') {
			return problem(`Consent is "${said}", and has to be yes or no`);
		}
		const change: ConsentChange = { profileKey: profileKey(index), consent: said };
		if (appId(index) !== '') change.appId = appId(index);
		return change;
	});
	refuseProblems(context, wanted);
	const changes = wanted.flatMap((one) => ('problem' in one ? [] : [one]));
	const store = await openStore(context);
	await store.write(async (unit) => await setConsents(unit, changes));
	return [
		toItems(
			context,
			wanted.map((one) => ('problem' in one ? one : [one])),
		),
	];
}
