import { randomBytes } from 'node:crypto';
import { createSecretBox } from '../../../../lib/callbacks/secretBox';
import { changesAfter } from '../../../../lib/callbacks/store/changes';
import {
	BOUND_TOKEN,
	newCallback,
	openApi,
	openBench,
	PROPERTY,
	testBox,
	type Bench,
} from '../support';
import { describeStores } from '../../../support/stores';

const LIST = `/properties/${PROPERTY}/callbacks`;
const HOUR = 3600_000;

let bench: Bench;
let call: ReturnType<typeof openApi>['call'];
beforeEach(async () => {
	bench = await openBench();
	call = openApi(bench.service).call;
});
afterEach(async () => await bench.close());

const create = async (attributes: Record<string, unknown> = {}, meta: object = {}) =>
	await call('POST', LIST, { body: { data: { ...newCallback(attributes).data, meta } } });
const attributesOf = async (id: string) =>
	(await call('GET', `/callbacks/${id}`)).json.data.attributes;
const changes = async () =>
	await bench.store.read(async (unit) => await changesAfter(unit, 0, 100));
const rowOf = async (id: string) => (await bench.service.find(id))!;

describeStores('an update', () => {
	it.each([
		['PUT', 'application/json'],
		['PATCH', 'application/vnd.api+json'],
	])('with %s changes only what it names', async (method) => {
		const { json } = await create({ condition: 'true' });
		const { id, attributes } = json.data;
		await call(method, `/callbacks/${id}`, {
			body: { data: { attributes: { url: 'https://b.example/' } } },
		});
		expect(await attributesOf(id)).toMatchObject({
			...attributes,
			url: 'https://b.example/',
			updated_at: expect.any(String) as string,
		});
		await call(method, `/callbacks/${id}`, {
			body: {
				data: { id, type: 'callbacks', attributes: { subscriptions: ['*'], condition: null } },
			},
		});
		const now = await attributesOf(id);
		expect(now).toMatchObject({ url: 'https://b.example/', subscriptions: ['*'] });
		expect(now).not.toHaveProperty('condition');
	});

	it('lets be what cannot be written, so that a client may send back what it got', async () => {
		const { json } = await create();
		const { id } = json.data;
		const body = {
			data: {
				...json.data,
				attributes: { ...json.data.attributes, created_at: '1999-01-01', other: 1 },
			},
		};
		const answer = await call('PUT', `/callbacks/${id}`, { body });
		expect(answer.json.data.attributes).toEqual(json.data.attributes);
	});

	it('that names nothing changes nothing', async () => {
		const { json } = await create();
		bench.clock.setWall(bench.clock.now() + HOUR);
		const answer = await call('PATCH', `/callbacks/${json.data.id}`, { body: { data: {} } });
		expect(answer.status).toBe(200);
		expect(answer.json.data).toEqual(json.data);
		expect(await changes()).toHaveLength(1);
	});

	it('at the same time as another loses neither', async () => {
		const { json } = await create();
		const { id } = json.data;
		const update = async (attributes: object) =>
			await call('PATCH', `/callbacks/${id}`, { body: { data: { attributes } } });
		const answers = await Promise.all([
			update({ url: 'https://b.example/' }),
			update({ subscriptions: ['build.*'] }),
			update({ condition: 'false' }),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(await attributesOf(id)).toMatchObject({
			url: 'https://b.example/',
			subscriptions: ['build.*'],
			condition: 'false',
		});
	});

	it('at the same time as a deletion finds it or not, and brings nothing back', async () => {
		const { json } = await create();
		const path = `/callbacks/${json.data.id}`;
		const body = { data: { attributes: { subscriptions: ['build.*'] } } };
		const [update, removal] = await Promise.all([
			call('PATCH', path, { body }),
			call('DELETE', path),
		]);
		expect([200, 404]).toContain(update.status);
		expect(removal.status).toBe(204);
		expect((await call('GET', path)).status).toBe(404);
	});
});

describeStores('changes', () => {
	it('are written down with who made them, and told to who waits for them', async () => {
		let woken = 0;
		bench.store.onWake('callback-changes', () => woken++);
		const { json, change } = await create();
		const path = `/callbacks/${json.data.id}`;
		const body = { data: { attributes: { url: 'https://b.example/' } } };
		await call('PUT', path, { body, token: BOUND_TOKEN });
		await call('DELETE', path);
		expect(await changes()).toMatchObject([
			{ ...change, change: 'created', author: 'all', propertyId: PROPERTY },
			{ change: 'updated', author: 'bound', attributes: { url: 'https://b.example/' } },
			{ change: 'deleted', author: 'all', attributes: { url: 'https://b.example/' } },
		]);
		expect(woken).toBe(3);
	});

	it('hold no secret', async () => {
		const { json } = await create({}, { secret: true });
		expect(JSON.stringify(await changes())).not.toMatch(/whsec_|secret/);
		expect(json.meta.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
	});

	it('that were refused are not written down', async () => {
		await create({ url: 'http://a.example/' });
		await call('DELETE', `/callbacks/CB${'0'.repeat(32)}`);
		expect(await changes()).toEqual([]);
	});
});

describeStores('a signing secret', () => {
	it('is told once, and lies sealed in the store', async () => {
		const { json, headers } = await create({}, { secret: true });
		const { id } = json.data;
		expect(headers['cache-control']).toBe('no-store');
		const again = await call('GET', `/callbacks/${id}`);
		expect(again.text).not.toContain('secret');
		const { secret } = await rowOf(id);
		expect(secret).not.toContain(json.meta.secret);
		expect(testBox.open(secret!, id)).toBe(json.meta.secret);
	});

	it('is not given unasked, unless every callback gets one, and never where there are none', async () => {
		expect((await create()).json.meta).toBeUndefined();
		call = openApi(bench.service, { secrets: 'always' }).call;
		expect((await create()).json.meta.secret).toMatch(/^whsec_/);
		call = openApi(bench.service, { secrets: 'never' }).call;
		expect((await create({}, { secret: true })).json.meta).toBeUndefined();
	});

	it.each(['yes', 1, {}, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])(
		'is not given for %j, which does not ask for one',
		async (secret) => {
			expect((await create({}, { secret })).json.meta).toBeUndefined();
		},
	);

	it('is rotated with an overlap', async () => {
		const first = (await create({}, { secret: true })).json;
		const { id } = first.data;
		const answer = await call('PATCH', `/callbacks/${id}`, {
			body: { data: { meta: { rotate_secret: true } } },
		});
		const second = answer.json.meta.secret;
		expect(second).not.toBe(first.meta.secret);
		const until = bench.clock.now() + 24 * HOUR;
		expect(answer.json.meta).toEqual({
			secret: second,
			previous_secret_until: new Date(until).toISOString(),
		});
		const row = await rowOf(id);
		expect(testBox.open(row.secret!, id)).toBe(second);
		expect(testBox.open(row.previousSecret!, id)).toBe(first.meta.secret);
		expect(row.previousUntil).toBe(until);
	});

	it('is the first one, for a callback that had none', async () => {
		const { id } = (await create()).json.data;
		const answer = await call('PUT', `/callbacks/${id}`, {
			body: { data: { meta: { rotate_secret: true } } },
		});
		expect(Object.keys(answer.json.meta)).toEqual(['secret']);
	});

	it('is rotated twice at once without losing the last', async () => {
		const { id } = (await create({}, { secret: true })).json.data;
		const body = { data: { meta: { rotate_secret: true } } };
		const answers = await Promise.all([
			call('PATCH', `/callbacks/${id}`, { body }),
			call('PATCH', `/callbacks/${id}`, { body }),
		]);
		const row = await rowOf(id);
		const told = answers.map(({ json }) => json.meta.secret).sort();
		const kept = [row.secret!, row.previousSecret!].map((sealed) => testBox.open(sealed, id));
		expect(kept.sort()).toEqual(told);
	});
});

describeStores('a secret box', () => {
	const box = (...materials: string[]) => createSecretBox(materials, randomBytes);

	it('opens what any of its keys has sealed, and seals with the first', () => {
		const sealed = box('old').seal('whsec_x', 'CB1');
		expect(box('new', 'old').open(sealed, 'CB1')).toBe('whsec_x');
		const again = box('new', 'old').seal('whsec_y', 'CB1');
		expect(box('new').open(again, 'CB1')).toBe('whsec_y');
	});

	it('seals the same otherwise each time', () => {
		const one = box('k');
		expect(one.seal('x', 'CB1')).not.toBe(one.seal('x', 'CB1'));
	});

	const sealed = box('k').seal('whsec_x', 'CB1');
	it.each<[string, () => string]>([
		['sealed with another key', () => box('other').open(sealed, 'CB1')],
		["another callback's", () => box('k').open(sealed, 'CB2')],
		['changed', () => box('k').open(sealed.replace(/.{4}$/, 'AAAA'), 'CB1')],
		['cut', () => box('k').open(sealed.slice(0, -12), 'CB1')],
		['no such text', () => box('k').open('whsec_x', 'CB1')],
	])('refuses what is %s, and says what to do', (_name, open) => {
		expect(open).toThrow(/N8N_ENCRYPTION_KEY/);
	});
});

describeStores('a dry run', () => {
	it('answers as if it were done, and leaves nothing', async () => {
		const { id } = (await create()).json.data;
		const dry = openApi(bench.serviceWith({ dryRun: true })).call;
		const created = await dry('POST', LIST, { body: newCallback() });
		expect(created.status).toBe(201);
		expect(created.change).toMatchObject({ change: 'created', callbackId: created.json.data.id });
		const body = { data: { attributes: { url: 'https://b.example/' } } };
		const updated = await dry('PUT', `/callbacks/${id}`, { body });
		expect(updated.json.data.attributes.url).toBe('https://b.example/');
		expect((await dry('DELETE', `/callbacks/${id}`)).status).toBe(204);
		expect((await call('GET', LIST)).json.data.map((one) => one.id)).toEqual([id]);
		expect(await attributesOf(id)).toMatchObject({ url: 'https://www.example.com' });
		expect(await changes()).toHaveLength(1);
	});
});
