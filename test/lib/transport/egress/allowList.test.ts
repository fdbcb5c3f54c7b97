import fc from 'fast-check';
import { createEgressGuard, EgressError } from '../../../../lib/transport/egressGuard';

const octet = fc.nat(255);
const bits = fc.integer({ min: 8, max: 32 });
const toNumber = (parts: readonly number[]) =>
	parts.reduce((before, part) => before * 256 + part, 0);
const toText = (number: number) =>
	[24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

async function isOpen(allowedHosts: string[], host: string, port = 80): Promise<boolean> {
	const guard = createEgressGuard({
		allowedHosts,
		resolve: async () => [{ address: '10.9.9.9', family: 4 }],
	});
	return await guard.check(new URL(`http://${host}:${port}/`)).then(
		() => true,
		(error: unknown) => {
			if (error instanceof EgressError) return false;
			throw error;
		},
	);
}

test('a range opens the private addresses that are in it, and none beside', async () => {
	await fc.assert(
		fc.asyncProperty(octet, octet, octet, bits, fc.nat(3), async (b, c, d, length, beside) => {
			const size = 2 ** (32 - length);
			const start = Math.floor(toNumber([10, b, c, d]) / size) * size;
			const range = `${toText(start)}/${length}`;
			const places = [start, start + size - 1, start + size + beside, start - 1 - beside];
			for (const place of places) {
				const address = toText(place);
				if (!address.startsWith('10.')) continue;
				const inside = place >= start && place < start + size;
				expect([address, await isOpen([range], address)]).toEqual([address, inside]);
			}
		}),
		{ numRuns: 200 },
	);
});

test('an address opens neither its neighbours nor the names that have it as their beginning', async () => {
	for (const host of [
		'10.1.2.2',
		'10.1.2.4',
		'10.1.2.30',
		'[::ffff:10.1.2.4]',
		'10.1.2.3.example',
	]) {
		expect([host, await isOpen(['10.1.2.3'], host)]).toEqual([host, false]);
	}
	for (const host of ['10.1.2.3', '[::ffff:a01:203]', '167838211', '10.1.515', '10.1.2.3.']) {
		expect([host, await isOpen(['10.1.2.3'], host)]).toEqual([host, true]);
	}
});

test('an address is not opened where IPv6 carries it to another network', async () => {
	for (const host of ['[64:ff9b::10.1.2.3]', '[2002:a01:203::1]', '[::10.1.2.3]']) {
		expect([host, await isOpen(['10.1.2.3'], host)]).toEqual([host, false]);
	}
});

test('a name opens neither what is under it, nor above it, nor beside it', async () => {
	const refused = ['a.svc.internal', 'internal', 'xsvc.internal', 'svc.internal.example', 'svc'];
	for (const host of refused) {
		expect([host, await isOpen(['svc.internal'], host)]).toEqual([host, false]);
	}
	for (const host of ['svc.internal', 'SVC.INTERNAL', 'svc.internal.', 'ｓｖｃ.internal']) {
		expect([host, await isOpen(['svc.internal'], host)]).toEqual([host, true]);
	}
});

test('a port opens that port alone', async () => {
	for (const entry of [
		'10.1.2.3:8080',
		'10.1.2.0/24:8080',
		'svc.internal:8080',
		'*.internal:8080',
	]) {
		const host = entry.startsWith('10') ? '10.1.2.3' : 'svc.internal';
		for (const port of [80, 808, 8079, 8081, 18080]) {
			expect([entry, port, await isOpen([entry], host, port)]).toEqual([entry, port, false]);
		}
		expect([entry, await isOpen([entry], host, 8080)]).toEqual([entry, true]);
	}
});
