import type { INode } from 'n8n-workflow';
import {
	createEventFilter,
	createPostbackEngine,
	type EventFilter,
	type PostbackEngine,
	type PostbackSettings,
	type PrivacyStatus,
} from '../../lib/postbacks';
import { hasExpression } from '../shared/parameters';
import { oncePerProcess } from '../shared/processScope';
import {
	readDefinitions,
	readEventChoice,
	type DefinitionParameters,
	type EventParameters,
} from './definitions';

/** The parameters that decide what matches and what is composed. */
export interface EngineParameters extends DefinitionParameters, EventParameters {
	emit?: string;
	privacyDefault?: string;
	privacyKey?: string;
	settings?: { piiKey?: string; jsonEscape?: boolean; sdkVersion?: string };
}

const PARAMETERS = [
	'emit',
	'definitionsFrom',
	'postbacks',
	'mobileConfig',
	'configVisitorKey',
	'events',
	'conditions',
	'combine',
	'eventRules',
	'launchRules',
	'privacyDefault',
	'privacyKey',
	'settings',
] as const;

interface ParameterContext {
	getNode(): INode;
	getNodeParameter(name: string, fallback?: unknown): unknown;
}

/** Reads these parameters; n8n is asked only for those that hold an expression, which is what costs. */
export function engineParameters(context: ParameterContext): EngineParameters {
	const raw = context.getNode().parameters;
	return Object.fromEntries(
		PARAMETERS.map((name) => [
			name,
			hasExpression(raw[name]) ? context.getNodeParameter(name, raw[name]) : raw[name],
		]),
	);
}

/** What a trigger makes of hits: deliveries of the postbacks that match, or events as they are. */
export type Matching = { engine: PostbackEngine; filter?: undefined } | { filter: EventFilter };

interface KnownMatching {
	source: string;
	matching: Matching;
}

const known = () => oncePerProcess('postbackMatchings', () => new Map<string, KnownMatching>());

/**
 * What a node makes of hits, compiled once for as long as its parameters stay the same: n8n makes a new node
 * object for every request.
 * @param scope the workflow and the node
 * @throws DefinitionError that names every field that is wrong
 */
export function matchingOf(scope: string, parameters: EngineParameters): Matching {
	const source = JSON.stringify(PARAMETERS.map((name) => parameters[name]));
	const compiled = known().get(scope);
	if (compiled?.source === source) return compiled.matching;
	const matching = compile(parameters);
	known().set(scope, { source, matching });
	return matching;
}

function compile(parameters: EngineParameters): Matching {
	const settings = settingsOf(parameters);
	if (parameters.emit === 'event') {
		return { filter: createEventFilter(readEventChoice(parameters), settings) };
	}
	return { engine: createPostbackEngine(readDefinitions(parameters), settings) };
}

function settingsOf({
	privacyKey,
	privacyDefault,
	settings = {},
}: EngineParameters): PostbackSettings {
	return {
		...(privacyKey ? { privacyKey } : {}),
		privacyDefault: (privacyDefault ?? 'optedin') as PrivacyStatus,
		...(settings.piiKey ? { piiKey: settings.piiKey } : {}),
		jsonEscape: settings.jsonEscape !== false,
		...(settings.sdkVersion ? { sdkVersion: settings.sdkVersion } : {}),
	};
}
