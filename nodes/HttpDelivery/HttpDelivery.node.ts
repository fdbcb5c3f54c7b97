import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { forAuthentication, forClientCertificate } from '../shared/authenticationProperties';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily } from '../shared/lazily';
import { storeCredential } from '../shared/credentialFields';
import { senderOutputs } from '../shared/senderOptions';
import { queueTriggerHint } from '../shared/senderHints';
import { properties } from './properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const {
	testBearerToken,
	testClientCertificate,
	testDeliveryStore,
	testHeaderAuth,
	testOAuth2ClientCredentials,
	testOAuth2PasswordGrant,
	testSigningSecret,
} = credentialTests;

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
		outputs: `={{ [${senderOutputs()}] }}`,
		hints: [queueTriggerHint()],
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
			{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential },
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
		return await work().execute(this);
	}
}
