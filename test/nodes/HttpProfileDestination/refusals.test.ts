import { answers, Receiver } from '../../../scripts/receiver.ts';
import { profileOf } from '../../lib/profiles/make';
import {
	counts,
	DEAD,
	deliveriesAt,
	DELIVERED,
	DESTINATION,
	jsonAt,
	runDestination,
	serveQueue,
	type DestinationRun,
} from './support';

let receiver: Receiver;
let workflowId: string;
let workflows = 0;

beforeAll(async () => (receiver = await Receiver.start()));
beforeEach(async () => {
	workflowId = `refusals-${++workflows}`;
	await serveQueue(workflowId);
	receiver.on('/profiles', answers.ok());
});
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const run = async (options: DestinationRun) =>
	await runDestination({ url: `${receiver.url}/profiles`, workflowId, ...options });

const member = (key: string) => profileOf(key, { x: 'realized' });

/** Everything that an error says. */
async function refusal(options: Partial<DestinationRun>): Promise<string> {
	const done = await run({ items: [member('ann')], ...options });
	expect(done.status).toBe('error');
	expect(receiver.requests()).toEqual([]);
	return `${done.error?.message}\n${done.error?.description ?? ''}`;
}

describe('a field that is wrong stops the node before anything is sent', () => {
	test.each([
		['no endpoint', { url: '={{ "" }}' }, 'HTTP Endpoint: missing'],
		['a file as endpoint', { url: 'file:///etc/passwd' }, 'HTTP Endpoint: begins with file:'],
		[
			'an endpoint without scheme',
			{ url: 'api.example.com' },
			'HTTP Endpoint: begins with no scheme',
		],
		[
			'credentials in the endpoint',
			{ url: 'https://user:pass@api.example.com/' },
			'HTTP Endpoint: holds a user or a password',
		],
		['no profile key', { parameters: { profileKey: '' } }, 'Profile Key is empty'],
		[
			'no profile key with order',
			{ parameters: { profileKey: '', input: 'always' } },
			'switch "Keep Order" off',
		],
		['a path that is none', { parameters: { attributes: ['person..name'] } }, 'is no path'],
		[
			'an audience without ID',
			{ parameters: { mappingFrom: 'lists', audienceList: '[{"name":"X"}]' } },
			'Mapped Audiences › 1 › ID: missing',
		],
		[
			'a date that is none',
			{ parameters: { audiences: { audience: [{ id: 'x', created: 'yesterday' }] } } },
			'Created: is no date',
		],
		[
			'an audience that is mapped twice',
			{ parameters: { audiences: { audience: [{ id: 'x' }, { id: 'x' }] } } },
			'is mapped already',
		],
		[
			'a list that is no JSON',
			{ parameters: { mappingFrom: 'lists', audienceList: '[' } },
			'Mapped Audiences: is no valid JSON',
		],
		[
			'a list that is none',
			{ parameters: { mappingFrom: 'lists', audienceList: '{}' } },
			'Mapped Audiences: must be a list',
		],
		[
			'a header with a line break',
			{ parameters: { headersText: 'A:b\nc' } },
			'Headers › A: has a line break',
		],
		['a header without colon', { parameters: { headersText: 'A' } }, 'has no colon'],
		['a reserved header', { parameters: { headersText: 'Host:x' } }, 'is set by the sender itself'],
		['a query without name', { parameters: { queryText: '=x' } }, 'is no parameter'],
		[
			'an empty JSONata mapping',
			{ parameters: { payload: 'jsonata' } },
			'JSONata Mapping is empty',
		],
		[
			'a JSONata mapping that does not parse',
			{ parameters: { payload: 'jsonata', jsonata: '{' } },
			'JSONata Mapping: not valid JSONata',
		],
		[
			'half a profile for each request',
			{ parameters: { profilesPerRequest: 0.5 } },
			'Profiles per Request',
		],
		['a proxy that is none', { options: { proxy: 'ftp://proxy' } }, 'Options › Egress Proxy'],
		['a queue that is none', { options: { queue: 'a b' } }, 'Options › Queue'],
		['a policy that is none', { parameters: { retryPolicy: 'x' } }, 'Retry Policy'],
	])('refused: %s', async (_name, options, words) => {
		expect(await refusal(options as Partial<DestinationRun>)).toContain(words);
	});

	test('refused: a header that the credential sets', async () => {
		const said = await refusal({
			parameters: { authentication: 'headerAuth', headersText: 'X-Api-Key:mine' },
			credentials: {
				postbackHeaderAuthApi: { headerName: 'X-API-Key', secretValue: 'secret-value' },
			},
		});
		expect(said).toContain('is set by the credential');
		expect(said).not.toContain('secret-value');
	});

	test('refused: Retry On Fail of n8n', async () => {
		const said = await refusal({ node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } });
		expect(said).toContain('Switch "Retry On Fail" off');
	});

	test('all that is wrong is told at once', async () => {
		const said = await refusal({
			url: 'x',
			parameters: { profileKey: '', headersText: 'A', attributes: ['a..b'] },
		});
		expect(said).toContain('4 fields of the destination are not right');
		for (const field of ['HTTP Endpoint', 'Profile Key', 'Headers', 'Mapped Attributes']) {
			expect(said).toContain(field);
		}
	});
});

