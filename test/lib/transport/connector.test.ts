import type { LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { guardedConnector } from '../../../lib/transport/connector';
import type { EgressGuard } from '../../../lib/transport/egressGuard';

/** Refuses everything, and records what it was asked. */
function recordingGuard(ports: number[] = []) {
	const literals: Array<[string, number]> = [];
	const lookups: number[] = [];
	const refuse: LookupFunction = (_hostname, _options, callback) =>
		callback(new Error('refused'), []);
	const guard: EgressGuard = {
		key: '',
		ports: new Set(ports),
		checkLiteral: (hostname, port) => void literals.push([hostname, port]),
		lookup: (port) => {
			lookups.push(port);
			return refuse;
		},
		check: async () => undefined,
	};
	return { guard, literals, lookups };
}

async function connect(
	connector: buildConnector.connector,
	protocol: string,
	hostname: string,
	port = '',
): Promise<string> {
	return await new Promise((resolve) => {
		connector({ hostname, protocol, port, host: hostname }, (...[error]) => {
			resolve(error === null ? 'connected' : String(error));
		});
	});
}

test('the guard is asked about the host with the port that is meant', async () => {
	const { guard, literals } = recordingGuard();
	const connector = guardedConnector(guard);
	await connect(connector, 'https:', 'a.example');
	await connect(connector, 'http:', 'a.example');
	await connect(connector, 'http:', 'a.example', '8080');
	expect(literals).toEqual([
		['a.example', 443],
		['a.example', 80],
		['a.example', 8080],
	]);
});

test('only ports that the list names have a lookup of their own, made once', async () => {
	const { guard, lookups } = recordingGuard([443, 8080]);
	const connector = guardedConnector(guard);
	for (let round = 0; round < 2; round++) {
		for (const port of ['81', '82', '83', '8080']) {
			expect(await connect(connector, 'http:', 'a.example', port)).toContain('refused');
		}
		await connect(connector, 'https:', 'a.example');
	}
	expect(lookups).toEqual([0, 8080, 443]);
});

test('what the guard throws is handed to whoever wanted the connection', async () => {
	const { guard } = recordingGuard();
	guard.checkLiteral = () => {
		throw new Error('not there');
	};
	expect(await connect(guardedConnector(guard), 'http:', '10.0.0.1')).toContain('not there');
});
