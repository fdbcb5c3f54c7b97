import {
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
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
				required: true,
				displayOptions: { show: { authentication: ['bearerToken'] } },
				testedBy: 'testBearerToken',
			},
			{
				name: 'postbackHeaderAuthApi',
				required: true,
				displayOptions: { show: { authentication: ['headerAuth'] } },
				testedBy: 'testHeaderAuth',
			},
			{
				name: 'postbackOAuth2ClientCredentialsOAuth2Api',
				required: true,
				displayOptions: { show: { authentication: ['oAuth2ClientCredentials'] } },
				testedBy: 'testOAuth2ClientCredentials',
			},
			{
				name: 'postbackOAuth2PasswordGrantOAuth2Api',
				required: true,
				displayOptions: { show: { authentication: ['oAuth2Password'] } },
				testedBy: 'testOAuth2PasswordGrant',
			},
			{
				name: 'postbackClientCertificateApi',
				required: true,
				displayOptions: { show: { clientCertificate: [true] } },
				testedBy: 'testClientCertificate',
			},
			{
				name: 'postbackSigningSecretApi',
				required: true,
				displayOptions: { show: { sign: [true] } },
				testedBy: 'testSigningSecret',
			},
			{
				name: 'deliveryStoreApi',
				required: false,
				testedBy: 'testDeliveryStore',
			},
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

/** n8n's Retry On Fail repeats the whole node, with everything that was already delivered. */
function refuseRetryOnFail(context: IExecuteFunctions): void {
	if (!context.getNode().retryOnFail) return;
	throw new NodeOperationError(
		context.getNode(),
		'Switch "Retry On Fail" off in the settings of this node',
		{
			description:
				"This node retries by itself, each message alone. n8n's own retry would send all of them again.",
		},
	);
}
