import { conformanceFiles } from '../../postbacks/conformanceFiles';
import { openApi, openBench, type Bench } from '../support';
import { describeStores } from '../../../support/stores';

const PROPERTY = 'PR5e22de986a7c4070965e7546b2bb108d';
const samples = new Map(conformanceFiles('reactor', /^callbacks-\d\.json$/));

/** Ids, times and the host, which are the service's own, aside. */
function shape(value: unknown): unknown {
	const names = new Map<string, string>();
	const text = JSON.stringify(value)
		.replaceAll('https://n8n.example/webhook/api', 'https://reactor.adobe.io')
		.replace(/"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"/g, '"TIME"')
		.replace(/\b(CB|PR)[0-9a-f]{32}\b/g, (id, prefix: string) => {
			if (!names.has(id)) names.set(id, `${prefix}-${names.size + 1}`);
			return names.get(id) as string;
		});
	return text;
}

const sample = (name: string) => JSON.parse(samples.get(name) as string) as unknown;

describeStores('the requests that Reactor documents', () => {
	let bench: Bench;
	beforeEach(async () => (bench = await openBench()));
	afterEach(async () => await bench.close());

	const open = () => openApi(bench.service, { anyProperty: true, properties: new Map() });
	const body = `{
        "data": {
          "attributes": {
            "url": "https://www.example.com",
            "subscriptions": [
              "rule.created"
            ]
          }
        }
      }`;
	/** As text: the order of the members counts too. */
	const hasShapeOf = (text: string | undefined, name: string) => {
		if (!samples.has(name)) return;
		expect(shape(JSON.parse(text ?? 'null'))).toBe(shape(sample(name)));
	};

	it('create a callback', async () => {
		const answer = await open().call('POST', `/properties/${PROPERTY}/callbacks`, { body });
		expect(answer.status).toBe(201);
		expect(answer.headers['content-type']).toBe('application/vnd.api+json');
		hasShapeOf(answer.text, 'callbacks-3.json');
	});

	it('list callbacks', async () => {
		const { call } = open();
		await call('POST', `/properties/${PROPERTY}/callbacks`, { body });
		const answer = await call('GET', `/properties/${PROPERTY}/callbacks`);
		expect(answer.status).toBe(200);
		hasShapeOf(answer.text, 'callbacks-1.json');
	});

	it('look up a callback', async () => {
		const { call } = open();
		const { json } = await call('POST', `/properties/${PROPERTY}/callbacks`, { body });
		const answer = await call('GET', `/callbacks/${json.data.id}`);
		expect(answer.status).toBe(200);
		hasShapeOf(answer.text, 'callbacks-2.json');
	});

	it.each(['PUT', 'PATCH'])('update a callback with %s', async (method) => {
		const { call } = open();
		const { json } = await call('POST', `/properties/${PROPERTY}/callbacks`, {
			body: body.replace('www.example.com', 'www.example.net'),
		});
		bench.clock.setWall(bench.clock.now() + 1_000);
		const { id } = json.data;
		const answer = await call(method, `/callbacks/${id}`, {
			body: {
				data: {
					attributes: { subscriptions: ['rule.created', 'build.created'] },
					type: 'callbacks',
					id,
				},
			},
		});
		expect(answer.status).toBe(200);
		hasShapeOf(answer.text, 'callbacks-4.json');
		const { created_at, updated_at } = answer.json.data.attributes;
		expect(Date.parse(updated_at)).toBe(Date.parse(created_at) + 1_000);
	});

	it('delete a callback, with no body in the answer', async () => {
		const { call } = open();
		const { json } = await call('POST', `/properties/${PROPERTY}/callbacks`, { body });
		const answer = await call('DELETE', `/callbacks/${json.data.id}`);
		expect(answer).toMatchObject({ status: 204 });
		expect(answer.text).toBeUndefined();
		expect(answer.headers).not.toHaveProperty('content-type');
		expect((await call('GET', `/callbacks/${json.data.id}`)).status).toBe(404);
	});

	it('answer an unknown callback with the documented error', async () => {
		const answer = await open().call('GET', `/callbacks/CB${'0'.repeat(32)}`);
		expect(answer.status).toBe(404);
		expect(answer.json.errors).toEqual([
			{
				id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
				status: '404',
				code: 'not-found',
				title: 'Record Not Found',
				meta: { request_id: answer.headers['x-request-id'] },
				source: { pointer: '/data' },
			},
		]);
	});
});
