import { createSigner } from '../../../lib/delivery/signature';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { closeStores, withEnvironment } from '../harness/environment';
import { closeServers } from '../../lib/transport/support/servers';
import {
	OTHER_PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../../support/reactorDouble';
import { rowsOf } from '../../support/stores';
import { embeddedStore } from '../harness/contexts';
import { hooksOf, SECRETS, sendEvent, type EventRequest } from './support';

let nodeId: string;
let nodes = 0;
let double: ReactorDouble;

beforeEach(async () => {
	nodeId = `receiver-${++nodes}`;
	double = await startReactorDouble();
});
afterEach(async () => {
	forgetTokens();
	await closeServers();
});

const send = async (request: Partial<EventRequest> = {}) =>
	await sendEvent({ double, nodeId, ...request });

async function stored() {
	const rows = await rowsOf(await embeddedStore());
	return rows.filter(({ consumer }) => consumer === `trigger:workflow-1/${nodeId}`);
}

const idOf = (event: Record<string, unknown>) => (event.data as { id: string }).id;
const created = (more = {}) => {
	const event = double.event('rule.created', more);
	return { event, id: idOf(event), body: JSON.stringify(event) };
};

describe('an event that is taken in', () => {
	test('is stored when 200 is answered, and n8n starts no execution for it', async () => {
		const { id, body } = created();
		const answer = await send({ body });
		expect(answer).toMatchObject({
			status: 200,
			body: { id, outcome: 'taken' },
			returned: { noWebhookResponse: true },
		});
		expect(answer.returned).not.toHaveProperty('workflowData');
		expect(await stored()).toMatchObject([
			{ kind: 'callback', name: 'rule.created', event_id: id, status: 'pending' },
		]);
	});

	test('counts once, however often it is sent', async () => {
		const { id, body } = created();
		await send({ body });
		expect(await send({ body })).toMatchObject({ status: 200, body: { id, outcome: 'duplicate' } });
		await Promise.all([send({ body }), send({ body }), send({ body })]);
		expect(await stored()).toHaveLength(1);
	});

	test('counts for each trigger', async () => {
		const { body } = created();
		await send({ body });
		expect(await send({ body, nodeId: `${nodeId}b` })).toMatchObject({
			body: { outcome: 'taken' },
		});
	});

	test('may have an entity that is no JSON', async () => {
		const { event } = created();
		(event.data as { attributes: { entity: string } }).attributes.entity = '{"data":';
		expect(await send({ body: JSON.stringify(event) })).toMatchObject({
			status: 200,
			body: { outcome: 'taken' },
		});
	});

	test('may belong to no property', async () => {
		const { body } = created({ property: null });
		expect(await send({ body })).toMatchObject({ body: { outcome: 'taken' } });
	});

	test('to whose type nobody subscribes any more is answered alike and not kept', async () => {
		const body = JSON.stringify(double.event('build.created'));
		expect(await send({ body })).toMatchObject({ status: 200, body: { outcome: 'ignored' } });
		expect(await stored()).toEqual([]);
	});

	test('is of one of the types by a wildcard', async () => {
		const parameters = { service: 'remote', eventTypes: [], otherEventTypes: 'rule.*' };
		const { body } = created();
		expect(await send({ body, parameters })).toMatchObject({ body: { outcome: 'taken' } });
	});
});

describe('refused, and not stored', () => {
	const wrong: Array<[string, string, number, RegExp]> = [
		['no JSON', '{"data":', 400, /The body is no JSON/],
		['nothing', '', 400, /The body is no JSON/],
		['a list', '[]', 400, /has to be an object/],
		['another resource', '{"data":{"type":"rules"}}', 400, /\/data\/type has to be "audit_events"/],
		[
			'an id that is none',
			'{"data":{"type":"audit_events","id":"AE1/../x"}}',
			400,
			/\/data\/id has to be "AE" and 32/,
		],
	];
	test.each(wrong)('%s', async (_name, body, status, error) => {
		const answer = await send({ body });
		expect(answer).toMatchObject({
			status,
			body: { error: expect.stringMatching(error) as string },
		});
		expect(await stored()).toEqual([]);
	});

	test('an event of another property', async () => {
		const { body } = created({ property: OTHER_PROPERTY });
		expect(await send({ body })).toMatchObject({
			status: 403,
			body: { error: `The event belongs to another property: ${OTHER_PROPERTY}` },
		});
		expect(await stored()).toEqual([]);
	});

	test('an address that is not allowed', async () => {
		const parameters = { settings: { allowedIps: '198.51.100.0/24' } };
		const { body } = created();
		expect(await send({ body, parameters })).toMatchObject({ status: 403 });
		expect(await send({ body, parameters, ip: '198.51.100.9' })).toMatchObject({ status: 200 });
	});

	test.each<[string, Partial<EventRequest>]>([
		['announced', { headers: { 'content-length': '3000000' } }],
		['found out while reading', { body: 'x'.repeat(1_100_000) }],
		['by n8n', { unreadable: Object.assign(new Error('large'), { statusCode: 413 }) }],
	])('too large a body, %s', async (_name, request) => {
		const parameters = { settings: { maxBodyMb: 1 } };
		expect(await send({ ...request, parameters })).toMatchObject({
			status: 413,
			body: { error: 'The request is larger than 1 MB' },
		});
	});

	test('a body that cannot be read', async () => {
		expect(await send({ unreadable: new Error('aborted') })).toMatchObject({ status: 400 });
	});
});

describe('a signature', () => {
	const SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
	const signed = (body: string, secret = SECRET, ageSeconds = 0) => {
		const at = Math.floor(Date.now() / 1_000) - ageSeconds;
		return {
			'webhook-id': 'msg_1',
			'webhook-timestamp': String(at),
			'webhook-signature': createSigner([secret]).sign('msg_1', at, body),
		};
	};
	const checking = {
		parameters: { check: 'signature' },
		credentials: { postbackSigningSecretApi: { secret: SECRET } },
	};

	test('by the secret of the credential lets an event in', async () => {
		const { body } = created();
		expect(await send({ ...checking, body, headers: signed(body) })).toMatchObject({
			status: 200,
			body: { outcome: 'taken' },
		});
		const [{ request }] = await stored();
		expect(request).toContain('\\"checked\\":\\"signature\\"');
	});

	test.each<[string, (body: string) => Record<string, string>]>([
		['none', () => ({})],
		[
			'by another secret',
			(body) => signed(body, `whsec_${Buffer.alloc(24, 6).toString('base64')}`),
		],
		['over another body', (body) => signed(`${body} `)],
		['that is old', (body) => signed(body, SECRET, 301)],
		['from the future', (body) => signed(body, SECRET, -301)],
	])('is refused: %s', async (_name, headersFor) => {
		const { body } = created();
		const answer = await send({ ...checking, body, headers: headersFor(body) });
		expect(answer.status).toBe(401);
		expect(JSON.stringify(answer)).not.toContain(SECRET.slice(6));
		expect(await stored()).toEqual([]);
	});

	test('with a secret that is none asks for another try and tells the log', async () => {
		const { body } = created();
		const credentials = { postbackSigningSecretApi: { secret: 'whsec_?' } };
		const answer = await send({ ...checking, credentials, body, headers: signed(body) });
		expect(answer.status).toBe(503);
		expect(answer.lines).toMatchObject([{ level: 'error' }]);
	});

	test('by the secret that the service gave lets an event in, and no other', async () => {
		const parameters = { service: 'remote', check: 'registered' };
		double = await startReactorDouble({ bearerOnly: true, signs: true });
		const { body } = created();
		expect((await send({ parameters, body, headers: signed(body) })).status).toBe(503);
		await hooksOf({ double, nodeId, parameters }).publish();
		expect((await send({ parameters, body, headers: signed(body) })).status).toBe(401);
		const headers = signed(body, double.lastSecret);
		expect(await send({ parameters, body, headers })).toMatchObject({ body: { outcome: 'taken' } });
	});
});

describe('reading an event again from the API', () => {
	const checking = { parameters: { check: 'api' } };

	test('takes what the API says of it', async () => {
		const { event, id } = created();
		const forged = structuredClone(event) as { data: { attributes: Record<string, string> } };
		forged.data.attributes.attributed_to_email = 'mallory@example.com';
		expect(await send({ ...checking, body: JSON.stringify(forged) })).toMatchObject({
			status: 200,
			body: { id, outcome: 'taken' },
		});
		const [{ request }] = await stored();
		expect(request).toContain('jsmith@example.com');
		expect(request).not.toContain('mallory');
	});

	test('refuses an event that the API does not know', async () => {
		const { body } = created();
		double.events.clear();
		expect(await send({ ...checking, body })).toMatchObject({
			status: 403,
			body: { error: 'The API knows no such event' },
		});
		expect(await stored()).toEqual([]);
	});

	test('asks for another try while the API is not there', async () => {
		const { body } = created();
		double.instead(() => (_request, response) => void response.writeHead(404).end('<html>'));
		const answer = await send({ ...checking, body });
		expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
		expect(answer.lines).toMatchObject([{ level: 'warn' }]);
		for (const secret of SECRETS) expect(JSON.stringify(answer)).not.toContain(secret);
	});
});

describe('200 is never answered for what is not stored', () => {
	test('while the store is full', async () => {
		const { body } = created();
		const credentials = { deliveryStoreApi: { database: 'embedded', maxSizeMb: 0.0001 } };
		const answer = await send({ body, credentials });
		expect(answer).toMatchObject({
			status: 503,
			body: { error: 'Events cannot be taken in now; send them again later' },
		});
		expect(answer.lines).toMatchObject([{ level: 'warn' }]);
	});

	describe('while the store cannot be used', () => {
		withEnvironment({ EXECUTIONS_MODE: 'queue' });
		test('such as in queue mode', async () => {
			await closeStores();
			expect(await send({ body: created().body })).toMatchObject({ status: 503 });
		});
	});
});

test('a test run shows the event and stores nothing', async () => {
	const { event, body } = created();
	const answer = await send({ body, mode: 'manual' });
	expect(answer.status).toBe(200);
	expect(answer.returned.workflowData?.[0][0].json).toMatchObject({
		event,
		entity: { type: 'rules', attributes: { name: 'R' } },
		received: { checked: 'none', test: true },
	});
	expect(await stored()).toEqual([]);
});
