/**
 * The layering of `lib/` as an ESLint rule. Core rules compare import texts with patterns; this one
 * resolves them, and sees `require` and `import()` too, with which heavy libraries are loaded late.
 */
import { dirname, join, relative, sep } from 'node:path';

const SYSTEMS = ['lib/postbacks', 'lib/callbacks', 'lib/profiles', 'lib/push'];
const BELOW_SYSTEMS = ['lib/delivery', 'lib/transport', 'lib/store'];
const NODE_FACES = ['nodes', 'credentials'];

const others = (system) => SYSTEMS.filter((candidate) => candidate !== system);

/** What each layer must not import; `types` lists what it may import types of none the less. */
const LAYERS = {
	...Object.fromEntries(SYSTEMS.map((system) => [system, { never: others(system) }])),
	'lib/delivery': { never: SYSTEMS },
	'lib/transport': { never: [...SYSTEMS, 'lib/delivery'] },
	'lib/store': { never: [...SYSTEMS, 'lib/delivery'], types: ['lib/delivery'] },
	'lib/dashboard': { never: [...SYSTEMS, 'lib/store', 'lib/transport'] },
	'lib/metrics': { never: [...SYSTEMS, ...BELOW_SYSTEMS] },
	// The files that lie in lib/ itself (the clock) are below everything.
	lib: { never: [...SYSTEMS, ...BELOW_SYSTEMS] },
};

const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/** The innermost layer that a path belongs to. */
function layerOf(path) {
	const found = Object.keys(LAYERS).filter((folder) => isIn(path, folder));
	return found.sort((a, b) => b.length - a.length)[0];
}

/** Whether an import or export takes over types only, so that nothing of it is there at run time. */
function takesTypesOnly(node) {
	if (node.importKind === 'type' || node.exportKind === 'type') return true;
	const { specifiers = [] } = node;
	const kind = (specifier) => specifier.importKind ?? specifier.exportKind;
	return specifiers.length > 0 && specifiers.every((specifier) => kind(specifier) === 'type');
}

/** Why a file must not import something, or undefined where it may. */
function objection(file, source, typesOnly) {
	const layer = layerOf(file);
	if (!layer) return undefined;
	if (/^(n8n-|@n8n\/|n8n$|n8n\/)/.test(source)) return `${layer} must not know n8n ("${source}")`;
	if (!source.startsWith('.')) return undefined;
	const target = join(dirname(file), source).split(sep).join('/');
	const forbidden = [...LAYERS[layer].never, ...NODE_FACES].find((folder) => isIn(target, folder));
	if (!forbidden) return undefined;
	const mayHaveTypes = LAYERS[layer].types?.includes(forbidden);
	if (mayHaveTypes && typesOnly) return undefined;
	return mayHaveTypes
		? `${layer} may import only types of ${forbidden} ("import type")`
		: `${layer} must not import ${forbidden}`;
}

/** @type {import('eslint').Rule.RuleModule} */
const noUpwardImport = {
	meta: { type: 'problem', schema: [], messages: { refused: '{{ why }}' } },
	create(context) {
		const file = relative(context.cwd, context.filename).split(sep).join('/');
		const check = (node, source, typesOnly) => {
			if (typeof source?.value !== 'string') return;
			const why = objection(file, source.value, typesOnly);
			if (why) context.report({ node: source, messageId: 'refused', data: { why } });
		};
		const declaration = (node) => check(node, node.source, takesTypesOnly(node));
		return {
			ImportDeclaration: declaration,
			ExportNamedDeclaration: declaration,
			ExportAllDeclaration: declaration,
			ImportExpression: (node) => check(node, node.source, false),
			TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
			TSImportEqualsDeclaration: (node) =>
				check(node, node.moduleReference.expression, node.importKind === 'type'),
			'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0], false),
		};
	},
};

export default { rules: { 'no-upward-import': noUpwardImport } };
