import { fetch } from 'undici';
import {
	closeDispatchers,
	getDispatcher,
	GuardedDispatcher,
	type DispatcherOptions,
} from '../../../lib/transport/dispatcher';
import { createEgressGuard } from '../../../lib/transport/egressGuard';
import { codeOf } from '../../../lib/transport/networkErrors';
import { resolvesTo, sending } from './support/sending';
import { closeServers, startReceiver } from './support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

function options(fields: Partial<DispatcherOptions> = {}): DispatcherOptions {
	return {
		guard: createEgressGuard({ allowedHosts: ['127.0.0.0/8'] }),
		connectionsPerOrigin: 5,
		proxy: 'none',
		...fields,
	};
}

describe('getDispatcher', () => {
	test('gives the same one for options that mean the same', () => {
		expect(getDispatcher(options())).toBe(getDispatcher(options()));
	});

	test('gives another for another guard, number of connections, proxy or certificate', () => {
		const all = [
			options(),
			options({ guard: createEgressGuard({ allowedHosts: ['10.0.0.1'] }) }),
			options({ connectionsPerOrigin: 6 }),
			options({ proxy: { http: 'http://proxy.example:3128' } }),
			options({ tls: { cert: 'a', key: 'b' } }),
			options({ tls: { cert: 'a', key: 'c' } }),
		].map(getDispatcher);
		expect(new Set(all).size).toBe(all.length);
	});

	test('shares it with another copy of the module in the same process', () => {
		const ours = getDispatcher(options());
		jest.isolateModules(() => {
			const other = jest.requireActual<typeof import('../../../lib/transport/dispatcher')>(
				'../../../lib/transport/dispatcher',
			);
			expect(other.getDispatcher).not.toBe(getDispatcher);
			expect(other.getDispatcher(options())).toBe(ours);
		});
	});

	test('keeps no certificate and no proxy password in a key', () => {
		const keysBefore = allKeys();
		getDispatcher(options({ tls: { key: 'hush' }, proxy: { http: 'http://u:hush@p.example' } }));
		expect(allKeys().length).toBe(keysBefore.length + 1);
		expect(allKeys().join()).not.toContain('hush');
	});

	test('forgets the longest unused of very many', () => {
		const first = getDispatcher(options({ connectionsPerOrigin: 1_000 }));
		const second = getDispatcher(options({ connectionsPerOrigin: 1_001 }));
		for (let at = 0; at < 63; at++) {
			getDispatcher(options({ connectionsPerOrigin: 2_000 + at }));
			expect(getDispatcher(options({ connectionsPerOrigin: 1_000 }))).toBe(first);
		}
		expect(getDispatcher(options({ connectionsPerOrigin: 1_001 }))).not.toBe(second);
	});
});

function allKeys(): string[] {
	const holder = globalThis as { [key: symbol]: Map<string, unknown> | undefined };
	return [...(holder[Symbol.for('n8n-nodes-postback.dispatchers.1')]?.keys() ?? [])];
}

describe('connections', () => {
	test('are kept and used again', async () => {
		const receiver = await startReceiver();
		const { send } = sending();
		for (let at = 0; at < 20; at++) await send(receiver.origin);
		expect(receiver.received).toHaveLength(20);
		// A second one, since a connection is free only a moment after its answer has ended.
		expect(receiver.connections).toBeLessThanOrEqual(2);
	});

	test('to one origin are no more than was set, each with one request at a time', async () => {
		let open = 0;
		let most = 0;
		const receiver = await startReceiver((_request, response) => {
			most = Math.max(most, ++open);
			setTimeout(() => {
				open--;
				response.end();
			}, 10);
		});
		const { send } = sending({ connections: 3 });
		const outcomes = await Promise.all(
			Array.from({ length: 30 }, async () => await send(receiver.origin)),
		);
		expect(outcomes.every(({ statusCode }) => statusCode === 200)).toBe(true);
		expect(receiver.connections).toBe(3);
		expect(most).toBe(3);
	});

	test('to a slow origin do not hold up another', async () => {
		const slow = await startReceiver(() => undefined);
		const quick = await startReceiver();
		const { send } = sending({ connections: 2 });
		const waiting = Array.from({ length: 10 }, () => send(slow.origin, { timeoutMs: 500 }));
		const outcome = await send(quick.origin);
		expect(outcome.statusCode).toBe(200);
		expect(outcome.durationMs).toBeLessThan(400);
		await Promise.all(waiting);
	});

	test('are tried on the other address when one of a name does not answer', async () => {
		const receiver = await startReceiver();
		const guard = {
			allowedHosts: ['127.0.0.1', '::1'],
			resolve: resolvesTo('::1', '127.0.0.1'),
		};
		const outcome = await sending({ guard }).send(`http://both.example:${receiver.port}/`);
		expect(outcome.statusCode).toBe(200);
		expect(receiver.received[0].headers.host).toBe(`both.example:${receiver.port}`);
	});

	test('are judged for each port of their own where the list names ports', async () => {
		const open = await startReceiver();
		const closed = await startReceiver();
		const guard = { allowedHosts: [`127.0.0.1:${open.port}`], resolve: resolvesTo('127.0.0.1') };
		const { send } = sending({ guard });
		expect((await send(open.origin)).statusCode).toBe(200);
		expect((await send(`http://a.example:${open.port}/`)).statusCode).toBe(200);
		expect((await send(closed.origin)).error?.code).toBe('EGRESS_BLOCKED');
		expect((await send(`http://a.example:${closed.port}/`)).error?.code).toBe('EGRESS_BLOCKED');
		expect(closed.connections).toBe(0);
	});
});

