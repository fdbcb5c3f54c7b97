import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { forAuthentication, forClientCertificate } from '../shared/authenticationProperties';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily, methodsOf } from '../shared/lazily';
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
} = credentialTests;

const EXPORT = { operation: ['export'] };

/** Exports profiles to any HTTP endpoint, deciding by itself which ones have to be. */
export class HttpProfileDestination implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HTTP Profile Destination',
		name: 'httpProfileDestination',
		icon: {
			light: 'file:httpProfileDestination.svg',
			dark: 'file:httpProfileDestination.dark.svg',
		},
		group: ['output'],
		version: 1,
		subtitle:
			'={{ $parameter["operation"] === "backfill" ? "Backfill" : ($parameter["destinationName"] || $parameter["method"]) + ($parameter["endpoint"] ? ": " + $parameter["endpoint"] : "") }}',
		description: 'Export profiles to an HTTP endpoint when their audiences or attributes change',
		defaults: { name: 'HTTP Profile Destination' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{ $parameter["operation"] === "backfill" ? [{ type: "main", displayName: "Progress" }] : [${senderOutputs('Not Exported')}] }}`,
		hints: [queueTriggerHint('$parameter["operation"] === "export"')],
		credentials: [
			{
				name: 'postbackBearerTokenApi',
				testedBy: 'testBearerToken',
				...forAuthentication('bearerToken', EXPORT),
			},
			{
				name: 'postbackHeaderAuthApi',
				testedBy: 'testHeaderAuth',
				...forAuthentication('headerAuth', EXPORT),
			},
			{
				name: 'postbackOAuth2ClientCredentialsOAuth2Api',
				testedBy: 'testOAuth2ClientCredentials',
				...forAuthentication('oAuth2ClientCredentials', EXPORT),
			},
			{
				name: 'postbackOAuth2PasswordGrantOAuth2Api',
				testedBy: 'testOAuth2PasswordGrant',
				...forAuthentication('oAuth2Password', EXPORT),
			},
			{
				name: 'postbackClientCertificateApi',
				testedBy: 'testClientCertificate',
				...forClientCertificate(EXPORT),
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
		},
		listSearch: methodsOf(work, ['searchDestinations']),
		loadOptions: methodsOf(work, ['getAudiences']),
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await work().execute(this);
	}
}
