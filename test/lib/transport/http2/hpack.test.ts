import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { HpackDecoder } from '../../../../lib/transport/http2/hpack/decoder';
import {
	HpackEncoder,
	longestBlock,
	type Indexing,
} from '../../../../lib/transport/http2/hpack/encoder';
import { decodeHuffman, longestDecoded } from '../../../../lib/transport/http2/hpack/huffman';
import { STATIC_TABLE } from '../../../../lib/transport/http2/hpack/staticTable';
import { Output } from '../../../../lib/transport/http2/output';
import { ErrorCode, Http2Error } from '../../../../lib/transport/http2/protocol';
import { framesOf, hex, settings, type Frame } from './support/frames';

type Field = [name: string, value: string];

function decode(decoder: HpackDecoder, block: Buffer): Field[] {
	const fields: Field[] = [];
	decoder.decode(block, 0, block.length, { field: (name, value) => fields.push([name, value]) });
	return fields;
}

function encode(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
	const socket = new PassThrough();
	const out = new Output(socket, () => undefined);
	const begun = out.beginHeaders(longestBlock(fields.flat()));
	encoder.begin(out);
	for (const [name, value] of fields) encoder.field(out, name, value);
	out.endHeaders(begun, 1, 0);
	out.flush();
	const { frames } = framesOf(socket.read() as Buffer);
	return Buffer.concat(frames.map(({ payload }) => payload));
}

function refusal(block: Buffer, before: Buffer[] = []): unknown {
	const decoder = new HpackDecoder();
	for (const one of before) decode(decoder, one);
	try {
		return decode(decoder, block);
	} catch (error) {
		expect(error).toBeInstanceOf(Http2Error);
		return (error as Http2Error).errorCode;
	}
}

const REQUESTS: Field[][] = [
	[
		[':method', 'GET'],
		[':scheme', 'http'],
		[':path', '/'],
		[':authority', 'www.example.com'],
	],
	[
		[':method', 'GET'],
		[':scheme', 'http'],
		[':path', '/'],
		[':authority', 'www.example.com'],
		['cache-control', 'no-cache'],
	],
	[
		[':method', 'GET'],
		[':scheme', 'https'],
		[':path', '/index.html'],
		[':authority', 'www.example.com'],
		['custom-key', 'custom-value'],
	],
];

