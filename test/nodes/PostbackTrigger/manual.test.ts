import type {
	IDataObject,
	IHookFunctions,
	ILoadOptionsFunctions,
	ITriggerFunctions,
} from 'n8n-workflow';
import { CATALOG_KEYS, CATALOG_VARIABLES } from '../../../lib/postbacks';
import { matchingOf } from '../../../nodes/PostbackTrigger/engines';
import { composeSample, sampleHits } from '../../../nodes/PostbackTrigger/manual';
import { PostbackTrigger } from '../../../nodes/PostbackTrigger/PostbackTrigger.node';
import '../harness/environment';
import { fakeContext, testNode } from '../harness/contexts';

describe('the hit of a test run', () => {
	const valuesOf = (sampleHit: unknown) =>
		sampleHits(testNode({ parameters: { sampleHit } as never })).map(({ hit }) =>
			Object.fromEntries(hit.values),
		);

	test.each([
		['a sample that was pasted', ' {"user":{"name":"eve"}} \n', [{ 'user.name': 'eve' }]],
		['a sample of several hits', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
		['a sample as a form', 'c.&a.&AppID=X&.a&.c', [{ 'a.AppID': 'X' }]],
		['a sample that is an object', { a: { AppID: 'X' } }, [{ 'a.AppID': 'X' }]],
	])('%s', (_name, sample, expected) => {
		expect(valuesOf(sample)).toEqual(expected);
	});

	test.each([[''], ['  '], [undefined], [null]])(
		"Adobe's documented one, without a sample (%j)",
		(sample) => {
			expect(valuesOf(sample)).toEqual([
				{
					pageName: 'MainMenu',
					'user.name': 'bob',
					'user.zip': '90210',
					'a.PrevSessionLength': 132,
				},
			]);
		},
	);
});

describe('a manual run of the trigger', () => {
	async function runManually(parameters: IDataObject) {
		const context = fakeContext({
			node: { type: 'n8n-nodes-postback.postbackTrigger', name: 'Postback Trigger' },
			parameters: { definitionsFrom: 'fields', settings: {}, ...parameters } as never,
		});
		const emitted: IDataObject[] = [];
		const trigger = {
			...context,
			getMode: () => 'manual',
			emit: ([items]: [{ json: IDataObject }[]]) => emitted.push(...items.map(({ json }) => json)),
		};
		const response = await new PostbackTrigger().trigger.call(
			trigger as unknown as ITriggerFunctions,
		);
		await response.manualTriggerFunction?.();
		return emitted.map(({ delivery }) => delivery as IDataObject);
	}

	const postbacks = {
		postback: [{ name: 'P', active: true, url: 'https://a.example/{pageName}' }],
	};

	test('emits what the sample gives, as a test', async () => {
		const [delivery] = await runManually({ postbacks, sampleHit: '{"pageName":"Home"}' });
		expect(delivery).toMatchObject({
			test: true,
			status: 'pending',
			request: { url: 'https://a.example/Home' },
		});
	});

	test('emits no item where nothing matches', async () => {
		expect(await runManually({ postbacks: {} })).toEqual([]);
	});

	test('refused: a sample that cannot be read, by its field', async () => {
		await expect(runManually({ postbacks, sampleHit: '{"pageName"' })).rejects.toThrow(
			/^Sample Hit: The body is not valid JSON/,
		);
	});

	test.each([
		[
			'a postback that is wrong',
			{ postbacks: { postback: [{ name: 'P' }] } },
			/^A postback is set up wrongly: .*"P" › URL: missing/,
		],
		[
			'an allow-list that is wrong',
			{ settings: { allowedIps: 'x' } },
			/^A setting is wrong: Options › IP Allow List/,
		],
	])(
		'refused: %s, with the reason in the message that n8n shows',
		async (_name, parameters, expected) => {
			await expect(runManually(parameters)).rejects.toThrow(expected);
		},
	);
});

describe('a test run that uses the sample', () => {
	const context = fakeContext({ node: { name: 'Postback Trigger' } });
	const postback = { name: 'P', active: true, url: 'https://a.example/{pageName}' };

	test('gives what the documented hit is composed to', async () => {
		const matching = matchingOf('sample', { postbacks: { postback: [postback] } });
		const [{ json }] = await composeSample(context, matching);
		expect(json.delivery).toMatchObject({
			test: true,
			request: { url: 'https://a.example/MainMenu' },
		});
	});

	test.each([
		[
			'no postback is active',
			{ postbacks: { postback: [{ ...postback, active: false }] } },
			'No active postback matches the sample hit',
			/Switch a postback on/,
		],
		[
			'no event is taken',
			{
				emit: 'event',
				events: 'conditions',
				conditions: {
					condition: [
						{
							kind: 'other',
							otherKey: { mode: 'name', value: 'pageName' },
							otherMatcher: 'eq',
							value: 'Other',
						},
					],
				},
			},
			'The sample hit is none of the events that are taken',
			/Change Which Events/,
		],
	])('says what to change where %s', async (_what, parameters, message, mend) => {
		const matching = matchingOf('sample', parameters as never);
		await expect(composeSample(context, matching)).rejects.toMatchObject({
			message,
			description: expect.stringMatching(mend) as string,
		});
	});
});

describe('lists to choose from', () => {
	const { searchKeys, searchVariables } = new PostbackTrigger().methods.listSearch;
	const withSample = (sampleHit: unknown) =>
		({ getCurrentNodeParameter: () => sampleHit }) as unknown as ILoadOptionsFunctions;

	test('all known keys, under the names that people know', async () => {
		const { results } = await searchKeys.call(withSample(''));
		expect(results).toHaveLength(CATALOG_KEYS.length);
		expect(results).toContainEqual({ name: 'Device Name (a.DeviceName)', value: 'a.DeviceName' });
	});

	test("the sample's keys first, each once", async () => {
		const { results } = await searchKeys.call(withSample('{"order":{"id":1},"a.AppID":"X"}'));
		expect(results.slice(0, 2)).toEqual([
			{ name: 'order.id', value: 'order.id' },
			{ name: 'App ID (a.AppID)', value: 'a.AppID' },
		]);
		expect(results.filter(({ value }) => value === 'a.AppID')).toHaveLength(1);
		expect(results).toHaveLength(CATALOG_KEYS.length + 1);
	});

	test.each(['device', 'DEVICENAME', 'a.device'])(
		'the filter "%s" finds by name and by key',
		async (filter) => {
			const { results } = await searchKeys.call(withSample(''), filter);
			expect(results.map(({ value }) => value)).toContain('a.DeviceName');
			expect(results.length).toBeLessThan(10);
		},
	);

	test('a sample that cannot be read offers the known keys', async () => {
		expect((await searchKeys.call(withSample('{'))).results).toHaveLength(CATALOG_KEYS.length);
	});

	test('values for a URL: keys in braces, then the variables', async () => {
		const { results } = await searchVariables.call(withSample('{"order":1}'));
		expect(results[0]).toEqual({ name: 'order', value: '{order}' });
		expect(results.slice(-CATALOG_VARIABLES.length)).toEqual(
			CATALOG_VARIABLES.map(({ name, token }) => ({ name, value: token })),
		);
	});

	test('a filter goes for both', async () => {
		const { results } = await searchVariables.call(withSample('{"timekeeper":1}'), 'TIME');
		const values = results.map(({ value }) => value);
		expect(values).toEqual(expect.arrayContaining(['{timekeeper}', '{%timestampu%}']));
		expect(values).not.toContain('{%adid%}');
	});
});

test('what n8n asks of a trigger that has a webhook', async () => {
	const node = new PostbackTrigger();
	const { checkExists, create, delete: remove } = node.webhookMethods.default;
	const hook = { getMode: () => 'trigger' } as unknown as IHookFunctions;
	const answers = [checkExists.call(hook), create(), remove()];
	expect(await Promise.all(answers)).toEqual([true, true, true]);
	const items = [{ json: { a: 1 } }];
	const context = { getInputData: () => items } as unknown as Parameters<
		typeof node.execute.call
	>[0];
	expect(await node.execute.call(context as never)).toEqual([items]);
});
