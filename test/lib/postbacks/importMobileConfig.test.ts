import {
	createPostbackEngine,
	DefinitionError,
	flattenHit,
	importMobileConfig,
	validateDefinitions,
} from '../../../lib/postbacks';
import { conformanceFiles } from './conformanceFiles';
import { processNow, thrown } from './make';

function message(over: Record<string, unknown> = {}, payload: Record<string, unknown> = {}) {
	return {
		messageId: 'm1',
		template: 'callback',
		payload: { templateurl: 'https://example.com/?a={a}', ...payload },
		showRule: 'always',
		...over,
	};
}

function problems(json: unknown): readonly string[] {
	const error = thrown(() => importMobileConfig(json));
	expect(error).toBeInstanceOf(DefinitionError);
	return (error as DefinitionError).problems;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a message with every field', () => {
	const messages = [
		message(
			{
				showOffline: true,
				startDate: 10,
				endDate: 20,
				audiences: [{ key: 'a.AppID', matches: 'sw', values: ['Shop'] }],
				triggers: [{ key: 'a.CrashEvent', matches: 'ex', values: null }],
			},
			{ templatebody: base64('{"é":"{a}"}'), contenttype: 'application/json', timeout: 4 },
		),
	];
	expect(importMobileConfig({ messages })).toEqual([
		{
			id: 'm1',
			name: 'm1',
			type: 'custom',
			active: true,
			dialect: 'mobile',
			url: 'https://example.com/?a={a}',
			body: '{"é":"{a}"}',
			contentType: 'application/json',
			timeoutSeconds: 4,
			condition: {
				triggers: [{ key: 'a.CrashEvent', matcher: 'ex', values: [] }],
				traits: [{ key: 'a.AppID', matcher: 'sw', values: ['Shop'] }],
			},
			startDate: 10_000,
			endDate: 20_000,
			showRule: 'always',
		},
	]);
});

test('the defaults of a message with the least', () => {
	const [definition] = importMobileConfig(JSON.stringify({ messages: [message()] }));
	expect(definition).toMatchObject({
		condition: { triggers: [], traits: [] },
		startDate: 0,
		endDate: 2_524_730_400_000,
	});
	expect(definition?.body).toBeUndefined();
	expect(definition?.timeoutSeconds).toBeUndefined();
	validateDefinitions([definition!]);
});

test('a PII message and names where there are some', () => {
	const [definition] = importMobileConfig({ messages: [message({ template: 'pii', name: 'N' })] });
	expect(definition).toMatchObject({ type: 'pii', name: 'N' });
});

test('once needs a visitor key, which the file does not have', () => {
	const config = { messages: [message({ showRule: 'once' })] };
	expect(() => createPostbackEngine(importMobileConfig(config))).toThrow('Visitor Key: missing');
	validateDefinitions(importMobileConfig(config, { visitorKey: 'mid' }));
});

test('no messages, no postbacks', () => {
	expect(importMobileConfig({ messages: [] })).toEqual([]);
});

describe('refused, by its path', () => {
	test.each<[string, unknown, string]>([
		['text that is no JSON', '{', 'ADBMobileConfig.json: not valid JSON'],
		['a file that is no object', [], 'ADBMobileConfig.json: must be an object'],
		['a file without messages', { version: '1.0' }, 'messages: missing'],
		[
			'messages that are kept elsewhere',
			{ remotes: { messages: 'https://a.example/m.json' } },
			'kept at https://a.example/m.json: download',
		],
		['a message that is none', { messages: [5] }, 'messages[0]: must be an object'],
		[
			'no template',
			{ messages: [message({ template: undefined })] },
			'messages[0].template: missing',
		],
		[
			'an in-app message',
			{ messages: [message(), message({ template: 'alert' })] },
			'messages[1].template: "alert" is no postback',
		],
		['a local notification', { messages: [message({ template: 'local' })] }, '"local"'],
		['no ID', { messages: [message({ messageId: undefined })] }, 'messages[0].messageId: missing'],
		['no payload', { messages: [message({ payload: undefined })] }, 'messages[0].payload: missing'],
		[
			'no URL',
			{ messages: [message(), message(), message({}, { templateurl: undefined })] },
			'messages[2].payload.templateurl: missing',
		],
		[
			'an empty URL',
			{ messages: [message({}, { templateurl: '' })] },
			'payload.templateurl: must be a text that is not empty',
		],
		[
			'a body that is no base64',
			{ messages: [message({}, { templatebody: 'a=b&c' })] },
			'payload.templatebody: must be text in base64',
		],
		[
			'a body that is no text',
			{ messages: [message({}, { templatebody: '//79' })] },
			'payload.templatebody: is base64 of something that is no UTF-8',
		],
		[
			'a body that is a number',
			{ messages: [message({}, { templatebody: 5 })] },
			'payload.templatebody: must be a text',
		],
		[
			'a timeout that is no number',
			{ messages: [message({}, { timeout: '4' })] },
			'payload.timeout: must be a number',
		],
		[
			'no show rule',
			{ messages: [message({ showRule: undefined })] },
			'messages[0].showRule: missing',
		],
		[
			'untilClick',
			{ messages: [message({ showRule: 'untilClick' })] },
			'messages[0].showRule: "untilClick" is for messages that are shown',
		],
		['an unknown show rule', { messages: [message({ showRule: 'x' })] }, '"x" is not known'],
		[
			'a date that is no number',
			{ messages: [message({ startDate: 'now' })] },
			'messages[0].startDate: must be a number',
		],
		[
			'triggers that are no list',
			{ messages: [message({ triggers: {} })] },
			'messages[0].triggers: must be a list',
		],
		[
			'a trigger that is none',
			{ messages: [message({ triggers: [5] })] },
			'messages[0].triggers[0]: must be an object',
		],
		[
			'a trigger without a key',
			{ messages: [message({ triggers: [{ matches: 'ex' }] })] },
			'messages[0].triggers[0].key: missing',
		],
		[
			'an audience without a matcher',
			{ messages: [message({ audiences: [{ key: 'a', matcher: 'ex' }] })] },
			'messages[0].audiences[0].matches: missing',
		],
		[
			'nested values',
			{ messages: [message({ triggers: [{ key: 'a', matches: 'eq', values: [[1]] }] })] },
			'messages[0].triggers[0].values: must be a list',
		],
	])('%s', (_, json, message_) => {
		const all = problems(json);
		expect(all).toHaveLength(1);
		expect(all[0]).toContain(message_);
	});

	test('an in-app message once, whatever else a postback would need', () => {
		expect(problems({ messages: [{ template: 'alert', payload: { title: 'Hi' } }] })).toHaveLength(
			1,
		);
	});

	test('all problems of all messages in one error', () => {
		const all = problems({
			messages: [message({ template: 'fullscreen' }), message({ messageId: 1, showRule: 1 })],
		});
		expect(all).toHaveLength(3);
	});
});

const [sample] = conformanceFiles('.', /^doc-postback-example\.json$/);

(sample === undefined ? test.skip : test)('the documented sample, as Adobe publishes it', () => {
	const engine = createPostbackEngine(importMobileConfig(sample![1]), { sdkVersion: '4.6.0-AN' });
	const hit = {
		pageName: 'MainMenu',
		'user.name': 'bob',
		'user.zip': '90210',
		'a.PrevSessionLength': 132,
	};
	const [composed] = processNow(engine, flattenHit(hit)).composed;
	expect(composed?.request?.url).toBe(
		'https://my.server.com/?user=bob&zip=90210&c16=4.6.0-AN&c27=cln,132',
	);
	expect(composed?.request?.timeoutMs).toBe(4000);
});