test('thousands of origins leave no more than a bounded number of pools behind', async () => {
	const dispatcher = new GuardedDispatcher(
		options({ guard: createEgressGuard({ allowedHosts: [] }) }),
	);
	const failures = await Promise.all(
		Array.from(
			{ length: 2_000 },
			async (_, at) =>
				await new Promise<string>((resolve) => {
					setImmediate(() =>
						dispatcher.dispatch(
							{ origin: `http://10.0.${at >> 8}.${at & 255}`, path: '/', method: 'GET' },
							{
								onRequestStart: () => undefined,
								onResponseStart: () => undefined,
								onResponseData: () => undefined,
								onResponseEnd: () => undefined,
								onResponseError: (_controller, error) =>
									resolve('code' in error ? String(error.code) : ''),
							},
						),
					);
				}),
		),
	);
	expect(failures.every((code) => code === 'EGRESS_BLOCKED')).toBe(true);
	expect(dispatcher.origins).toBeLessThanOrEqual(256);
	expect(dispatcher.origins).toBeGreaterThan(240);
	await dispatcher.destroy();
});

test('a pool in use does not give way to new origins', async () => {
	const answers: Array<() => void> = [];
	const receiver = await startReceiver((_request, response) => {
		answers.push(() => response.end('at last'));
	});
	const { send } = sending({ guard: { allowedHosts: ['127.0.0.1'] } });
	const first = send(receiver.origin);
	while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	for (let at = 0; at < 300; at++) await send(`http://10.0.${at >> 8}.${at & 255}/`);
	answers[0]();
	expect((await first).bodyExcerpt).toBe('at last');
	expect(receiver.connections).toBe(1);
});

test('the longest unused pools give way, not the one that was made first', async () => {
	const receiver = await startReceiver();
	const other = await startReceiver();
	const { send } = sending({ connections: 1 });
	for (let at = 0; at < 400; at++) {
		await send(`http://10.0.${at >> 8}.${at & 255}/`);
		if (at % 50 === 0) await send(receiver.origin);
		if (at === 1) await send(other.origin);
	}
	await send(receiver.origin);
	await send(other.origin);
	expect(receiver.connections).toBe(1);
	expect(other.connections).toBe(2);
});

describe("undici's fetch", () => {
	test('works over the guarded dispatcher', async () => {
		const receiver = await startReceiver();
		const answer = await fetch(`${receiver.origin}/x`, { dispatcher: getDispatcher(options()) });
		expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
	});

	test('is refused what the guard refuses', async () => {
		const dispatcher = getDispatcher(options({ guard: createEgressGuard({ allowedHosts: [] }) }));
		const refusal: unknown = await fetch('http://127.0.0.1:8081/', { dispatcher }).catch(
			(error: Error) => error.cause,
		);
		expect(codeOf(refusal)).toBe('EGRESS_BLOCKED');
	});
});

test('a closed dispatcher says so, and closing calls back', async () => {
	const dispatcher = new GuardedDispatcher(options());
	const receiver = await startReceiver(() => undefined);
	const failed = new Promise<Error>((resolve) =>
		dispatcher.dispatch(
			{ origin: receiver.origin, path: '/', method: 'GET' },
			{
				onRequestStart: () => undefined,
				onResponseStart: () => undefined,
				onResponseData: () => undefined,
				onResponseEnd: () => undefined,
				onResponseError: (_controller, error) => resolve(error),
			},
		),
	);
	while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	await new Promise<void>((resolve) => dispatcher.close(resolve));
	expect(await failed).toMatchObject({ code: 'UND_ERR_DESTROYED' });
	await dispatcher.destroy(null);
	await new Promise<void>((resolve) => dispatcher.destroy(null, resolve));
});
