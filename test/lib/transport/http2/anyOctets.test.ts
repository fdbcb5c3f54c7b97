import { duplexPair, type Duplex } from 'node:stream';
import fc from 'fast-check';
import {
	answer200,
	CONTINUATION,
	DATA,
	END_HEADERS,
	END_STREAM,
	field,
	frame,
	GOAWAY,
	HEADERS,
	hex,
	PADDED,
	PING,
	RST_STREAM,
	settings,
	STATUS_200,
	STATUS_400,
	uint32,
	WINDOW_UPDATE,
} from './support/frames';
import { sessionOn, type Connected, type Told } from './support/peer';

const turn = async () => await new Promise((resolve) => setImmediate(resolve));

interface Under {
	connected: Connected;
	far: Duplex;
	told: Told[];
}

/** A session with four requests under way, one with more body than the window takes. */
async function underWay(): Promise<Under> {
	const [near, far] = duplexPair();
	far.on('error', () => undefined);
	far.resume();
	const connected = sessionOn(near);
	const told = [connected.send(), connected.send('b'), connected.send('x'.repeat(70_000))];
	told.push(connected.send('y'));
	await turn();
	return { connected, far, told };
}

/** Everything has an end, once. */
async function afterwards({ connected, far, told }: Under): Promise<void> {
	await turn();
	connected.session.destroy();
	expect(told.map(({ closed }) => closed)).toEqual([1, 1, 1, 1]);
	expect(connected.told.closed).toBe(1);
	far.destroy();
}

const anyPayload = fc.oneof(
	fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
	fc.constantFrom(
		STATUS_200,
		STATUS_400,
		uint32(1),
		uint32(0),
		uint32(0, 0),
		uint32(0x7fff_ffff),
		hex('40016101 62'),
		hex('be'),
		hex('000400000001'),
		hex('0004 7fffffff'),
		hex('0001 00000000'),
	),
);
const anyFrame = fc
	.record({
		type: fc.integer({ min: 0, max: 12 }),
		flags: fc.constantFrom(0, 1, 4, 5, 8, 0xc, 0xd, 0x20, 0x24, 0xff),
		stream: fc.constantFrom(0, 1, 1, 3, 5, 7, 2, 9, 0x7fff_ffff),
		payload: anyPayload,
	})
	.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload));
const anyOctets = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const goodFrame = fc.constantFrom(
	answer200(1),
	answer200(3),
	frame(HEADERS, END_HEADERS, 5, STATUS_400),
	frame(DATA, 0, 5, 'data'),
	frame(DATA, PADDED, 5, hex('01 61 00')),
	frame(DATA, END_STREAM, 5),
	frame(WINDOW_UPDATE, 0, 0, uint32(1_000)),
	frame(WINDOW_UPDATE, 0, 5, uint32(1_000)),
	frame(PING, 0, 0, uint32(1, 2)),
	frame(RST_STREAM, 0, 7, uint32(7)),
	settings([4, 10]),
	settings([1, 0], [3, 1]),
	frame(GOAWAY, 0, 0, uint32(5, 0)),
);

it('whatever a server says, nothing is thrown and every request has one end', async () => {
	const said = fc.array(
		fc.oneof({ weight: 4, arbitrary: goodFrame }, { weight: 3, arbitrary: anyFrame }, anyOctets),
		{ maxLength: 25 },
	);
	await fc.assert(
		fc.asyncProperty(fc.boolean(), said, async (isPolite, parts) => {
			const under = await underWay();
			if (isPolite) under.far.write(settings());
			for (const part of parts) under.far.write(part);
			await turn();
			await afterwards(under);
		}),
		{ numRuns: 600 },
	);
}, 60_000);

/** A long answer in which everything occurs. */
const ANSWERS = Buffer.concat([
	settings([3, 100], [4, 50_000], [1, 100]),
	frame(PING, 0, 0, uint32(1, 2)),
	frame(HEADERS, END_HEADERS, 1, field(':status', '103')),
	frame(HEADERS, 0, 1, STATUS_400),
	frame(CONTINUATION, 0, 1, field('a', 'b').subarray(0, 2)),
	frame(CONTINUATION, END_HEADERS, 1, field('a', 'b').subarray(2)),
	frame(0xfe, 0, 0, 'unknown'),
	frame(DATA, 0, 1, 'x'.repeat(600)),
	frame(HEADERS, END_HEADERS, 3, Buffer.concat([STATUS_200, hex('40016101 62')])),
	frame(DATA, PADDED | END_STREAM, 1, hex('02 656e64 0000')),
	frame(WINDOW_UPDATE, 0, 0, uint32(100_000)),
	frame(HEADERS, END_HEADERS | END_STREAM, 3, field('trailer', 'x')),
	frame(RST_STREAM, 0, 7, uint32(7)),
	frame(GOAWAY, 0, 0, Buffer.concat([uint32(5, 0), Buffer.from('bye')])),
	frame(HEADERS, END_HEADERS | END_STREAM, 5, Buffer.concat([STATUS_200, hex('be')])),
]);

async function readIn(pieces: Buffer[]): Promise<unknown> {
	const under = await underWay();
	for (const piece of pieces) {
		under.far.write(piece);
		if (pieces.length < 50) await turn();
	}
	await under.connected.told.over;
	const { connected, told } = under;
	const { closed, error, goodbyes, settings: seen } = connected.told;
	return {
		session: { closed, error, goodbyes, seen },
		told: told.map(({ status, fields, body, end, code, closed: ends }) => {
			return { status, fields, body: body.toString(), end, code, ends };
		}),
	};
}

function cut(at: readonly number[]): Buffer[] {
	const places = [0, ...[...at].sort((a, b) => a - b), ANSWERS.length];
	return places.slice(1).map((place, nth) => ANSWERS.subarray(places[nth], place));
}

it('it is all the same where what comes is cut', async () => {
	const whole = await readIn([ANSWERS]);
	expect(whole).toMatchObject({
		session: { closed: 1, error: undefined, goodbyes: ['bye'], seen: 1 },
		told: [
			{ status: 400, fields: ['a', 'b'], body: `${'x'.repeat(600)}end`, end: 'complete' },
			{ status: 200, fields: ['a', 'b'], end: 'complete' },
			{ status: 200, fields: ['a', 'b'], end: 'complete' },
			{ end: 'unprocessed' },
		],
	});
	expect(await readIn([...ANSWERS].map((octet) => Buffer.from([octet])))).toEqual(whole);
	const places = fc.array(fc.integer({ min: 0, max: ANSWERS.length }), { maxLength: 12 });
	await fc.assert(
		fc.asyncProperty(places, async (at) => {
			expect(await readIn(cut(at))).toEqual(whole);
		}),
		{ numRuns: 150 },
	);
}, 60_000);
