import { Listeners } from '../../../lib/transport/listeners';
import type { ListenerRoute } from '../../../lib/transport/httpListener';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

const route = (path: string): ListenerRoute => ({
	owner: path,
	paths: [path],
	methods: ['GET'],
	isReady: () => true,
	answer: async () => ({ status: 200, body: {} }),
});

const host = '127.0.0.1';
const statusAt = async (port: number, path: string) =>
	await fetch(`http://${host}:${port}${path}`).then(
		({ status }) => status,
		() => 'refused',
	);

test('triggers that name the same port share it until the last one leaves', async () => {
	const listeners = new Listeners();
	const port = await freePort();
	const [closeA, closeB] = await Promise.all(
		['/a', '/b'].map(
			async (path) => await listeners.serve({ port, host, proxyHops: 0 }, route(path)),
		),
	);
	expect([await statusAt(port, '/a'), await statusAt(port, '/b')]).toEqual([200, 200]);
	await closeA();
	expect([await statusAt(port, '/a'), await statusAt(port, '/b')]).toEqual([404, 200]);
	await closeB();
	expect(await statusAt(port, '/b')).toBe('refused');
});

test('a port that was closed can be opened again while the old one is drained', async () => {
	const listeners = new Listeners();
	const port = await freePort();
	const close = await listeners.serve({ port, host, proxyHops: 0 }, route('/a'));
	const closing = close();
	const closeAgain = await listeners.serve({ port, host, proxyHops: 0 }, route('/a'));
	expect(await statusAt(port, '/a')).toBe(200);
	await closing;
	expect(await statusAt(port, '/a')).toBe(200);
	await closeAgain();
});

test('the same port at another address is refused', async () => {
	const listeners = new Listeners();
	const port = await freePort();
	const close = await listeners.serve({ port, host, proxyHops: 0 }, route('/a'));
	await expect(listeners.serve({ port, proxyHops: 0 }, route('/b'))).rejects.toThrow(
		`Port ${port} is open at 127.0.0.1 for another trigger`,
	);
	expect(await statusAt(port, '/a')).toBe(200);
	await close();
});

test('a path that is taken is refused, and the one who has it keeps it', async () => {
	const listeners = new Listeners();
	const port = await freePort();
	const close = await listeners.serve({ port, host, proxyHops: 0 }, route('/a'));
	const other = { ...route('/a'), owner: 'somebody else' };
	await expect(listeners.serve({ port, host, proxyHops: 0 }, other)).rejects.toMatchObject({
		code: 'PATH_TAKEN',
	});
	expect(await statusAt(port, '/a')).toBe(200);
	await close();
});

test('a port that could not be had can be asked for again', async () => {
	const listeners = new Listeners();
	const taken = createServer().listen(0, host);
	await new Promise((resolve) => taken.once('listening', resolve));
	const { port } = taken.address() as AddressInfo;
	const serve = async () => await listeners.serve({ port, host, proxyHops: 0 }, route('/a'));
	await expect(serve()).rejects.toMatchObject({ code: 'PORT_TAKEN' });
	await new Promise((resolve) => taken.close(resolve));
	const close = await serve();
	expect(await statusAt(port, '/a')).toBe(200);
	await close();
});
