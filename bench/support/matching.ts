import type { PostbackDefinition, flattenHit } from '../../lib/postbacks/index.ts';
import type * as Postbacks from '../../lib/postbacks/index.ts';
import { compiledPackage } from './package.ts';

export type RawHit = Record<string, string | number>;

/** How many postbacks match each hit. */
export const MATCHING = 10;

/** How an engine tells which postbacks match: their number, for one hit as it came. */
export type CountMatches = (hit: RawHit) => number | Promise<number>;

/** One condition of a postback, in the words of Adobe's rules. */
interface Condition {
	key: string;
	matcher: 'eq' | 'sw' | 'ex' | 'gt';
	values: Array<string | number>;
}

/** The conditions of one postback; all have to hold. */
type Conditions = readonly Condition[];

/**
 * So many postbacks, of which ten match each of {@link hits}: on the page that is shown, and on traits that every
 * hit has.
 */
export function postbacks(count: number): Conditions[] {
	return Array.from({ length: count }, (_, number) => [
		{ key: 'pageName', matcher: 'eq', values: [page(number, count)] },
		TRAITS[number % TRAITS.length],
	]);
}

const TRAITS: readonly Condition[] = [
	{ key: 'a.OSVersion', matcher: 'sw', values: ['iOS'] },
	{ key: 'a.DeviceName', matcher: 'ex', values: [] },
	{ key: 'a.Launches', matcher: 'gt', values: [3] },
];

const page = (number: number, count: number) =>
	`page-${number % Math.max(1, Math.floor(count / MATCHING))}`;

/** Hits for so many postbacks, of usual size, in turns through their pages. */
export function hits(postbackCount: number, count: number): RawHit[] {
	return Array.from({ length: count }, (_, number) => ({
		pageName: page(number * 7, postbackCount),
		'a.AppID': 'Example 3.2 (81)',
		'a.DeviceName': 'iPhone16,2',
		'a.OSVersion': 'iOS 19.1',
		'a.Resolution': '1290x2796',
		'a.CarrierName': 'Example Mobile',
		'a.Launches': 4 + (number % 40),
		'a.DaysSinceLastUse': number % 9,
		'a.PrevSessionLength': 30 + (number % 600),
		'user.name': `user-${number}`,
		'user.zip': '94103',
		mid: `14575006536349286404619648085${number}`,
		ts: 1_790_000_000 + number,
		action: 'view',
	}));
}

/** Ours: from the hit as it came, flattened as n8n's node does it. */
export function oursMatching(conditions: readonly Conditions[]): CountMatches {
	const lib = compiledPackage().load<typeof Postbacks>('lib/postbacks/index');
	const flatten: typeof flattenHit = lib.flattenHit;
	const engine = lib.createPostbackEngine(conditions.map(toDefinition));
	const now = Date.now();
	return (hit) => engine.match(flatten(hit), now).length;
}

function toDefinition([trigger, trait]: Conditions, number: number): PostbackDefinition {
	return {
		id: `postback-${number}`,
		name: `Postback ${number}`,
		type: 'custom',
		active: true,
		dialect: 'mobile',
		showRule: 'always',
		url: 'https://receiver.example/?user={user.name}',
		condition: { triggers: [trigger], traits: [trait] },
	};
}

/** Adobe's own rules engine for JavaScript. */
export async function adobeMatching(conditions: readonly Conditions[]): Promise<CountMatches> {
	const { default: RulesEngine } = await import('@adobe/aep-rules-engine');
	const engine = RulesEngine({
		version: 1,
		rules: conditions.map((all, number) => ({
			condition: {
				type: 'group',
				definition: {
					logic: 'and',
					conditions: all.map((definition) => ({ type: 'matcher', definition })),
				},
			},
			consequences: [{ id: `postback-${number}`, type: 'pb', detail: {} }],
		})),
	});
	return (hit) => engine.execute(hit).length;
}

const OPERATORS = { eq: 'equal', sw: 'startsWith', ex: 'exists', gt: 'greaterThan' } as const;

/** The rules engine that is used most in Node.js. */
export async function jsonRulesMatching(conditions: readonly Conditions[]): Promise<CountMatches> {
	const { Engine } = await import('json-rules-engine');
	const engine = new Engine([], { allowUndefinedFacts: true });
	engine.addOperator('startsWith', (fact: unknown, value: unknown) =>
		String(fact).startsWith(String(value)),
	);
	engine.addOperator('exists', (fact: unknown) => fact !== undefined && fact !== null);
	conditions.forEach((all, number) =>
		engine.addRule({
			conditions: {
				all: all.map(({ key, matcher, values }) => ({
					fact: key,
					operator: OPERATORS[matcher],
					value: values[0] ?? null,
				})),
			},
			event: { type: `postback-${number}` },
		}),
	);
	return async (hit) => (await engine.run(hit)).events.length;
}
