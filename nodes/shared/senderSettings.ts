import type { INode } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import {
	customizePolicy,
	PolicyError,
	scalePolicy,
	type PolicyOverrides,
} from '../../lib/delivery/policy';
import {
	DEFAULT_EXPONENTIAL,
	PRESET_NAMES,
	presetForKind,
	type PresetName,
	type RetryPolicy,
} from '../../lib/delivery/presets';
import { listOf } from './credentials';

/** The collection "Retry Policy Settings" as the editor gives it. */
export interface PolicyFields {
	successStatuses?: string;
	retryStatuses?: string;
	scheduleSeconds?: string;
	firstDelaySeconds?: number;
	factor?: number;
	longestDelaySeconds?: number;
	retries?: number;
	jitterPercent?: number;
}

/**
 * Reads the retry policy of a sender. Gives the policy for a delivery: its kind's preset where the choice
 * is automatic, with the operator's changes.
 * @throws NodeOperationError that names the field
 */
export function readPolicy(
	node: INode,
	choice: string,
	fields: PolicyFields,
	timeoutSeconds: number | undefined,
	timeScale: number,
): (delivery: Pick<Delivery, 'kind'>) => RetryPolicy {
	const policies = new Map<string, RetryPolicy>();
	const make = (preset: PresetName) => {
		try {
			return scalePolicy(
				customizePolicy(preset, overridesOf(fields, preset, timeoutSeconds)),
				timeScale,
			);
		} catch (error) {
			throw error instanceof PolicyError
				? new NodeOperationError(node, inTheEditorsWords(error))
				: error;
		}
	};
	if (choice !== 'automatic' && !PRESET_NAMES.some((preset) => preset === choice)) {
		throw new NodeOperationError(node, `Retry Policy: "${choice}" is not known`);
	}
	// A mistake in the settings is told before anything is sent, whatever the items are.
	if (choice !== 'automatic') policies.set(choice, make(choice as PresetName));
	else make('mobilePostback');
	return ({ kind }) => {
		const preset = choice === 'automatic' ? presetForKind(kind).preset : (choice as PresetName);
		let policy = policies.get(preset);
		if (!policy) policies.set(preset, (policy = make(preset)));
		return policy;
	};
}

/** What the fields are called in the editor, with the unit in which an error speaks of them. */
const FIELDS: Record<PolicyError['field'], readonly [field: string, unit: string]> = {
	successStatuses: ['Retry Policy Settings › Success Statuses', ''],
	retryStatuses: ['Retry Policy Settings › Retry Statuses', ''],
	scheduleMs: ['Retry Policy Settings › Delays (Seconds)', ' (milliseconds)'],
	exponential: ['Retry Policy Settings › Exponential', ''],
	jitter: ['Retry Policy Settings › Jitter (%)', ' (1 stands for 100 %)'],
	timeoutMs: ['Options › Timeout (Seconds)', ' (milliseconds)'],
};

function inTheEditorsWords({ field, message }: PolicyError): string {
	const [name, unit] = FIELDS[field];
	const problem = message.slice(message.indexOf(': ') + 2);
	return `${name}: ${problem}${/\d$/.test(problem) ? unit : ''}`;
}

function overridesOf(
	fields: PolicyFields,
	preset: PresetName,
	timeoutSeconds: number | undefined,
): PolicyOverrides {
	const overrides: PolicyOverrides = {};
	if (fields.successStatuses) overrides.successStatuses = fields.successStatuses;
	if (fields.retryStatuses) overrides.retryStatuses = fields.retryStatuses;
	if (fields.jitterPercent !== undefined) overrides.jitter = fields.jitterPercent / 100;
	if (timeoutSeconds) overrides.timeoutMs = timeoutSeconds * 1000;
	const delays = listOf(fields.scheduleSeconds);
	if (delays.length > 0) {
		overrides.scheduleMs = delays.map(secondsToMs);
	} else if (preset === 'exponential') {
		const { baseMs, factor, capMs, tries } = DEFAULT_EXPONENTIAL;
		overrides.exponential = {
			baseMs: fields.firstDelaySeconds === undefined ? baseMs : fields.firstDelaySeconds * 1000,
			factor: fields.factor ?? factor,
			capMs: fields.longestDelaySeconds === undefined ? capMs : fields.longestDelaySeconds * 1000,
			tries: fields.retries ?? tries,
		};
	}
	return overrides;
}

function secondsToMs(text: string): number {
	const seconds = Number(text);
	if (!Number.isNaN(seconds)) return seconds * 1000;
	throw new PolicyError('scheduleMs', `"${text}" is no number of seconds`);
}

/** Shortens schedules for demos and tests; the environment variable N8N_POSTBACK_TIME_SCALE, such as 0.01. */
export function timeScaleOf(env: Record<string, string | undefined>): number {
	const scale = Number(env.N8N_POSTBACK_TIME_SCALE ?? 1);
	return scale > 0 && scale <= 1 ? scale : 1;
}
