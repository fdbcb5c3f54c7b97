import { makeAuditEvent, readAuditEvent } from '../../../../lib/callbacks/auditEvent';
import { storeAuditEvent } from '../../../../lib/callbacks/store/events';
import { conformanceFiles } from '../../postbacks/conformanceFiles';
import { objections, withoutDepartures } from '../schemas';
import { BASE, newCallback, openApi, openBench, PROPERTY, type Bench } from '../support';
import { describeStores } from '../../../support/stores';

const EVENT_ID = `AE${'1'.repeat(32)}`;

describeStores('every answer is as the OpenAPI description and JSON:API have it', () => {
	let bench: Bench;
	let call: ReturnType<typeof openApi>['call'];
	let id: string;

	beforeEach(async () => {
		bench = await openBench();
		call = openApi(bench.service).call;
		const created = await call('POST', `/properties/${PROPERTY}/callbacks`, {
			body: newCallback(),
		});
		id = created.json.data.id;
		const event = makeAuditEvent(
			{ type_of: 'rule.created', property: PROPERTY, entity: { id: `RL${'2'.repeat(32)}` } },
			{ baseUrl: BASE, id: EVENT_ID, now: bench.clock.now() },
		);
		await bench.store.write(async (unit) => await storeAuditEvent(unit, readAuditEvent(event)));
	});

	afterEach(async () => await bench.close());

	const isValid = (schema: string | undefined, text: string | undefined) => {
		const document = withoutDepartures(JSON.parse(text as string));
		if (schema) expect(objections(schema, document)).toEqual([]);
		expect(objections('JSON:API', document)).toEqual([]);
	};

	const path = (text: string) => text.replace('ID', id).replace('PROPERTY', PROPERTY);

	it.each([
		['GET', '/properties/PROPERTY/callbacks', 'callbacksListResponse', ''],
		['GET', '/properties/PROPERTY/callbacks', 'callbacksListResponse', 'filter[created_at]=x'],
		['GET', '/callbacks/ID', 'callbacksLookupResponse', ''],
		['GET', '/callbacks/ID/property', undefined, ''],
		['GET', '/properties/PROPERTY', undefined, ''],
		['GET', '/audit_events', 'auditEventsListResponse', ''],
		['GET', `/audit_events/${EVENT_ID}`, 'auditEventsLookupResponse', ''],
		['GET', `/audit_events/${EVENT_ID}/property`, undefined, ''],
	])('%s %s', async (method, template, schema, query) => {
		const answer = await call(method, path(template), { query });
		expect(answer.status).toBe(200);
		isValid(schema, answer.text);
	});

	it.each(['PUT', 'PATCH'])('%s', async (method) => {
		const body = { data: { id, type: 'callbacks', attributes: { subscriptions: ['own.event'] } } };
		expect(objections('callbacksUpdatePayload', body)).toEqual([]);
		isValid('callbacksUpdateResponse', (await call(method, `/callbacks/${id}`, { body })).text);
	});

	it('POST, with a secret', async () => {
		const body = newCallback({ condition: 'true' });
		expect(objections('callbacksCreatePayload', body)).toEqual([]);
		const asking = { data: { ...body.data, meta: { secret: true } } };
		const answer = await call('POST', `/properties/${PROPERTY}/callbacks`, { body: asking });
		expect(answer.json.meta.secret).toMatch(/^whsec_/);
		isValid('callbacksCreateResponse', answer.text);
	});

	it.each([
		['GET', `/callbacks/CB${'0'.repeat(32)}`, {}, 404],
		['GET', '/elsewhere', {}, 404],
		['DELETE', `/properties/${PROPERTY}`, {}, 405],
		['GET', '/callbacks/ID', { token: null }, 401],
		['POST', '/properties/PROPERTY/callbacks', { body: '{' }, 400],
		['POST', '/properties/PROPERTY/callbacks', { body: newCallback({ url: 7 }) }, 422],
		['PUT', '/callbacks/ID', { body: { data: { type: 'x' } } }, 409],
		['GET', '/properties/PROPERTY/callbacks', { query: 'page[size]=0' }, 400],
	])('the error of %s %s %j', async (method, template, request, status) => {
		const answer = await call(method, path(template), request);
		expect(answer.status).toBe(status);
		expect(answer.json.errors[0].status).toBe(String(status));
		expect(answer.headers['content-type']).toBe('application/vnd.api+json');
		isValid(undefined, answer.text);
	});

	it('departs from them only as the samples of Reactor do', () => {
		for (const [name, text] of conformanceFiles('reactor', /^(callbacks|audit)-.*\.json$/)) {
			const document = JSON.parse(text) as unknown;
			expect([name, objections('JSON:API', withoutDepartures(document))]).toEqual([name, []]);
			expect([name, objections('JSON:API', document)]).not.toEqual([name, []]);
		}
	});
});
