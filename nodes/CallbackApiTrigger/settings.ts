import { createHash } from 'node:crypto';
import { NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';
import { isResourceId } from '../../lib/callbacks/jsonApi';
import { listOf } from '../shared/lists';
import { numberOption } from '../shared/parameters';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

/** What contexts of all kinds have of what is read here. */
export interface SettingsContext {
	getNode(): INode;
	getWorkflow(): { id?: string };
	getNodeParameter(name: string, fallback?: unknown): unknown;
	getNodeWebhookUrl?(name: 'default'): string | undefined;
}

/** The node's options. */
export interface ApiSettings {
	anyProperty: boolean;
	allowHttp: boolean;
	allowedHosts: string[];
	/** A change is an audit event too. */
	auditEvents: boolean;
	batchSize: number;
	disableAfterMs?: number;
	disableOnGone: boolean;
	maxBodyBytes: number;
	rotationOverlapMs: number;
	secrets: 'never' | 'asked' | 'always';
}

/**
 * Reads the node's options.
 * @throws NodeOperationError that names the field
 */
export function readSettings(context: SettingsContext): ApiSettings {
	const node = context.getNode();
	const options = context.getNodeParameter('settings', {}) as IDataObject;
	const number = (name: string, label: string, otherwise: number, least: number) =>
		Math.max(least, numberOption(node, options, [name, label], otherwise));
	const disableAfterDays = number('disableAfterDays', 'Disable After Days of Failure', 0, 0);
	const secrets = String(options.signingSecrets ?? 'asked');
	return {
		anyProperty: options.anyProperty === true,
		allowHttp: options.allowHttp === true,
		allowedHosts: listOf(options.allowedHosts),
		auditEvents: options.auditEvents === true,
		batchSize: Math.floor(number('batchSize', 'Batch Size', 100, 1)),
		...(disableAfterDays > 0 ? { disableAfterMs: disableAfterDays * DAY } : {}),
		disableOnGone: options.disableOnGone === true,
		maxBodyBytes: number('maxBodyKb', 'Largest Request (KB)', 256, 1) * 1024,
		rotationOverlapMs: number('rotationHours', 'Rotation Overlap (Hours)', 24, 0) * HOUR,
		secrets: secrets === 'never' || secrets === 'always' ? secrets : 'asked',
	};
}

/**
 * The node's properties, names by ids.
 * @throws NodeOperationError that names the entry that is wrong
 */
export function declaredProperties(context: SettingsContext): Map<string, string> {
	const node = context.getNode();
	const given = context.getNodeParameter('properties', {}) as { property?: IDataObject[] };
	const declared = new Map<string, string>();
	(given.property ?? []).forEach((entry, at) => {
		const name = String(entry.name ?? '').trim();
		const id = String(entry.propertyId ?? '').trim() || propertyIdOf(name);
		const refuse = (problem: string): never => {
			throw new NodeOperationError(node, `Properties › ${name || `entry ${at + 1}`}: ${problem}`);
		};
		if (name === '') refuse('it needs a name');
		if (!isResourceId(id, 'PR')) refuse('Property ID has to be PR and 32 hexadecimal digits');
		if (declared.has(id)) refuse('another property has the same ID');
		declared.set(id, name);
	});
	return declared;
}

/** The id of a property that has none of its own: always the same for a name. */
export function propertyIdOf(name: string): string {
	const digest = createHash('sha256').update(`n8n-nodes-postback property ${name}`).digest('hex');
	return `PR${digest.slice(0, 32)}`;
}

/** Names this trigger among those that tell of changes. */
export const readerName = (context: SettingsContext): string =>
	`${context.getWorkflow().id ?? 'unsaved'}/${context.getNode().id}`;

/** Where the API is: the option, else the webhook's URL up to its first variable segment. */
export function baseUrlOf(context: SettingsContext): string {
	const options = context.getNodeParameter('settings', {}) as IDataObject;
	const chosen = String(options.baseUrl ?? '').trim();
	const url = chosen || (context.getNodeWebhookUrl?.('default') ?? '').split('/:', 1)[0];
	return url.replace(/\/+$/, '');
}
