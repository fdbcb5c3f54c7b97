import { compileCondition, holds, type Program, type ReadComputed } from './compile';
import { type ConditionNode, isGroup, type MatchCondition } from './conditions';
import type { Hit, HitValue } from './hit';
import { toNumber, toText } from './values';

/** One way in which a hit can lead to a condition: without it the condition cannot hold. */
interface Access {
	key: string;
	kind: 'text' | 'number' | 'prefix' | 'exists';
	at: string | number;
}

/** Where to find the conditions that a value of one key may satisfy. Lists hold positions, ascending. */
interface KeyIndex {
	text: Map<string | number, number[]>;
	number: Map<string | number, number[]>;
	prefix: Map<string | number, number[]>;
	exists: Map<string | number, number[]>;
	prefixLengths: number[];
}

// A longer prefix narrows no further and would cost for each length.
const LONGEST_PREFIX = 32;
// How many more hits each kind of access lets through than an equality, roughly.
const WEIGHT = { text: 1, number: 1, prefix: 2, exists: 8 };

/**
 * Finds which of many conditions hold on a hit, at a cost that follows how many come close, not how
 * many there are. Each condition is filed under its rarest requirement (a key that equals, begins or
 * exists); only those filed under something that the hit has are evaluated.
 */
export class MatchIndex {
	private readonly programs: Program[];
	private readonly keys = new Map<string, KeyIndex>();
	/** Conditions that require nothing, such as `nx` alone. */
	private readonly always: number[] = [];

	/** @param readComputed For each condition, which of its keys are computed. */
	constructor(trees: readonly ConditionNode[], readComputed: (position: number) => ReadComputed) {
		this.programs = trees.map((tree, position) => compileCondition(tree, readComputed(position)));
		const frequency = new Map<string, number>();
		trees.forEach((tree, position) => count(tree, readComputed(position), frequency));
		trees.forEach((tree, position) => {
			const access = choose(tree, readComputed(position), frequency);
			if (access === undefined) this.always.push(position);
			else for (const one of access) this.file(one, position);
		});
	}

	/**
	 * Positions of the conditions that hold, ascending.
	 *
	 * @param now Epoch milliseconds, for the keys that are computed.
	 */
	match(hit: Hit, now: number): number[] {
		const matched: number[] = [];
		for (const position of this.candidates(hit)) {
			if (holds(this.programs[position]!, hit, now)) matched.push(position);
		}
		return matched;
	}

	private candidates(hit: Hit): number[] {
		const lists: number[][] = this.always.length === 0 ? [] : [this.always];
		if (this.keys.size < hit.values.size) {
			for (const [key, index] of this.keys) collect(index, hit.values.get(key), hit, lists);
		} else {
			for (const [key, value] of hit.values) {
				const index = this.keys.get(key);
				if (index !== undefined) collect(index, value, hit, lists);
			}
		}
		if (lists.length < 2) return lists[0] ?? [];
		const sorted = lists.flat().sort((a, b) => a - b);
		return sorted.filter((position, i) => position !== sorted[i - 1]);
	}

	private file({ key, kind, at }: Access, position: number): void {
		let index = this.keys.get(key);
		if (index === undefined) {
			index = {
				text: new Map(),
				number: new Map(),
				prefix: new Map(),
				exists: new Map(),
				prefixLengths: [],
			};
			this.keys.set(key, index);
		}
		const list = index[kind].get(at);
		if (list === undefined) index[kind].set(at, [position]);
		else if (list.at(-1) !== position) list.push(position);
		if (kind === 'prefix' && !index.prefixLengths.includes(String(at).length)) {
			index.prefixLengths.push(String(at).length);
		}
	}
}

function collect(index: KeyIndex, value: HitValue | undefined, hit: Hit, lists: number[][]): void {
	if (value === undefined || value === null) return;
	const push = (list: number[] | undefined) => {
		if (list !== undefined) lists.push(list);
	};
	push(index.exists.get(''));
	if (index.text.size > 0 || index.prefix.size > 0) {
		const text = typeof value === 'string' ? hit.lower(value) : toText(value);
		push(index.text.get(text));
		if (typeof value === 'boolean') push(index.text.get(value ? '1' : '0'));
		for (const length of index.prefixLengths) {
			if (length <= text.length) push(index.prefix.get(text.slice(0, length)));
		}
	}
	if (index.number.size > 0) {
		const number = typeof value === 'boolean' ? Number(value) : toNumber(value);
		if (number !== undefined) push(index.number.get(number));
	}
}

/** What one condition requires, as alternatives; undefined when it can hold without any key. */
function accessOf(
	{ key, matcher, values }: MatchCondition,
	readComputed: ReadComputed,
): Access[] | undefined {
	const given = (values ?? []).filter((value) => value !== null);
	if (matcher === 'nx' || readComputed(key) !== undefined) return undefined;
	if (matcher === 'eq') return given.flatMap((value) => equalTo(key, value));
	if (matcher === 'sw') {
		return given.map((value) => {
			const at = toText(value).toLowerCase().slice(0, LONGEST_PREFIX);
			return { key, kind: 'prefix', at };
		});
	}
	return [{ key, kind: 'exists', at: '' }];
}

function equalTo(key: string, value: HitValue): Access[] {
	if (typeof value === 'boolean') {
		return [
			{ key, kind: 'text', at: String(value) },
			{ key, kind: 'text', at: value ? '1' : '0' },
			{ key, kind: 'number', at: value ? 1 : 0 },
		];
	}
	const access: Access[] = [];
	if (typeof value === 'string') access.push({ key, kind: 'text', at: value.toLowerCase() });
	const number = toNumber(value);
	if (number !== undefined) access.push({ key, kind: 'number', at: number });
	return access;
}

function nameOf({ key, kind, at }: Access): string {
	return `${kind}\n${at}\n${key}`;
}

function count(
	node: ConditionNode,
	readComputed: ReadComputed,
	frequency: Map<string, number>,
): void {
	if (isGroup(node)) {
		for (const child of node.conditions) count(child, readComputed, frequency);
		return;
	}
	for (const access of accessOf(node, readComputed) ?? []) {
		const name = nameOf(access);
		frequency.set(name, (frequency.get(name) ?? 0) + 1);
	}
}

/** The cheapest set of accesses one of which every hit has on which the node holds. */
function choose(
	node: ConditionNode,
	readComputed: ReadComputed,
	frequency: ReadonlyMap<string, number>,
): Access[] | undefined {
	if (!isGroup(node)) return accessOf(node, readComputed);
	const children = node.conditions.map((child) => choose(child, readComputed, frequency));
	if (node.logic === 'or') {
		const all = children.filter((child) => child !== undefined);
		return all.length === children.length ? all.flat() : undefined;
	}
	let best: Access[] | undefined;
	let least = Infinity;
	for (const child of children) {
		if (child === undefined) continue;
		const cost = child.reduce(
			(sum, access) => sum + WEIGHT[access.kind] * (frequency.get(nameOf(access)) ?? 0),
			0,
		);
		if (cost < least) {
			least = cost;
			best = child;
		}
	}
	return best;
}
