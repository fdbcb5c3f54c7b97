import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily } from '../shared/lazily';
import { description as getDevices } from './getDevices.properties';
import { credentialsPlace, storeCredential } from '../shared/credentialFields';
import { senderOutputs } from '../shared/senderOptions';
import { queueTriggerHint } from '../shared/senderHints';
import { operation, shownFor, type Operation } from './operations';
import { description as registerToken } from './registerToken.properties';
import { description as removeProfile } from './removeProfile.properties';
import { description as removeToken } from './removeToken.properties';
import { description as report } from './report.properties';
import { sendProperties as send } from './sendProperties';
import { description as setConsent } from './setConsent.properties';
import { description as trackInteraction } from './trackInteraction.properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testApns, testDeliveryStore, testFcm } = credentialTests;

const FIELDS: Record<Operation, INodeProperties[]> = {
	getDevices,
	registerToken,
	removeProfile,
	removeToken,
	report,
	send,
	setConsent,
	trackInteraction,
};

const properties = Object.entries(FIELDS).flatMap(([name, fields]) =>
	shownFor([name as Operation], fields),
);

/** Registers devices and sends them push notifications through APNs and FCM. */
export class PushNotification implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Push Notification',
		name: 'pushNotification',
		icon: { light: 'file:pushNotification.svg', dark: 'file:pushNotification.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle:
			'={{ { getDevices: "Get Devices", registerToken: "Register Token", removeProfile: "Remove Profile", removeToken: "Remove Token", report: "Report", send: "Send", setConsent: "Set Consent", trackInteraction: "Track Interaction" }[$parameter["operation"]] + ($parameter["operation"] === "send" && $parameter["messageId"] ? ": " + $parameter["messageId"] : "") }}',
		description:
			'Send push notifications to iOS and Android devices, and follow what becomes of them',
		defaults: { name: 'Push Notification' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{ $parameter["operation"] !== "send" ? [{ type: "main" }] : [${senderOutputs('Excluded')}] }}`,
		hints: [queueTriggerHint('$parameter["operation"] === "send"')],
		credentials: [
			{
				name: 'postbackApnsApi',
				required: false,
				testedBy: 'testApns',
				displayOptions: { show: { operation: ['send'] } },
			},
			{
				name: 'postbackFcmApi',
				required: false,
				testedBy: 'testFcm',
				displayOptions: { show: { operation: ['send'] } },
			},
			{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential },
		],
		properties: [operation, credentialsPlace, ...properties],
	};

	methods = { credentialTest: { testApns, testDeliveryStore, testFcm } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await work().execute(this);
	}
}
