import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const RULE = 'layers/no-upward-import';

interface Message {
	ruleId: string;
	message: string;
}

/** Lints all texts with this package's configuration in one run, since loading it takes seconds. */
function lint(texts: Array<{ filePath: string; text: string }>): Message[][] {
	const output = execFileSync(process.execPath, [join(__dirname, 'lint-texts.mjs')], {
		cwd: join(__dirname, '..', '..'),
		input: JSON.stringify(texts),
		encoding: 'utf8',
	});
	return JSON.parse(output) as Message[][];
}

const refused: Array<[name: string, file: string, text: string, why: string]> = [
	[
		'n8n-workflow in lib',
		'lib/delivery/probe.ts',
		"import { sleep } from 'n8n-workflow';",
		'lib/delivery must not know n8n',
	],
	[
		'even a type of n8n-workflow in lib',
		'lib/clock.ts',
		"import type { INode } from 'n8n-workflow';",
		'lib must not know n8n',
	],
	[
		'a package of @n8n in lib',
		'lib/transport/probe.ts',
		"import '@n8n/config';",
		'lib/transport must not know n8n',
	],
	[
		'n8n loaded late with require',
		'lib/store/probe.ts',
		"export const load = () => require('n8n-core');",
		'lib/store must not know n8n',
	],
	[
		'n8n loaded late with import()',
		'lib/store/probe.ts',
		"export const load = async () => await import('n8n-core');",
		'lib/store must not know n8n',
	],
	[
		'a type of n8n in an inline import',
		'lib/push/probe.ts',
		"export type Node = import('n8n-workflow').INode;",
		'lib/push must not know n8n',
	],
	[
		'a node in lib',
		'lib/postbacks/probe.ts',
		"import '../../nodes/HttpDelivery/HttpDelivery.node';",
		'lib/postbacks must not import nodes',
	],
	[
		'a credential in lib',
		'lib/transport/probe.ts',
		"export * from '../../credentials/DeliveryStoreApi.credentials';",
		'lib/transport must not import credentials',
	],
	...['callbacks', 'profiles', 'push'].map((other): [string, string, string, string] => [
		`${other} in postbacks`,
		'lib/postbacks/probe.ts',
		`import type { Any } from '../${other}/any';`,
		`lib/postbacks must not import lib/${other}`,
	]),
	...['callbacks', 'profiles', 'push'].map((system): [string, string, string, string] => [
		`postbacks in ${system}`,
		`lib/${system}/deep/probe.ts`,
		"import { any } from '../../postbacks/any';",
		`lib/${system} must not import lib/postbacks`,
	]),
	[
		'a system in delivery',
		'lib/delivery/probe.ts',
		"import { compile } from '../postbacks';",
		'lib/delivery must not import lib/postbacks',
	],
	[
		'delivery in transport',
		'lib/transport/probe.ts',
		"import { policy } from '../delivery/policy';",
		'lib/transport must not import lib/delivery',
	],
	[
		'even a type of delivery in transport',
		'lib/transport/probe.ts',
		"import type { Delivery } from '../delivery/delivery';",
		'lib/transport must not import lib/delivery',
	],
	[
		'a system in transport',
		'lib/transport/probe.ts',
		"export { any } from '../push/any';",
		'lib/transport must not import lib/push',
	],
	[
		'even a type of store in the dashboard',
		'lib/dashboard/probe.ts',
		"import type { LogEntry } from '../store/log/entries';",
		'lib/dashboard must not import lib/store',
	],
	[
		'delivery in metrics',
		'lib/metrics/probe.ts',
		"import { maskUrl } from '../delivery/masking';",
		'lib/metrics must not import lib/delivery',
	],
	[
		'the logic of delivery in store',
		'lib/store/probe.ts',
		"import { decide } from '../delivery/policy';",
		'lib/store may import only types of lib/delivery',
	],
	[
		'the logic of delivery in store beside a type of it',
		'lib/store/probe.ts',
		"import { type Delivery, decide } from '../delivery/policy';",
		'lib/store may import only types of lib/delivery',
	],
	[
		'a system in store',
		'lib/store/probe.ts',
		"import type { Any } from '../profiles/any';",
		'lib/store must not import lib/profiles',
	],
	[
		'a layer in the files that all layers share',
		'lib/clock.ts',
		"import { any } from './store/any';",
		'lib must not import lib/store',
	],
];

const allowed: Array<[name: string, file: string, text: string]> = [
	['delivery in a system', 'lib/postbacks/probe.ts', "import '../delivery/delivery';"],
	['store and transport in delivery', 'lib/delivery/probe.ts', "import '../store/schema';"],
	[
		'a type of delivery in store',
		'lib/store/probe.ts',
		"export type { Delivery } from '../delivery/delivery';",
	],
	[
		'types of delivery in braces in store',
		'lib/store/probe.ts',
		"import { type Delivery } from '../delivery/delivery';",
	],
	['the clock anywhere', 'lib/store/probe.ts', "import '../clock';"],
	['a library in lib', 'lib/store/probe.ts', "import { Kysely } from 'kysely';"],
	['lib in a node', 'nodes/HttpDelivery/probe.ts', "import '../../lib/delivery/delivery';"],
	['n8n-workflow in a node', 'nodes/HttpDelivery/probe.ts', "import 'n8n-workflow';"],
];

const texts = [...refused, ...allowed].map(([, filePath, text]) => ({ filePath, text }));
let messages: Message[][];

beforeAll(() => {
	messages = lint(texts);
}, 60_000);

const objections = (i: number) =>
	messages[i].filter(({ ruleId }) => ruleId === RULE).map(({ message }) => message);

describe('refuses', () => {
	test.each(refused.map((row, i) => [row[0], row[3], i] as const))('%s', (_name, why, i) => {
		expect(objections(i)).toEqual([expect.stringContaining(why)]);
	});
});

describe('allows', () => {
	test.each(allowed.map((row, i) => [row[0], refused.length + i] as const))('%s', (_name, i) => {
		expect(objections(i)).toEqual([]);
	});
});

test("keeps n8n's own rules on for nodes, credentials and package.json", () => {
	const [node, credential, manifest] = lint([
		{ filePath: 'nodes/HttpDelivery/probe.ts', text: 'eval("1");' },
		{
			filePath: 'credentials/ProbeApi.credentials.ts',
			text: [
				"import type { ICredentialType } from 'n8n-workflow';",
				'export class ProbeApi implements ICredentialType {',
				"	name = 'probe'; displayName = 'Probe'; properties = [];",
				'}',
			].join('\n'),
		},
		{ filePath: 'package.json', text: '{ "name": "probe", "dependencies": { "undici": "8" } }' },
	]).map((found) => found.map(({ ruleId }) => ruleId));
	expect(node).toContain('@n8n/community-nodes/no-dangerous-functions');
	expect(credential).toContain('@n8n/community-nodes/credential-test-required');
	expect(credential).toContain('n8n-nodes-base/cred-class-field-name-unsuffixed');
	expect(manifest).toContain('@n8n/community-nodes/package-name-convention');
	expect(manifest).not.toContain('@n8n/community-nodes/no-runtime-dependencies');
}, 60_000);
