import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { forAuthentication, forClientCertificate } from '../shared/authenticationProperties';
import { orContinue } from '../shared/continueOnError';
import {
	testBearerToken,
	testClientCertificate,
	testDeliveryStore,
	testHeaderAuth,
	testOAuth2ClientCredentials,
	testOAuth2PasswordGrant,
} from '../shared/credentialTests';
import { orGiveBack } from '../shared/giveBack';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import { backfill, getAudiences, searchDestinations } from './backfill';
import { exportProfiles } from './export';
import { properties } from './properties';
import { OUTPUTS } from './results';

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
		outputs: `={{ ((operation, retries) => operation === 'backfill' ? [{ type: 'main', displayName: 'Progress' }] : [
			{ type: 'main', displayName: 'Delivered' },
			{ type: 'main', displayName: retries === 'output' ? 'Retry (connect a Wait)' : 'Retrying (automatic)' },
			{ type: 'main', displayName: 'Dead Letter' },
			{ type: 'main', displayName: 'Not Exported' },
		])($parameter["operation"], $parameter["retries"]) }}`,
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
		},
		listSearch: { searchDestinations },
		loadOptions: { getAudiences },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const isBackfill = this.getNodeParameter('operation', 0, 'export') === 'backfill';
		const outputs = isBackfill ? 1 : OUTPUTS;
		if (this.getInputData().length === 0) return Array.from({ length: outputs }, () => []);
		const work = async () => {
			refuseRetryOnFail(this);
			return isBackfill ? await backfill(this) : await exportProfiles(this);
		};
		return await orContinue(this, async () => await orGiveBack(this, work), outputs);
	}
}