describe('a profile that is wrong is a dead letter, and hinders no other', () => {
	const segment = (membership: object) => ({
		...member('ann'),
		segmentMembership: { ups: { x: membership } },
	});
	const deep = () => {
		let inner: object = {};
		for (let depth = 0; depth < 100; depth++) inner = { inner };
		return { ...member('deep'), inner };
	};

	test.each([
		['no object', { profile: 'text' }, 'is no object'],
		['without identities', { profile: { person: {} } }, 'identityMap is missing'],
		[
			'without an identity of the key',
			{ profile: { identityMap: { email: [{ id: 'a' }] } } },
			'ecid',
		],
		['a segment without status', { profile: segment({}) }, '.status is missing'],
		['an unknown status', { profile: segment({ status: 'gone' }) }, 'is no status'],
		[
			'a date that is none',
			{ profile: segment({ status: 'realized', lastQualificationTime: '2022-02-30' }) },
			'is no date',
		],
		['nested too deep', { profile: deep() }, 'nested deeper than'],
		[
			'a text of 20 MB',
			{ profile: { ...member('big'), text: 'x'.repeat(20 * 1024 * 1024) } },
			'10 MB',
		],
		['nothing at the field', {}, 'is no object'],
	])('refused: %s', async (_name, item, words) => {
		const done = await run({
			items: [item, { profile: member('bob') }],
			parameters: { profileField: 'profile' },
		});
		expect(counts(done)).toEqual([1, 0, 1, 0]);
		const [dead] = deliveriesAt(done, DEAD);
		expect(dead).toMatchObject({
			kind: 'profile',
			status: 'dead',
			reason: 'invalid profile',
			error: { code: 'INVALID_PROFILE' },
		});
		expect(dead.error?.message).toContain(words);
		expect(done.outputs(DESTINATION)[DEAD][0].pairedItem).toEqual({ item: 0 });
	});

	test('refused: cyclic data', async () => {
		const cyclic: Record<string, unknown> = member('ann');
		cyclic.self = cyclic;
		const done = await run({ items: [cyclic, member('bob')] });
		expect(counts(done)).toEqual([1, 0, 1, 0]);
		const dead = jsonAt(done, DEAD)[0];
		expect(JSON.stringify(dead)).toContain('cyclic');
	});

	test('refused: what a JSONata mapping cannot map', async () => {
		const done = await run({
			items: [profileOf('ann', { x: 'realized' }, { n: 'text' }), member('bob')],
			parameters: { payload: 'jsonata', jsonata: '$number(n)', attributes: ['n'] },
		});
		expect(counts(done)).toEqual([1, 0, 1, 0]);
		expect(deliveriesAt(done, DEAD)[0].error?.message).toContain('the mapping failed');
	});
});

describe('a receiver that misbehaves', () => {
	test('on a private address is a dead letter that names the option', async () => {
		const done = await run({ items: [member('ann')], options: { allowedHosts: '' } });
		const [dead] = deliveriesAt(done, DEAD);
		expect(dead.error?.code).toBe('EGRESS_BLOCKED');
		expect(dead.error?.message).toContain('Allowed Private Hosts');
		expect(receiver.requests()).toEqual([]);
	});

	test('that answers 200 with an error is taken at its status', async () => {
		receiver.on('/profiles', { status: 200, body: '{"error":"no"}' });
		expect(counts(await run({ items: [member('ann')] }))).toEqual([1, 0, 0, 0]);
	});

	test('that never answers is a failure after the timeout', async () => {
		receiver.on('/profiles', answers.hang());
		const done = await run({ items: [member('ann')], options: { timeoutSeconds: 0.1 } });
		expect(counts(done)).toEqual([0, 1, 0, 0]);
	});
});

test('a proxy of its own is what the exports go through', async () => {
	receiver.otherwise(answers.ok());
	const done = await run({
		items: [member('ann')],
		url: 'http://crm.invalid/profiles',
		options: { proxy: receiver.url },
	});
	expect(counts(done)).toEqual([1, 0, 0, 0]);
	expect(receiver.requests()[0].url).toBe('http://crm.invalid/profiles');
});

test('headers and query parameters go along, from the texts and from the lists', async () => {
	await run({
		items: [member('ann')],
		parameters: {
			headersText: 'X-One:1\\,5,X-Two:a:b',
			headers: { entries: [{ name: 'X-Three', value: 'a,b' }] },
			queryText: 'a=1&b=x%20y',
			query: { entries: [{ name: 'c', value: 'ü&' }] },
		},
	});
	const [request] = receiver.requests('/profiles');
	expect(request.url).toBe('/profiles?a=1&b=x%20y&c=%C3%BC%26');
	expect(request.headers).toMatchObject({ 'x-one': '1,5', 'x-two': 'a:b', 'x-three': 'a,b' });
});

test('hints tell of a key that is not exported, and of a mapping without audiences', async () => {
	const byPath = await run({
		items: [profileOf('ann', { x: 'realized' }, { crm: { id: 7 } })],
		parameters: { profileKey: 'crm.id' },
	});
	expect(byPath.hints(DESTINATION).join()).toContain('is not among the mapped attributes');
	const none = await run({ items: [member('ann')], parameters: { audiences: {} } });
	expect(none.hints(DESTINATION).join()).toContain('No audience is mapped');
});

test('masked on every output: values named like keys', async () => {
	const done = await run({
		items: [member('ann')],
		parameters: { queryText: 'token=abcdef', headersText: 'X-Api-Key:abcdef' },
	});
	expect(JSON.stringify(jsonAt(done, DELIVERED))).not.toContain('abcdef');
});
