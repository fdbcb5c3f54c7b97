import { type Clock, systemClock } from '../clock';
import type { DeliveryRequest } from '../delivery/delivery';
import {
	compilePostback,
	type CompiledPostback,
	compose,
	type Composition,
	type CompositionEnvironment,
	type CompositionError,
} from './compose';
import { toTree } from './conditions';
import type { PostbackDefinition, PostbackType } from './definition';
import { DefinitionError } from './errors';
import { compileExpression, DEFAULT_EXPRESSION_TIMEOUT_MS, type EvaluateBody } from '../expression';
import type { Hit } from './hit';
import { MatchIndex } from './matchIndex';
import {
	IDENTIFIER_KEYS,
	isPiiHit,
	type PrivacyStatus,
	privacyStatusOf,
	withoutIdentifiers,
} from './privacy';
import { pathOf, validateDefinitions } from './validate';
import { toText } from './values';
import { readLaunchKey } from './variables';

export interface PostbackSettings {
	/** The hit key that says where the privacy status stands; empty for none. */
	privacyKey?: string;
	/** The status of a hit that does not say; `optedin` unless told, as in 4.x. */
	privacyDefault?: PrivacyStatus;
	/** The hit key that marks a hit as collected by collectPII; `collectPII` unless told. */
	piiKey?: string;
	/** Keys of the hit, besides {@link IDENTIFIER_KEYS}, that identify someone. */
	identifierKeys?: readonly string[];
	/** Escape values in JSON bodies; true unless told. */
	jsonEscape?: boolean;
	/** What `{%sdkver%}` is when the hit does not say. */
	sdkVersion?: string;
	/** Milliseconds for one JSONata body; 1,000 unless told. */
	expressionTimeoutMs?: number;
	/** Measures that time. */
	clock?: Pick<Clock, 'monotonic'>;
}

export type ComposedPostback = {
	postbackId: string;
	name: string;
	type: PostbackType;
	/** To be sent once only for this visitor and postback. */
	once?: { visitor: string };
} & (
	| { request: DeliveryRequest; error?: undefined }
	| { error: CompositionError; request?: undefined }
);

export interface SkippedPostback {
	postbackId: string;
	name: string;
	/** Why it was not sent although its conditions held, in words. */
	reason: string;
}

export interface ProcessedHit {
	/** In order of definition. */
	composed: ComposedPostback[];
	skipped: SkippedPostback[];
}

export interface PostbackEngine {
	/** IDs of the postbacks that are active; a waiting retry of any other is of an inactive one. */
	readonly activeIds: ReadonlySet<string>;
	/**
	 * The postbacks whose conditions hold on the hit and that are active at `now` (epoch
	 * milliseconds), in order of definition. Looks at neither privacy nor `once`.
	 */
	match(hit: Hit, now: number): PostbackDefinition[];
	/**
	 * Matches and composes. Never throws for what a hit holds. A Promise only when a matching
	 * postback has a JSONata body.
	 */
	process(hit: Hit, environment: CompositionEnvironment): ProcessedHit | Promise<ProcessedHit>;
}

const OPTED_OUT = 'privacy status is opted out: nothing is sent';
const NO_PII = 'privacy status is unknown: PII postbacks are not sent';

/**
 * Compiles postbacks once, for any number of hits.
 *
 * Every matching postback is composed, in order of definition; they do not cancel one another
 * ("Mobile Services, Postbacks").
 *
 * @throws DefinitionError naming every problem; see {@link validateDefinitions}.
 */
