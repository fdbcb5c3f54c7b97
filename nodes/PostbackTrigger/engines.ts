import type { INode } from 'n8n-workflow';
import {
	createPostbackEngine,
	type PostbackEngine,
	type PostbackSettings,
	type PrivacyStatus,
} from '../../lib/postbacks';
import { hasExpression } from '../shared/parameters';
import { oncePerProcess } from '../shared/processScope';
import { readDefinitions, type DefinitionParameters } from './definitions';

/** The parameters that decide what matches and what is composed. */
export interface EngineParameters extends DefinitionParameters {
	privacyDefault?: string;
	privacyKey?: string;
	settings?: { piiKey?: string; jsonEscape?: boolean; sdkVersion?: string };
}

const PARAMETERS = [
	'definitionsFrom',
	'postbacks',
	'mobileConfig',
	'configVisitorKey',
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

interface KnownEngine {
	source: string;
	engine: PostbackEngine;
}

const engines = () => oncePerProcess('postbackEngines', () => new Map<string, KnownEngine>());

/**
 * The compiled postbacks of a node, compiled once for as long as its parameters stay the same: n8n makes
 * a new node object for every request.
 * @param scope the workflow and the node
 * @throws DefinitionError that names every field that is wrong
 */
export function engineOf(scope: string, parameters: EngineParameters): PostbackEngine {
	const source = JSON.stringify(PARAMETERS.map((name) => parameters[name]));
	const known = engines().get(scope);
	if (known?.source === source) return known.engine;
	const engine = createPostbackEngine(readDefinitions(parameters), settingsOf(parameters));
	engines().set(scope, { source, engine });
	return engine;
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
