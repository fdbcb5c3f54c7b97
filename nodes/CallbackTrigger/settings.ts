import { NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';
import { triggerConsumer } from '../../lib/store/lines';
import { checkedId } from '../../lib/callbacks/reactor/ids';
import { readSubscriptions } from '../../lib/callbacks/subscriptions';
import { CallbackFieldError } from '../../lib/callbacks/errors';
import { allowList } from '../shared/allowList';
import { eventTypesOf } from '../shared/callbackFields';
import { listOf } from '../shared/lists';
import { outcomeOf } from '../shared/outcome';
import { numberOption } from '../shared/parameters';
import type { RemoteService } from '../shared/reactorClients';

/** The field "Check Events". */
export type CheckChoice = 'none' | 'signature' | 'registered' | 'api';

export interface TriggerSettings {
	service: RemoteService;
	propertyId: string;
	subscriptions: string[];
	check: CheckChoice;
	/** The field "Options". */
	options: IDataObject;
}

interface SettingsContext {
	getNode(): INode;
	getWorkflow(): { id?: string };
	getNodeParameter(name: string, fallback?: unknown, options?: { extractValue?: boolean }): unknown;
}

/**
 * Reads what is to be subscribed to, and how it is taken.
 * @throws NodeOperationError that names the field that is wrong
 */
export function readSettings(context: SettingsContext): TriggerSettings {
	const node = context.getNode();
	const text = (name: string, otherwise: string) =>
		String(context.getNodeParameter(name, otherwise) ?? otherwise);
	const service = text('service', 'adobe');
	if (service !== 'adobe' && service !== 'remote') {
		throw new NodeOperationError(node, `Events Of has no choice "${service}"`);
	}
	const check = text('check', 'none');
	if (!['none', 'signature', 'registered', 'api'].includes(check)) {
		throw new NodeOperationError(node, `Check Events has no choice "${check}"`);
	}
	if (check === 'registered' && service === 'adobe') {
		throw new NodeOperationError(
			node,
			'Check Events: Adobe signs nothing; choose "Read Again From the API" or none',
		);
	}
	return {
		service,
		propertyId: propertyOf(context),
		subscriptions: subscriptionsOf(context, service),
		check: check as CheckChoice,
		options: (context.getNodeParameter('settings', {}) ?? {}) as IDataObject,
	};
}

function propertyOf(context: SettingsContext): string {
	const value = context.getNodeParameter('propertyId', '', { extractValue: true });
	// Contexts of tests and expressions may give the locator itself.
	const id = typeof value === 'object' && value !== null ? (value as IDataObject).value : value;
	const checked = outcomeOf(() => checkedId('PR', id));
	if ('value' in checked) return checked.value;
	throw new NodeOperationError(context.getNode(), `Property: ${(checked.error as Error).message}`);
}

function subscriptionsOf(context: SettingsContext, service: RemoteService): string[] {
	const node = context.getNode();
	const types = eventTypesOf(
		context.getNodeParameter('eventTypes', []),
		context.getNodeParameter('otherEventTypes', ''),
	);
	if (types.length === 0) {
		throw new NodeOperationError(node, 'Event Types is empty: choose at least one');
	}
	const wildcard = types.find((type) => type.endsWith('*'));
	if (service === 'adobe' && wildcard !== undefined) {
		throw new NodeOperationError(
			node,
			`Other Event Types holds "${wildcard}", and Adobe knows only whole types such as rule.created`,
		);
	}
	const read = outcomeOf(() => readSubscriptions(types).subscriptions);
	if ('value' in read) return read.value;
	throw new NodeOperationError(node, `Event Types: ${problemIn(types, read.error)}`);
}

/** What is wrong with which type. */
function problemIn(types: readonly string[], error: unknown): string {
	if (!(error instanceof CallbackFieldError)) return (error as Error).message;
	const at = Number(error.attribute.split('/')[1]);
	return `${Number.isInteger(at) ? `"${types[at]}" ` : ''}${error.problem}`;
}

/**
 * Looks through the field "IP Allow List".
 * @throws NodeOperationError that names what is no address
 */
export function assertAllowList(context: Pick<SettingsContext, 'getNode'>, options: IDataObject) {
	const { error } = outcomeOf(() => allowList(listOf(options.allowedIps)));
	if (error) throw new NodeOperationError(context.getNode(), (error as Error).message);
}

/** A number under Options that is not below what makes sense. */
export const optionOf = (
	node: INode,
	options: IDataObject,
	names: readonly [name: string, label: string],
	otherwise: number,
	least: number,
): number => Math.max(least, numberOption(node, options, names, otherwise));

/** Names a trigger in the store. */
export interface TriggerNames {
	/** Its workflow and its node. */
	scope: string;
	consumer: string;
	/** Its registration: while it listens for a test it has another one. */
	registration: string;
}

export function namesOf(
	context: Pick<SettingsContext, 'getNode' | 'getWorkflow'>,
	test: boolean,
): TriggerNames {
	const { id } = context.getNode();
	const workflowId = context.getWorkflow().id ?? 'unsaved';
	const scope = `${workflowId}/${id}`;
	return {
		scope,
		consumer: triggerConsumer(workflowId, id),
		registration: test ? `${scope}#test` : scope,
	};
}