const DATE = 'Mon, 21 Oct 2013 20:13:21 GMT';
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const RESPONSES: Field[][] = [
	[
		[':status', '302'],
		['cache-control', 'private'],
		['date', DATE],
		['location', 'https://www.example.com'],
	],
	[
		[':status', '307'],
		['cache-control', 'private'],
		['date', DATE],
		['location', 'https://www.example.com'],
	],
	[
		[':status', '200'],
		['cache-control', 'private'],
		['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
		['location', 'https://www.example.com'],
		['content-encoding', 'gzip'],
		['set-cookie', COOKIE],
	],
];

/** The table of 256 octets, of which the examples of C.5 and C.6 tell beside their blocks. */
const TABLE_OF_256 = '3fe101';

describe('the examples of RFC 7541, appendix C', () => {
	it.each([
		[
			'C.2.1',
			'400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
			'custom-key',
			'custom-header',
		],
		['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path', '/sample/path'],
		['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password', 'secret'],
		['C.2.4', '82', ':method', 'GET'],
	])('%s', (_name, block, name, value) => {
		expect(decode(new HpackDecoder(), hex(block))).toEqual([[name, value]]);
	});

	it.each([
		[
			'C.3, requests without Huffman code',
			REQUESTS,
			[
				'8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
				'8286 84be 5808 6e6f 2d63 6163 6865',
				'8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
			],
		],
		[
			'C.4, requests with Huffman code',
			REQUESTS,
			[
				'8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
				'8286 84be 5886 a8eb 1064 9cbf',
				'8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
			],
		],
		[
			'C.5, responses without Huffman code',
			RESPONSES,
			[
				`${TABLE_OF_256} 4803 3330 3258 0770 7269 7661 7465 611d
				4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e
				1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
				'4803 3330 37c1 c0bf',
				`88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0
				5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851
				5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
			],
		],
		[
			'C.6, responses with Huffman code',
			RESPONSES,
			[
				`${TABLE_OF_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81
				66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
				'4883 640e ffc1 c0bf',
				`88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad
				94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160
				65c0 03ed 4ee5 b106 3d50 07`,
			],
		],
	])('%s', (_name, lists, blocks) => {
		const decoder = new HpackDecoder();
		expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual(lists);
	});

	it('C.3 is what is written', () => {
		const encoder = new HpackEncoder();
		const blocks = REQUESTS.map((fields) => encode(encoder, fields).toString('hex'));
		expect(blocks).toEqual([
			'828684410f7777772e6578616d706c652e636f6d',
			'828684be58086e6f2d6361636865',
			'828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
		]);
	});

	it.each([
		['C.1.1', 10, '0a'],
		['C.1.2', 1337, '1f9a0a'],
	])('%s, a number', (_name, value, expected) => {
		const socket = new PassThrough();
		const out = new Output(socket, () => undefined);
		out.reserve(10);
		out.integer(0, 0x1f, value);
		out.flush();
		expect((socket.read() as Buffer).toString('hex')).toBe(expected);
	});
});

describe('the static table', () => {
	it.each(STATIC_TABLE.map(([name, value], at) => [at + 1, name, value]))(
		'%i is %s: %s',
		(index, name, value) => {
			expect(decode(new HpackDecoder(), Buffer.from([0x80 | Number(index)]))).toEqual([
				[name, value],
			]);
		},
	);

	it('has 61 entries', () => {
		expect(STATIC_TABLE).toHaveLength(61);
		expect(refusal(Buffer.from([0x80 | 62]))).toBe(ErrorCode.COMPRESSION_ERROR);
	});
});

describe('refused is', () => {
	it.each([
		['a field without a number', '80'],
		['a field that is in no table', 'bf'],
		['a name that is in no table', '7f0001 61'],
		['a number that is cut off', 'ff'],
		['a number that is too large', 'ffffffffff0f'],
		['a number with zeros without an end', `0f${'80'.repeat(10)}00 0161`],
		['a string that is cut off', '400a 6375'],
		['a literal without a value', '04'],
		['a table larger than was allowed', '3fe21f'],
		['another size of the table behind a field', '82 20'],
		['a string with EOS in it', '0084 ffffffff 00'],
		['padding of a whole octet', '0083 1cff ff 00'],
		['padding that is not the beginning of EOS', '0081 18 00'],
	])('%s', (_name, block) => {
		expect(refusal(hex(block))).toBe(ErrorCode.COMPRESSION_ERROR);
	});

	it('an entry that was pushed out', () => {
		const remembered = hex('4001 61 01 62');
		expect(refusal(hex('be'), [remembered])).toEqual([['a', 'b']]);
		expect(refusal(hex('20 be'), [remembered])).toBe(ErrorCode.COMPRESSION_ERROR);
	});
});

it('an entry larger than the table leaves it empty', () => {
	const decoder = new HpackDecoder();
	const large = Buffer.concat([hex('4001 61 7fe11f'), Buffer.alloc(4_192, 'x')]);
	decode(decoder, hex('4001 61 01 62'));
	expect(decode(decoder, large)).toEqual([['a', 'x'.repeat(4_192)]]);
	expect(() => decode(decoder, hex('be'))).toThrow(Http2Error);
});

it('two sizes at the beginning of a block are both taken', () => {
	const decoder = new HpackDecoder();
	decode(decoder, hex('4001 61 01 62'));
	expect(decode(decoder, hex('20 3fe11f 4001 63 01 64 be'))).toEqual([
		['c', 'd'],
		['c', 'd'],
	]);
});

describe('what is written', () => {
	const policy: Record<string, Indexing> = { secret: 'never', id: 'name', path: 'nothing' };

	it('a field is told once and then by its number', () => {
		const encoder = new HpackEncoder();
		expect(encode(encoder, [['topic', 'app']])).toHaveLength(11);
		expect(encode(encoder, [['topic', 'app']]).toString('hex')).toBe('be');
	});

	it('a secret is nothing that anybody may remember', () => {
		const encoder = new HpackEncoder({ authorization: 'never' });
		for (let i = 0; i < 2; i++) {
			const block = encode(encoder, [['authorization', 'x']]);
			expect(block.toString('hex')).toBe('1f0801' + '78');
		}
	});

	it('of a field that is always another the name is remembered', () => {
		const encoder = new HpackEncoder(policy);
		expect(encode(encoder, [['id', '1']]).toString('hex')).toBe('4002696401' + '31');
		expect(encode(encoder, [['id', '2']]).toString('hex')).toBe('0f2f01' + '32');
		expect(encode(encoder, [['id', '1']]).toString('hex')).toBe('0f2f01' + '31');
	});

	it('of others nothing is remembered', () => {
		const encoder = new HpackEncoder(policy);
		const block = encode(encoder, [['path', '/']]).toString('hex');
		expect(block).toBe('000470617468012f');
		expect(encode(encoder, [['path', '/']]).toString('hex')).toBe(block);
	});

	it('what would push out much else is not remembered', () => {
		const encoder = new HpackEncoder();
		const large: Field[] = [['large', 'x'.repeat(2_000)]];
		expect(encode(encoder, large)[0]).toBe(0);
		expect(encode(encoder, large)[0]).toBe(0);
	});

	it('a value that pushes out another of its name is remembered in its place', () => {
		const encoder = new HpackEncoder();
		encoder.resize(4 * 34);
		for (const name of ['k', 'a', 'b', 'c']) encode(encoder, [[name, '1']]);
		encode(encoder, [['k', '2']]);
		expect(encode(encoder, [['k', '2']]).toString('hex')).toBe('be');
	});

	it('thousands of values go through the table', () => {
		const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
		for (let nth = 0; nth < 3_000; nth++) {
			const fields: Field[] = [
				['number', String(nth)],
				['before', String(nth - (nth % 40))],
			];
			expect(decode(decoder, encode(encoder, fields))).toEqual(fields);
		}
	});

	it('a smaller table is kept to, and told', () => {
		const encoder = new HpackEncoder();
		encode(encoder, [['topic', 'app']]);
		encoder.resize(0);
		expect(encode(encoder, [['topic', 'app']]).toString('hex')).toBe(
			'2000' + '05746f70696303617070',
		);
		encoder.resize(4_096);
		expect(encode(encoder, [['topic', 'app']]).toString('hex')).toMatch(/^3fe11f40/);
	});

	it('of several sizes the smallest is told as well', () => {
		const encoder = new HpackEncoder();
		encode(encoder, [['topic', 'app']]);
		encoder.resize(0);
		encoder.resize(1 << 20);
		expect(encode(encoder, []).toString('hex')).toBe('203fe11f');
	});
});

const octets = (least: number, most: number) =>
	fc
		.array(fc.integer({ min: least, max: most }), { maxLength: 40 })
		.map((codes) => String.fromCharCode(...codes));
const name = fc.oneof(
	fc.constantFrom('secret', 'id', 'path', 'topic', 'x', ':path', 'content-type', ':status'),
	octets(0x61, 0x7a),
);
const value = fc.oneof(
	fc.constantFrom('', 'a', 'b', '200', '/'),
	octets(0, 0xff),
	fc.integer({ min: 100, max: 1_200 }).map((length) => 'v'.repeat(length)),
);
const list = fc.array(fc.tuple(name, value), { maxLength: 12 });
const size = fc.constantFrom(undefined, 0, 40, 200, 4_096, 70_000);

it('whatever is written is read as the same, whatever the sizes of the table', () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(size, list), { maxLength: 30 }), (blocks) => {
			const encoder = new HpackEncoder({ secret: 'never', id: 'name', path: 'nothing' });
			const decoder = new HpackDecoder();
			for (const [resized, fields] of blocks) {
				if (resized !== undefined) encoder.resize(resized);
				expect(decode(decoder, encode(encoder, fields))).toEqual(fields);
			}
		}),
		{ numRuns: 300 },
	);
});

it('every octet is read as nghttp2 writes it, in Huffman code', async () => {
	const sent = Array.from({ length: 256 }, (_, code) => code)
		.filter((code) => code > 0x20 && code !== 0x7f)
		// Long enough that the code is the shorter way even for the rarest octet.
		.map((code): Field => [`x-${code}`, `${'a'.repeat(40)}${String.fromCharCode(code)}`]);
	const server = net.createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	client.on('error', () => undefined);
	const [socket] = (await once(server, 'connection')) as [net.Socket];
	socket.write(settings([6, 1 << 20]));
	client.request(Object.fromEntries(sent)).on('error', () => undefined);
	let bytes = Buffer.alloc(0);
	let blocks: Frame[] = [];
	for await (const chunk of socket) {
		bytes = Buffer.concat([bytes, chunk as Buffer]);
		blocks = framesOf(bytes.subarray(24)).frames.filter(({ type }) => type === 1 || type === 9);
		if (blocks.some(({ flags }) => flags & 4)) break;
	}
	client.destroy();
	server.close();
	const block = Buffer.concat(blocks.map(({ payload }) => payload));
	expect(block.includes('aaaaaaaa')).toBe(false);
	const read = decode(new HpackDecoder(), block).filter(([name]) => name.startsWith('x-'));
	expect(read).toEqual(sent);
});

it('any octets are read, or refused as such', () => {
	const block = fc.oneof(
		fc.uint8Array({ maxLength: 200 }),
		// Such as look like something.
		fc
			.array(fc.constantFrom('82', 'be', '4001610162', '0081187f', '20', '3f21', '00857f', '7fff'))
			.map((parts) => hex(parts.join(''))),
	);
	fc.assert(
		fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
			const decoder = new HpackDecoder();
			try {
				for (const one of blocks) decode(decoder, Buffer.from(one));
			} catch (error) {
				expect(error).toBeInstanceOf(Http2Error);
			}
		}),
		{ numRuns: 2_000 },
	);
});

it('no string of Huffman code becomes longer than is reckoned with', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
			const into = Buffer.alloc(longestDecoded(bytes.length));
			expect(decodeHuffman(bytes, 0, bytes.length, into)).toBeLessThanOrEqual(into.length);
		}),
	);
});
