import { EACH, isIndex, type Segment } from './path';

interface Node {
	/** All of what stands here is taken. */
	whole: boolean;
	names: Map<string, Node>;
	each: Node | undefined;
	/** Some of `names` are indexes, so that elements keep their places. */
	placed: boolean;
}

/** Paths of attributes, ready to take them out of profiles. */
export class AttributeTree {
	private readonly roots: readonly Node[];

	constructor(paths: readonly (readonly Segment[])[]) {
		const root = newNode();
		for (const path of paths) grow(root, path);
		this.roots = [root];
	}

	/**
	 * What of a value stands at the paths, nested as it was and in its order; undefined when nothing does.
	 * A path that passes over an array without naming elements goes through all of them; where one element
	 * is named it keeps its place, with `null` before it. Values themselves are not copied.
	 */
	select(value: unknown): unknown {
		return select(value, this.roots);
	}
}

const newNode = (): Node => ({ whole: false, names: new Map(), each: undefined, placed: false });

function grow(root: Node, path: readonly Segment[]): void {
	let node = root;
	for (const segment of path) {
		if (segment === EACH) {
			node = node.each ??= newNode();
			continue;
		}
		if (isIndex(segment)) node.placed = true;
		let next = node.names.get(segment);
		if (!next) node.names.set(segment, (next = newNode()));
		node = next;
	}
	node.whole = true;
}

function select(value: unknown, nodes: readonly Node[]): unknown {
	if (nodes.some((node) => node.whole)) return value;
	if (typeof value !== 'object' || value === null) return undefined;
	return Array.isArray(value) ? selectElements(value, nodes) : selectNames(value, nodes);
}

function selectNames(value: object, nodes: readonly Node[]): object | undefined {
	let selected: Record<string, unknown> | undefined;
	for (const name of Object.keys(value)) {
		const below = belowName(nodes, name);
		if (below === undefined) continue;
		const part = select((value as Record<string, unknown>)[name], below);
		if (part === undefined) continue;
		selected ??= {};
		selected[name] = part;
	}
	return selected;
}

function belowName(nodes: readonly Node[], name: string): Node[] | undefined {
	let below: Node[] | undefined;
	for (const node of nodes) {
		const next = node.names.get(name);
		if (next) below = below ? [...below, next] : [next];
	}
	return below;
}

function selectElements(value: readonly unknown[], nodes: readonly Node[]): unknown[] | undefined {
	const placed = nodes.some((node) => node.placed);
	const selected: unknown[] = [];
	let filled = 0;
	value.forEach((element, at) => {
		const below = nodes.flatMap((node) => {
			const named = node.names.get(String(at));
			// A node with names only is passed over an array.
			const passed = node.names.size > 0 && !node.placed ? [node] : [];
			return [...(named ? [named] : []), ...(node.each ? [node.each] : []), ...passed];
		});
		const part = below.length === 0 ? undefined : select(element, below);
		if (part !== undefined) filled = placed ? at + 1 : filled + 1;
		if (part !== undefined || placed) selected.push(part ?? null);
	});
	return filled === 0 ? undefined : selected.slice(0, filled);
}

/**
 * What stands at one path. Faster than a tree of one, and equal to what it would take, without what the
 * path leads through; where the path goes through an array, that array with the rest taken out.
 */
export function createReader(path: readonly Segment[]): (value: object) => unknown {
	const trees = path.map((_, at) => new AttributeTree([path.slice(at)]));
	return (value) => {
		let here: unknown = value;
		for (let at = 0; at < path.length; at++) {
			if (typeof here !== 'object' || here === null) return undefined;
			const segment = path[at];
			if (segment === EACH || (Array.isArray(here) && !isIndex(segment))) {
				return trees[at].select(here);
			}
			if (!Object.hasOwn(here, segment)) return undefined;
			here = (here as Record<string, unknown>)[segment];
		}
		return here;
	};
}
