import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { setConsents, type ConsentChange } from '../../lib/push';
import { openStore, problem, refuseProblems, textReader, toItems } from './itemWork';

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