export function createPostbackEngine(
	definitions: readonly PostbackDefinition[],
	settings: PostbackSettings = {},
): PostbackEngine {
	validateDefinitions(definitions);
	const sdkVersion = settings.sdkVersion ?? '';
	const evaluators = compileExpressions(definitions, settings);
	const active = definitions.flatMap((definition, i) =>
		definition.active
			? [compilePostback(definition, settings.jsonEscape ?? true, evaluators[i])]
			: [],
	);
	const index = new MatchIndex(
		active.map(({ definition }) => toTree(definition.condition)),
		(position) => (key) =>
			active[position]!.definition.dialect === 'launch'
				? readLaunchKey(key, sdkVersion)
				: undefined,
	);
	const piiKey = settings.piiKey || 'collectPII';
	const identifiers = new Set(
		[...IDENTIFIER_KEYS, ...(settings.identifierKeys ?? [])].map((key) => key.toLowerCase()),
	);

	const matching = (hit: Hit, now: number): CompiledPostback[] => {
		const pii = isPiiHit(hit, piiKey);
		const matched: CompiledPostback[] = [];
		for (const position of index.match(hit, now)) {
			const postback = active[position]!;
			const { type, startDate, endDate } = postback.definition;
			if (type === 'pii' && !pii) continue;
			if (now < (startDate ?? -Infinity) || now > (endDate ?? Infinity)) continue;
			matched.push(postback);
		}
		return matched;
	};

	const process = (hit: Hit, environment: CompositionEnvironment) => {
		const result: ProcessedHit = { composed: [], skipped: [] };
		const matched = matching(hit, environment.now);
		if (matched.length === 0) return result;
		const fallback = settings.privacyDefault ?? 'optedin';
		const status = privacyStatusOf(hit, settings.privacyKey, fallback);
		const sendable = matched.filter(({ definition }) => {
			const reason = reasonToSkip(definition, hit, status);
			if (reason === undefined) return true;
			result.skipped.push({ postbackId: definition.id, name: definition.name, reason });
			return false;
		});
		if (sendable.length === 0) return result;
		const seen = status === 'optunknown' ? withoutIdentifiers(hit, identifiers) : hit;
		const composeOne = (postback: CompiledPostback) =>
			compose(postback, seen, environment, sdkVersion);
		const put = ({ definition }: CompiledPostback, composition: Composition) => {
			result.composed.push({ ...headOf(definition, hit), ...composition });
		};
		// One after the other, so that an expression has its time for itself.
		const goOn = async (from: number, first: Promise<Composition>) => {
			put(sendable[from]!, await first);
			for (const postback of sendable.slice(from + 1)) put(postback, await composeOne(postback));
			return result;
		};
		for (const [i, postback] of sendable.entries()) {
			const composition = composeOne(postback);
			if (composition instanceof Promise) return goOn(i, composition);
			put(postback, composition);
		}
		return result;
	};

	return {
		activeIds: new Set(active.map(({ definition }) => definition.id)),
		match: (hit, now) => matching(hit, now).map(({ definition }) => definition),
		process,
	};
}

function reasonToSkip(
	{ type, showRule, visitorKey }: PostbackDefinition,
	hit: Hit,
	status: PrivacyStatus,
): string | undefined {
	if (status === 'optedout') return OPTED_OUT;
	if (status === 'optunknown' && type === 'pii') return NO_PII;
	if (showRule === 'once' && visitorOf(visitorKey, hit) === '') {
		return `the hit has no value for the visitor key "${visitorKey}", so it counts as not matched`;
	}
	return undefined;
}

function headOf({ id, name, type, showRule, visitorKey }: PostbackDefinition, hit: Hit) {
	const head = { postbackId: id, name, type };
	return showRule === 'once' ? { ...head, once: { visitor: visitorOf(visitorKey, hit) } } : head;
}

function visitorOf(visitorKey: string | undefined, hit: Hit): string {
	return toText(hit.get(visitorKey ?? ''));
}

function compileExpressions(
	definitions: readonly PostbackDefinition[],
	settings: PostbackSettings,
): Array<EvaluateBody | undefined> {
	const problems: string[] = [];
	const clock = settings.clock ?? systemClock;
	const timeoutMs = settings.expressionTimeoutMs ?? DEFAULT_EXPRESSION_TIMEOUT_MS;
	const evaluators = definitions.map((definition, i) => {
		if (!definition.bodyExpression) return undefined;
		try {
			return compileExpression(definition.bodyExpression, clock, timeoutMs);
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			problems.push(`${pathOf(definition, i)} › Body Expression: ${message}`);
			return undefined;
		}
	});
	if (problems.length > 0) throw new DefinitionError(problems);
	return evaluators;
}
