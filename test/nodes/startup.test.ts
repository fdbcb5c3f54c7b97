import { globSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';

/**
 * n8n loads every node and credential file at its start, used or not. So they hold what n8n shows of them, and
 * what they work with is loaded when they first work.
 */
const root = join(__dirname, '..', '..');

const FILES = [...packageJson.n8n.nodes, ...packageJson.n8n.credentials].map((file) =>
	join(root, file.replace(/^dist\//, '').replace(/\.js$/, '.ts')),
);
/** What does the work: each node's own part, the tests of credentials, everything that opens something. */
const WORKING = globSync(
	[
		'nodes/*/work.ts',
		'nodes/*/receive.ts',
		'nodes/shared/*redentialTests.ts',
		'nodes/shared/{stores,serve,runSender,credentials}.ts',
		'lib/{store,postbacks,profiles,push}/index.ts',
		'lib/store/{deliveryStore,openEmbedded}.ts',
		'lib/transport/dispatcher.ts',
	],
	{ cwd: root },
).filter((file) => !file.endsWith('lazyCredentialTests.ts'));
const LIBRARIES = [
	...Object.keys(packageJson.dependencies),
	...['node:http2', 'node:sqlite', 'node:worker_threads'],
];

/** Loads a file where loading what is heavy fails. */
function loadAlone(file: string): Record<string, new () => object> {
	let loaded: Record<string, new () => object> = {};
	jest.isolateModules(() => {
		for (const heavy of [...LIBRARIES, ...WORKING.map((working) => join(root, working))]) {
			jest.doMock(heavy, () => {
				throw new Error(`${heavy} was loaded`);
			});
		}
		loaded = jest.requireActual<typeof loaded>(file);
	});
	return loaded;
}

test.each(FILES)('%s loads neither a library nor what does the work', (file) => {
	const [Type] = Object.values(loadAlone(file));
	expect(new Type()).toBeDefined();
});

test('what is heavy is noticed', () => {
	expect(() => loadAlone(join(root, 'nodes/HttpDelivery/work.ts'))).toThrow('was loaded');
	expect(() => loadAlone(join(root, 'lib/store/postgres/dialect.ts'))).toThrow('kysely was loaded');
	expect(WORKING.length).toBeGreaterThan(20);
});
