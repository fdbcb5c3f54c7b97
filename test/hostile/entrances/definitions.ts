import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import {
	createPostbackEngine,
	DefinitionError,
	flattenHit,
	type PostbackDefinition,
	POSTBACK_EXAMPLES,
} from '../../../lib/postbacks';
import { readDefinitions } from '../../../nodes/PostbackTrigger/definitions';
import { entrance, refusableLater } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged } from '../support/values';
import { VALID_HITS } from './hits';

const hit = flattenHit(VALID_HITS[0]);

async function engineOn(definitions: readonly PostbackDefinition[]): Promise<void> {
	const engine = createPostbackEngine(definitions, { expressionTimeoutMs: 50 });
	await engine.process(hit, { now: Date.now(), random: Math.random });
}

const MATCHER = { type: 'matcher', definition: { key: 'pageName', matcher: 'co', values: ['M'] } };
const RULES = {
	version: 1,
	rules: [
		{
			condition: { type: 'group', definition: { logic: 'and', conditions: [MATCHER] } },
			consequences: [
				{
					id: 'c1',
					type: 'pb',
					detail: {
						templateurl: 'https://example.com/{%user.name%}',
						templatebody: 'b={%b%}',
						contenttype: 'text/plain',
						timeout: 5,
					},
				},
			],
		},
	],
};
const CONFIG = {
	version: '1.0',
	messages: [
		{
			messageId: 'm1',
			template: 'callback',
			showRule: 'always',
			startDate: 0,
			endDate: 2_524_730_400,
			payload: { templateurl: 'https://example.com/?a={user.name}', timeout: 4 },
			audiences: [{ key: 'pageName', matches: 'eq', values: ['MainMenu'] }],
			triggers: [{ key: 'pageName', matches: 'ex' }],
		},
	],
};

const active = POSTBACK_EXAMPLES.map(({ definition }) => ({ ...definition, active: true }));

export const definitions = entrance({
	name: 'postback definitions',
	inputs: damaged(active, [{ ...active[0], bodyExpression: '$uppercase(pageName)' }]),
	take: async (value) => {
		const list = (Array.isArray(value) ? value : [value]) as PostbackDefinition[];
		await refusableLater(async () => await engineOn(list), DefinitionError);
	},
});

const POSTBACK = {
	name: 'P',
	active: true,
	type: 'custom',
	url: 'https://a.example/?x={a}#top',
	startDate: '2026-01-01T00:00:00Z',
	endDate: '2027-01-01T00:00:00Z',
	timeoutSeconds: 3,
	bodyFrom: 'template',
	body: 'a={a}',
	bodyExpression: '$',
	contentType: 'text/plain',
	showRule: 'once',
	visitorKey: 'id',
	template: '',
};

/** Files that an operator pastes. */
export const pastedDefinitions = entrance({
	name: 'pasted postback definitions',
	inputs: damaged(
		{ definitionsFrom: 'launchRules', launchRules: RULES },
		{ definitionsFrom: 'launchRules', launchRules: JSON.stringify(RULES) },
		{ definitionsFrom: 'mobileConfig', mobileConfig: CONFIG, configVisitorKey: 'id' },
		{ definitionsFrom: 'mobileConfig', mobileConfig: JSON.stringify(CONFIG) },
	),
	take: async (value) => {
		const parameters = (typeof value === 'object' && value !== null ? value : {}) as object;
		await refusableLater(async () => await engineOn(readDefinitions(parameters)), DefinitionError);
	},
});

/** The node's own fields, of which n8n holds the types; what stands in texts is anybody's. */
export const fieldDefinitions = entrance({
	name: 'postbacks of the node’s own fields',
	inputs: fc.record({
		field: fc.constantFrom(...Object.keys(POSTBACK)),
		text: fc.oneof(
			damagedText(fc.constantFrom('https://a.example/{a}', '2026-01-01', '5')),
			hostileText,
		),
		name: hostileText,
		key: hostileText,
		matcher: fc.oneof(fc.constantFrom('eq', 'gt', 'dgt', 'co', 'ex'), hostileText),
		value: hostileText,
	}),
	take: async ({ field, text, name, key, matcher, value }) => {
		const condition = { kind: 'other', otherKey: { value: key }, otherMatcher: matcher, value };
		const postback = {
			...POSTBACK,
			[field]: text,
			query: { parameter: [{ name, value: { value: text } }] },
			triggers: { conditions: [condition] },
		} as IDataObject;
		const parameters = { definitionsFrom: 'fields', postbacks: { postback: [postback] } };
		await refusableLater(async () => await engineOn(readDefinitions(parameters)), DefinitionError);
	},
});
