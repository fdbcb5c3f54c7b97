import { Receiver, answers } from '../../scripts/receiver.ts';

let receiver: Receiver;

beforeEach(async () => {
	receiver = await Receiver.start();
});

afterEach(async () => {
	await receiver.close();
});

const post = async (path: string, body = 'x') =>
	await fetch(receiver.url + path, { method: 'POST', body, redirect: 'manual' });

test('keeps method, address, headers and the exact bytes', async () => {
	await fetch(`${receiver.url}/a/b?c=%20d`, {
		method: 'PUT',
		headers: { 'X-Probe': 'Ä'.normalize() },
		body: Buffer.from([0, 255, 10]),
	});
	const [request] = receiver.requests();
	expect(request).toMatchObject({ method: 'PUT', url: '/a/b?c=%20d', path: '/a/b' });
	expect([...request.body]).toEqual([0, 255, 10]);
	expect(request.headers['x-probe']).toBe('Ä');
	await receiver.waitFor(([first]) => first.answered === 200);
});

test('answers 200 where nothing was said, and what was said elsewhere', async () => {
	receiver.on('/gone', answers.gone());
	expect([(await post('/x')).status, (await post('/gone')).status]).toEqual([200, 410]);
	receiver.otherwise(answers.status(500));
	expect((await post('/x')).status).toBe(500);
});

test('goes through the behaviours of a path in order and stays at the last', async () => {
	receiver.on('/p', answers.unavailable(3), answers.tooMany(4), answers.ok('fine'));
	const first = await post('/p');
	expect([first.status, first.headers.get('retry-after')]).toEqual([503, '3']);
	expect((await post('/p')).status).toBe(429);
	expect(await (await post('/p')).text()).toBe('fine');
	expect((await post('/p')).status).toBe(200);
});

test('lets a function decide, which sees request and count', async () => {
	receiver.on('/f', ({ body }, before) =>
		answers.status(body.toString() === 'ok' ? 200 : 400 + before),
	);
	expect((await post('/f')).status).toBe(400);
	expect((await post('/f')).status).toBe(401);
	expect((await post('/f', 'ok')).status).toBe(200);
});

test('resets, and breaks off half-way', async () => {
	receiver.on('/reset', answers.reset()).on('/half', answers.half());
	await expect(post('/reset')).rejects.toThrow('fetch failed');
	const half = await post('/half');
	expect(half.status).toBe(200);
	await expect(half.text()).rejects.toThrow();
	expect(receiver.requests().map(({ answered }) => answered)).toEqual([undefined, undefined]);
});

test('stalls for the time given', async () => {
	receiver.on('/slow', answers.stall(150, answers.status(204)));
	const start = Date.now();
	expect((await post('/slow')).status).toBe(204);
	expect(Date.now() - start).toBeGreaterThanOrEqual(145);
});

test('redirects', async () => {
	receiver.on('/r', answers.redirect('/elsewhere', 307));
	const answer = await post('/r');
	expect([answer.status, answer.headers.get('location')]).toEqual([307, '/elsewhere']);
});

test('waits for a number of requests of a path, those it never answers included', async () => {
	receiver.on('/hang', answers.hang());
	const waiting = receiver.waitFor(1, { path: '/hang' });
	const abort = new AbortController();
	const call = fetch(`${receiver.url}/hang`, { signal: abort.signal });
	expect(await waiting).toHaveLength(1);
	abort.abort();
	await expect(call).rejects.toThrow();
});

test('says what had arrived when it waited in vain', async () => {
	await post('/only');
	await expect(receiver.waitFor(2, { timeoutMs: 50 })).rejects.toThrow('POST /only');
});
