import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { forAuthentication, forClientCertificate } from '../shared/authenticationProperties';
import {
	testBearerToken,
	testClientCertificate,
	testDeliveryStore,
	testHeaderAuth,
	testOAuth2ClientCredentials,
	testOAuth2PasswordGrant,
	testSigningSecret,
} from '../shared/credentialTests';
import { orContinue } from '../shared/continueOnError';
import { orGiveBack } from '../shared/giveBack';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import { httpSender } from './httpSender';
import { properties } from './properties';
import { readItems } from './requests';
import { runSender } from '../shared/runSender';

/** Sends deliveries over HTTP, with retries that survive a crash. */
export class HttpDelivery implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HTTP Delivery',
		name: 'httpDelivery',
		icon: { light: 'file:httpDelivery.svg', dark: 'file:httpDelivery.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle:
			'={{ $parameter["source"] === "fields" ? $parameter["method"] + " " + $parameter["url"] : "Send deliveries" }}',
		description: 'Send messages over HTTP with retries, dead letters and signatures',
		defaults: { name: 'HTTP Delivery' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{ ((retries) => [
			{ type: 'main', displayName: 'Delivered' },
			{ type: 'main', displayName: retries === 'output' ? 'Retry (connect a Wait)' : 'Retrying (automatic)' },
			{ type: 'main', displayName: 'Dead Letter' },
		])($parameter["retries"]) }}`,
		credentials: [
			{
				name: 'postbackBearerTokenApi',
				testedBy: 'testBearerToken',
				...forAuthentication('bearerToken'),
			},
			{
				name: 'postbackHeaderAuthApi',
				testedBy: 'testHeaderAuth',
				...forAuthentication('headerAuth'),
			},
			{
				name: 'postbackOAuth2ClientCredentialsOAuth2Api',
				testedBy: 'testOAuth2ClientCredentials',
				...forAuthentication('oAuth2ClientCredentials'),
			},
			{
				name: 'postbackOAuth2PasswordGrantOAuth2Api',
				testedBy: 'testOAuth2PasswordGrant',
				...forAuthentication('oAuth2Password'),
			},
			{
				name: 'postbackClientCertificateApi',
				testedBy: 'testClientCertificate',
				...forClientCertificate(),
			},
			{
				name: 'postbackSigningSecretApi',
				required: true,
				displayOptions: { show: { sign: [true] } },
				testedBy: 'testSigningSecret',
			},
			{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
		],
		properties,
	};

	methods = {
		credentialTest: {
			testBearerToken,
			testClientCertificate,
			testDeliveryStore,
			testHeaderAuth,
			testOAuth2ClientCredentials,
			testOAuth2PasswordGrant,
			testSigningSecret,
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		if (this.getInputData().length === 0) return [[], [], []];
		const send = async () => {
			refuseRetryOnFail(this);
			const items = readItems(this);
			const options = this.getNodeParameter('options', 0, {}) as IDataObject;
			const run = await httpSender(this, items, options);
			return await runSender(this, run);
		};
		return await orContinue(this, async () => await orGiveBack(this, send));
	}
}
