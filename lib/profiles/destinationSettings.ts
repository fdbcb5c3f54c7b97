import type { Clock, Random } from '../clock';
import { compileExpression, DEFAULT_EXPRESSION_TIMEOUT_MS } from '../expression';
import type { ExportRequest } from './deliveries';
import { DestinationError } from './errors';
import type { InputKind } from './facts';
import { readMappings, type Mappings } from './mappings';
import type { PayloadMapping, PayloadOptions } from './payload';
import { readProfileKey, type ProfileKey } from './profileKey';
import type { RecordedMappings } from './store/audiences';
import type { ExportOptions } from './take';

/**
 * How a destination is set up, as plain data: kept in the store, so that a backfill goes on with it after a
 * restart. Never holds a secret.
 */
export interface DestinationSettings {
	name: string;
	input: InputKind;
	/** Empty: none. */
	profileKey: string;
	/** As `readMappings` takes them. */
	audiences: unknown;
	attributes: unknown;
	payload: PayloadOptions;
	/** A JSONata expression that makes another payload of the documented one. */
	jsonata?: string;
	request: ExportRequest;
	queue: string;
	/** 1: a request's body is a profile; more: it is an array of so many at most. */
	profilesPerRequest: number;
	order: boolean;
	/** Has no effect without order, and none with a JSONata mapping. */
	supersede: boolean;
	keepSnapshots: boolean;
	/** Milliseconds after which a delivery is given up. */
	maxAgeMs: number;
	/** 0: no limit. */
	requestsPerSecond: number;
	workflowId?: string;
}

/** The settings of a destination that were checked and made ready. */
export interface Destination {
	/** Its own id. */
	id: string;
	settings: DestinationSettings;
	key: ProfileKey | undefined;
	mappings: Mappings;
	mapping: PayloadMapping | undefined;
}

/** What checking and mapping work with. */
export interface DestinationMeans {
	clock: Clock;
	random: Random;
}

/**
 * Checks a destination's settings and makes them ready.
 * @throws DestinationError that names each field that is wrong and how to mend it
 */
export function readDestination(
	id: string,
	settings: DestinationSettings,
	means: DestinationMeans,
): Destination {
	const problems: string[] = [];
	const mappings = attempt(problems, () => readMappings(settings.audiences, settings.attributes));
	const key = readKey(settings, problems);
	const mapping = readJsonata(settings.jsonata, means, problems);
	const { profilesPerRequest: several } = settings;
	if (!Number.isInteger(several) || several < 1) {
		problems.push(
			`Profiles per Request: ${several} is no number of profiles: give 1, or more for an array`,
		);
	}
	if (!mappings || problems.length > 0) throw new DestinationError(problems);
	return { id, settings, key, mappings, mapping };
}

/** Does one part of a reading; what is wrong with it joins the problems of the others. */
export function attempt<T>(problems: string[], read: () => T): T | undefined {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof DestinationError)) throw error;
		problems.push(...error.problems);
		return undefined;
	}
}

function readKey(
	{ profileKey, input, order }: DestinationSettings,
	problems: string[],
): ProfileKey | undefined {
	if (profileKey.trim() === '') {
		if (input === 'always' && !order) return undefined;
		problems.push(
			input === 'always'
				? 'Profile Key is empty: name what tells profiles apart, such as ecid, or switch "Keep Order" off'
				: 'Profile Key is empty: name what tells profiles apart, an identity namespace such as ecid or a path such as personalEmail.address',
		);
		return undefined;
	}
	const reading = readProfileKey(profileKey);
	if (reading.ok) return reading.key;
	problems.push(reading.problem);
	return undefined;
}

function readJsonata(
	text: string | undefined,
	{ clock, random }: DestinationMeans,
	problems: string[],
): PayloadMapping | undefined {
	if (text === undefined) return undefined;
	if (text.trim() === '') {
		problems.push(
			'JSONata Mapping is empty: write an expression, or choose the documented payload',
		);
		return undefined;
	}
	try {
		const evaluate = compileExpression(text, clock, DEFAULT_EXPRESSION_TIMEOUT_MS);
		return async (payload) => await evaluate(payload, { now: clock.now(), random });
	} catch (error) {
		problems.push(`JSONata Mapping: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	}
}

/**
 * What exporting for a destination needs.
 * @param recorded since when its audiences are mapped
 * @param run what differs from run to run
 */
export function exportOptionsOf(
	{ id, settings, key, mappings, mapping }: Destination,
	recorded: RecordedMappings,
	run: { executionId?: string; backfill?: boolean },
): ExportOptions {
	const { name, input, payload, request, queue, workflowId } = settings;
	const { profilesPerRequest, order, supersede, keepSnapshots, maxAgeMs } = settings;
	return {
		destination: id,
		name,
		input,
		...(key ? { key } : {}),
		mappings,
		recorded,
		payload,
		...(mapping ? { mapping } : {}),
		keepSnapshots,
		request,
		queue,
		profilesPerRequest,
		order,
		// What a mapping makes may tell of one change only, which no newer one tells again.
		supersede: supersede && order && !mapping,
		maxAgeMs,
		...(workflowId === undefined ? {} : { workflowId }),
		...run,
	};
}
