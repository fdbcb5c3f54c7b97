import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { failure, give, locator, run } from './support';
import { closeServers } from '../../lib/transport/support/servers';
import {
	ACCESS_TOKEN,
	OTHER_PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../../support/reactorDouble';
import { CLIENT_SECRET } from '../CallbackTrigger/support';

afterEach(async () => {
	forgetTokens();
	await closeServers();
});

const creation = {
	operation: 'create',
	url: ' https://www.example.com/hook ',
	eventTypes: ['rule.created'],
	otherEventTypes: 'library.published, rule.created',
};

/** The same from either: a double of Adobe's API, and the store. */
const sources: Array<[string, () => Promise<ReactorDouble | undefined>]> = [
	['Adobe', async () => await startReactorDouble()],
	['the store', async () => undefined],
];

describe.each(sources)('callbacks of %s', (name, open) => {
	let double: ReactorDouble | undefined;
	let property: ReturnType<typeof locator>;
	let used = 0;

	beforeEach(async () => {
		double = await open();
		const id = `PR${String(++used).padStart(32, '0')}`;
		double?.properties.set(id, 'Own');
		property = locator(id);
	});

	const make = async (more = {}) =>
		(await give({ ...creation, propertyId: property, ...more }, { double }))[0] as {
			id: string;
			attributes: Record<string, unknown>;
		};

	test('are created as the fields say', async () => {
		expect(await make()).toMatchObject({
			id: expect.stringMatching(/^CB[0-9a-f]{32}$/) as string,
			type: 'callbacks',
			attributes: {
				url: 'https://www.example.com/hook',
				subscriptions: ['rule.created', 'library.published'],
			},
			relationships: { property: { data: { id: property.value, type: 'properties' } } },
		});
	});

	test('are looked up', async () => {
		const made = await make();
		const [found] = await give({ operation: 'get', callbackId: locator(made.id) }, { double });
		expect(found).toMatchObject({ id: made.id, attributes: { url: made.attributes.url } });
	});

	test('are updated in what is named, and in nothing else', async () => {
		const { id } = await make();
		const update = { operation: 'update', callbackId: locator(id) };
		const [changed] = await give(
			{ ...update, changes: { eventTypes: ['build.created'] } },
			{ double },
		);
		expect(changed.attributes).toMatchObject({
			url: 'https://www.example.com/hook',
			subscriptions: ['build.created'],
		});
		const url = 'https://www.example.net';
		const [moved] = await give({ ...update, changes: { url } }, { double });
		expect(moved.attributes).toMatchObject({ url, subscriptions: ['build.created'] });
	});

	test('are deleted', async () => {
		const { id } = await make();
		const callbackId = locator(id);
		expect(await give({ operation: 'delete', callbackId }, { double })).toEqual([
			{ id, deleted: true },
		]);
		expect(await failure({ operation: 'get', callbackId }, { double })).toMatch(
			/Record Not Found|There is no callback CB/,
		);
	});

	test('are listed: up to a limit, from a page on, all, filtered and sorted', async () => {
		const ids: string[] = [];
		for (let n = 0; n < 5; n++) {
			ids.push((await make({ url: `https://www.example.com/${n}` })).id);
			await new Promise((resolve) => setTimeout(resolve, 3));
		}
		const list = async (more = {}) => {
			const parameters = { operation: 'getMany', propertyId: property, ...more };
			return (await give(parameters, { double })).map(({ id }) => id);
		};
		expect(await list({ returnAll: true })).toEqual(ids);
		expect(await list({ limit: 2 })).toEqual(ids.slice(0, 2));
		expect(await list({ limit: 2, page: 2 })).toEqual(ids.slice(2, 4));
		const [third] = await give({ operation: 'get', callbackId: locator(ids[2]) }, { double });
		const { created_at: value } = third.attributes as { created_at: string };
		const filter = [{ attribute: 'created_at', operator: 'GT', value }];
		expect(await list({ filters: { filter } })).toEqual(ids.slice(3));
		// The double does not sort; that the order is asked for is tested with the requests.
		if (name !== 'Adobe') expect(await list({ sort: '-created_at' })).toEqual(ids.toReversed());
	});

	test('may be meant by an item, each with its paired item', async () => {
		const ids = [(await make()).id, (await make()).id];
		const result = await run(
			{ operation: 'get', callbackId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
			{ double, items: ids.map((id) => ({ id })) },
		);
		expect(result.outputs('Subscribe')[0]).toMatchObject(
			ids.map((id, item) => ({ json: { id }, pairedItem: { item } })),
		);
	});

	test.each<[string, object, RegExp]>([
		['no event types', { eventTypes: [], otherEventTypes: '' }, /subscriptions|at least one/i],
		['a URL that is none', { url: 'gopher://x' }, /url/i],
		[
			'a property that is none',
			{ propertyId: locator('=PR1/../x') },
			/PR and 32 hexadecimal digits/,
		],
	])('are refused with %s', async (what, more, message) => {
		// Adobe does not say what it does with an empty list.
		if (what === 'no event types' && name === 'Adobe') return;
		const parameters = { ...creation, propertyId: property, ...more };
		expect(await failure(parameters, { double })).toMatch(message);
	});

	test('are refused an update that changes nothing', async () => {
		const callbackId = locator((await make()).id);
		expect(await failure({ operation: 'update', callbackId }, { double })).toMatch(
			/Changes is empty/,
		);
	});

	test('that fail for one item leave the others, where the node goes on', async () => {
		const { id } = await make();
		const result = await run(
			{ operation: 'get', callbackId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
			{
				double,
				items: [{ id: 'CB1' }, { id }],
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(result.outputs('Subscribe')[0]).toMatchObject([
			{ json: { error: expect.stringMatching(/CB and 32/) as string }, pairedItem: { item: 0 } },
			{ json: { id }, pairedItem: { item: 1 } },
		]);
	});
});

describe('of the store alone', () => {
	test('a signing secret is told once, where it is asked for', async () => {
		const [made] = await give({ ...creation, additional: { newSecret: true } });
		expect(made.meta).toEqual({
			secret: expect.stringMatching(/^whsec_/) as string,
			warnings: ['"library.published" is not among the event types of the Reactor API'],
		});
		const [found] = await give({ operation: 'get', callbackId: locator(String(made.id)) });
		expect(JSON.stringify(found)).not.toContain('whsec_');
		const rotated = { operation: 'update', callbackId: locator(String(made.id)) };
		const [again] = await give({ ...rotated, furtherChanges: { newSecret: true } });
		expect((again.meta as { secret: string }).secret).toMatch(/^whsec_/);
	});

	test('a condition is kept, changed and removed', async () => {
		const [made] = await give({ ...creation, additional: { condition: 'true' } });
		expect(made.attributes).toMatchObject({ condition: 'true' });
		const update = { operation: 'update', callbackId: locator(String(made.id)) };
		const [gone] = await give({ ...update, furtherChanges: { condition: '' } });
		expect(gone.attributes).not.toHaveProperty('condition');
		expect(await failure({ ...update, furtherChanges: { condition: '((' } })).toMatch(
			/^The callback is refused: condition is/,
		);
	});

	test('private hosts and http are refused unless they are opened', async () => {
		const hidden = { ...creation, url: 'http://127.0.0.1:8080/hook' };
		expect(await failure(hidden)).toMatch(/url has to begin with https:\/\//);
		expect(await failure({ ...hidden, options: { allowHttp: true } })).toMatch(
			/url leads to a host/,
		);
		const options = { allowHttp: true, allowedHosts: '127.0.0.1' };
		expect(await give({ ...hidden, options })).toHaveLength(1);
	});

	test('a filter that is malformed is ignored, as Adobe does, with a hint', async () => {
		const filter = [{ attribute: 'created_at', operator: 'GT', value: 'yesterday' }];
		const result = await run({ operation: 'getMany', filters: { filter } });
		expect(result.status).toBe('success');
		expect(result.hints('Subscribe')).toEqual([
			expect.stringMatching(/^The filters are ignored/) as string,
		]);
	});
});

describe('of Adobe alone', () => {
	test('one token serves all items of an execution', async () => {
		const double = await startReactorDouble();
		await give({ operation: 'getMany' }, { double, items: [{}, {}, {}] });
		expect(double.tokensIssued).toBe(1);
		expect(double.requests()).toHaveLength(3);
	});

	test.each([
		['guide', 'PUT'],
		['openapi', 'PATCH'],
	])('changes are sent in the form %s', async (writeForm, method) => {
		const double = await startReactorDouble();
		const { id } = double.put({});
		const update = { operation: 'update', callbackId: locator(id), options: { writeForm } };
		await give({ ...update, changes: { url: 'https://www.example.net' } }, { double });
		expect(double.lines()).toEqual([`${method} /callbacks/${id}`]);
	});

	test('no secret shows in an error', async () => {
		const double = await startReactorDouble({
			instead:
				({ headers }) =>
				(_request, response) => {
					const title = `${headers.authorization} and ${CLIENT_SECRET}`;
					response.writeHead(422).end(JSON.stringify({ errors: [{ title }] }));
				},
		});
		const result = await run({ operation: 'getMany' }, { double });
		expect(result.error?.message).toMatch(/answered 422/);
		for (const secret of [ACCESS_TOKEN, CLIENT_SECRET]) {
			expect(JSON.stringify(result.error)).not.toContain(secret);
		}
	});
});

describe('audit events', () => {
	test('of Adobe come as those of Callback Trigger', async () => {
		const double = await startReactorDouble();
		const event = double.event('rule.created', { property: OTHER_PROPERTY });
		double.event('rule.deleted');
		const filter = [{ attribute: 'type_of', operator: 'EQ', value: 'rule.created' }];
		const parameters = { operation: 'listAuditEvents', eventFilters: { filter } };
		expect(await give(parameters, { double })).toEqual([
			{
				event,
				entity: { id: expect.any(String) as string, type: 'rules', attributes: { name: 'R' } },
			},
		]);
	});

	test('of the store are those that were matched here', async () => {
		const eventFields = { eventFrom: 'fields', eventType: 'order.placed', entity: '{"id":"7"}' };
		await give({ operation: 'matchEvent', ...eventFields });
		const filter = [{ attribute: 'type_of', operator: 'EQ', value: 'order.placed' }];
		const [found] = await give({ operation: 'listAuditEvents', eventFilters: { filter } });
		expect(found).toMatchObject({
			event: { data: { attributes: { type_of: 'order.placed' } } },
			entity: { id: '7', type: 'orders' },
		});
	});
});

test('an operation that there is not is refused', async () => {
	expect(await failure({ operation: 'explode' })).toMatch(/Operation has no choice "explode"/);
});
