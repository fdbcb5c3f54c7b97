import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { orContinue } from '../shared/continueOnError';
import { testDeliveryStore } from '../shared/credentialTests';
import { orGiveBack } from '../shared/giveBack';
import { testApns, testFcm } from '../shared/pushCredentialTests';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import * as getDevices from './getDevices.operation';
import { operation, shownFor, type Operation } from './operations';
import * as registerToken from './registerToken.operation';
import * as removeProfile from './removeProfile.operation';
import * as removeToken from './removeToken.operation';
import * as report from './report.operation';
import { OUTPUTS } from './results';
import * as send from './send.operation';
import * as setConsent from './setConsent.operation';
import * as trackInteraction from './trackInteraction.operation';

const OPERATIONS: Record<
	Operation,
	{
		description: INodeTypeDescription['properties'];
		execute: (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>;
	}
> = {
	getDevices,
	registerToken,
	removeProfile,
	removeToken,
	report,
	send,
	setConsent,
	trackInteraction,
};

const properties = Object.entries(OPERATIONS).flatMap(([name, { description }]) =>
	shownFor([name as Operation], description),
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
		outputs: `={{ ((operation, retries) => operation !== 'send' ? [{ type: 'main' }] : [
			{ type: 'main', displayName: 'Delivered' },
			{ type: 'main', displayName: retries === 'output' ? 'Retry (connect a Wait)' : 'Retrying (automatic)' },
			{ type: 'main', displayName: 'Dead Letter' },
			{ type: 'main', displayName: 'Excluded' },
		])($parameter["operation"], $parameter["retries"]) }}`,
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
			{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
		],
		properties: [operation, ...properties],
	};

	methods = { credentialTest: { testApns, testDeliveryStore, testFcm } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const chosen = this.getNodeParameter('operation', 0, 'send') as Operation;
		const isSend = chosen === 'send';
		const outputs = isSend ? OUTPUTS : 1;
		if (this.getInputData().length === 0) return Array.from({ length: outputs }, () => []);
		const { execute } = OPERATIONS[chosen];
		if (!isSend) return await execute(this);
		const work = async () => {
			refuseRetryOnFail(this);
			return await execute(this);
		};
		return await orContinue(this, async () => await orGiveBack(this, work), outputs);
	}
}
