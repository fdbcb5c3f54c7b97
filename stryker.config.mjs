import { globSync, readFileSync } from 'node:fs';
import base from './jest.config.js';
import { sampledStretches } from './scripts/mutation/sample.ts';
import { seededRandom } from './scripts/random.ts';

/** The code that decides: what is mutated where the command line names nothing. */
const CENTRAL = [
	'lib/delivery/{circuitBreaker,fairLine,identifiers,judge,masking,policy,presets,rateLimiter,retryAfter,signature}.ts',
	'lib/postbacks/*.ts',
	'lib/callbacks/{attributes,auditEvent,condition,eventTypes,jsonApi,listQuery,match}.ts',
	'lib/profiles/{attributes,changes,decision,headersAndQuery,mappings,membership,path,payload,profile}.ts',
	'lib/push/{errors,errorTable,exclusions,plan}.ts',
	'lib/push/message/**/*.ts',
];

/** PostgreSQL is not there in a mutation run, and so its code would not be tested. */
const NOT_SAMPLED = /postgres/i;

/** `MUTATION_SAMPLE=N`: N stretches of lines out of all of lib/, the same ones for the same `MUTATION_SEED`. */
function sample(count) {
	const files = globSync('lib/**/*.ts').filter((path) => !NOT_SAMPLED.test(path));
	const sources = files.sort().map((path) => {
		return { path, lines: readFileSync(path, 'utf8').split('\n').length - 1 };
	});
	return sampledStretches(sources, count, seededRandom(Number(process.env.MUTATION_SEED ?? 1)));
}

const SAMPLE = Number(process.env.MUTATION_SAMPLE ?? 0);
const MUTATED = SAMPLE > 0 ? sample(SAMPLE) : CENTRAL;

/** What `--mutate` names on the command line, which Stryker reads later than this file. */
function mutated() {
	const at = process.argv.findIndex((word) => word === '--mutate' || word === '-m');
	return at === -1 ? MUTATED : process.argv[at + 1].split(',');
}

/** Tests that wait for a disk, a socket or another process would make each survivor cost a minute. */
const WAITS =
	/support\/(stores|senders|postgres|sending|servers)|node:(http|http2|net|tls|child_process)|\.listen\(/;

/** The tests of the folders that are mutated; `MUTATION_TESTS=all` takes those that wait as well. */
function tests() {
	const folders =
		SAMPLE > 0 ? ['lib'] : new Set(mutated().map((path) => path.split('/').slice(0, 2).join('/')));
	const all = [...folders].flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`));
	if (process.env.MUTATION_TESTS === 'all') return all;
	return all.filter((path) => !WAITS.test(readFileSync(path, 'utf8')));
}

process.env.TEST_DATABASES = 'SQLite';

/** Mutation testing: whether a test fails when a line of lib/ is changed. See docs/mutation.md. */
export default {
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner'],
	jest: {
		projectType: 'custom',
		config: { ...base, testMatch: tests().map((path) => `<rootDir>/${path}`) },
	},
	coverageAnalysis: 'perTest',
	mutate: MUTATED,
	// What is computed while a file is loaded would need all tests for each mutant.
	ignoreStatic: true,
	ignorePatterns: [
		'dist',
		'host',
		'bench',
		'docs',
		'coverage',
		'.n8n-local',
		'test/e2e',
		'test/faults',
	],
	incrementalFile: '.mutation/incremental.json',
	tempDirName: '.mutation/sandbox',
	jsonReporter: { fileName: '.mutation/report.json' },
	htmlReporter: { fileName: '.mutation/report.html' },
	reporters: ['clear-text', 'json', 'html'],
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
	concurrency: 2,
	timeoutMS: 15_000,
	disableTypeChecks: false,
	allowEmpty: true,
};
