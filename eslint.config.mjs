import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';
import { defineConfig, globalIgnores } from 'eslint/config';
import layers from './scripts/eslint/layers.mjs';

/** The rules of a prefix that n8n's configuration sets, all switched off. */
function off(prefix) {
	const names = configWithoutCloudSupport.flatMap(({ rules }) => Object.keys(rules ?? {}));
	return Object.fromEntries(
		names.filter((name) => name.startsWith(prefix)).map((name) => [name, 'off']),
	);
}

// ESLint's own set, taken from where n8n's configuration applies it to TypeScript.
const recommended = configWithoutCloudSupport.find(({ rules }) => rules?.['no-undef'] === 'error');

const nodeGlobals = Object.fromEntries(
	[
		'Buffer',
		'clearTimeout',
		'console',
		'exports',
		'module',
		'process',
		'require',
		'setInterval',
		'setTimeout',
	]
		.concat(['AbortController', 'AbortSignal', 'URL', 'fetch', 'performance', '__dirname'])
		.map((name) => [name, 'readonly']),
);

export default defineConfig(
	globalIgnores(['dist', 'coverage', 'host', '.n8n-local']),
	// For self-hosted n8n: a package with a store and flow control is not accepted for n8n Cloud.
	...configWithoutCloudSupport,
	{
		rules: {
			// Dependencies are carried inside the tarball (bundleDependencies), so that an n8n without
			// internet installs the package and every operator runs what was tested.
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
		},
	},
	{
		files: ['**/*.ts'],
		rules: {
			// `const { lease: _lease, ...rest } = row` is how a member is left out.
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ ignoreRestSiblings: true, argsIgnorePattern: '^_' },
			],
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			// What does a node's work is loaded when it first works; n8n loads the rest at its start.
			'@typescript-eslint/no-require-imports': [
				'error',
				{ allow: ['^\\./work$', '/[a-zA-Z]*redentialTests$', '/CallbackApiTrigger/tokens$'] },
			],
		},
	},
	{
		files: ['**/*.{js,mjs,cjs}'],
		rules: recommended.rules,
		languageOptions: { globals: nodeGlobals },
	},
	{
		files: ['lib/**/*.ts'],
		plugins: { layers },
		rules: {
			'layers/no-upward-import': 'error',
			// It wants n8n's error classes, which lib/ must not know; the nodes translate into them.
			'@n8n/community-nodes/require-node-api-error': 'off',
		},
	},
	{
		// These are rules for what n8n loads; tests and scripts start processes, print and wait.
		files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
		rules: {
			...off('@n8n/community-nodes/'),
			'no-console': 'off',
			// Its manifest names type declarations that it does not ship.
			'import-x/no-unresolved': ['error', { ignore: ['^@adobe/aep-rules-engine$'] }],
		},
	},
);
