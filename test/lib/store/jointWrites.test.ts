import { JointWrites } from '../../../lib/store/jointWrites';
import type { Unit } from '../../../lib/store/unit';

interface Held {
	parts: readonly string[];
	finish: () => void;
	fail: (error: Error) => void;
}

/** A store whose transactions end when they are told to. */
function heldWrites() {
	const runs: Held[] = [];
	const joint = new JointWrites<string, string>(
		async (job) => await job({} as Unit),
		async (_unit, parts) => {
			await new Promise<void>((finish, fail) => runs.push({ parts, finish, fail }));
			return parts.map((part) => part.toUpperCase());
		},
	);
	const begun = async (count: number) => {
		while (runs.length < count) await new Promise((resolve) => setImmediate(resolve));
		return runs[count - 1];
	};
	return { joint, begun };
}

test('what comes at the same time is written together, and each gets its own result', async () => {
	const { joint, begun } = heldWrites();
	const both = Promise.all([joint.add('a', 1), joint.add('b', 1)]);
	const run = await begun(1);
	expect(run.parts).toEqual(['a', 'b']);
	run.finish();
	expect(await both).toEqual(['A', 'B']);
});

test('what comes while a transaction runs goes into the next one, together', async () => {
	const { joint, begun } = heldWrites();
	const first = joint.add('a', 1);
	const run = await begun(1);
	const others = Promise.all([joint.add('b', 1), joint.add('c', 1)]);
	run.finish();
	expect(await first).toBe('A');
	const next = await begun(2);
	expect(next.parts).toEqual(['b', 'c']);
	next.finish();
	expect(await others).toEqual(['B', 'C']);
});

test('a transaction has a size; a part that is larger goes alone', async () => {
	const { joint, begun } = heldWrites();
	const all = Promise.all([joint.add('a', 1_500), joint.add('b', 600), joint.add('c', 9_000)]);
	for (const [at, parts] of [['a'], ['b'], ['c']].entries()) {
		const run = await begun(at + 1);
		expect(run.parts).toEqual(parts);
		run.finish();
	}
	expect(await all).toEqual(['A', 'B', 'C']);
});

test('parts that fail together are tried apart, and only the culprit fails', async () => {
	const { joint, begun } = heldWrites();
	const results = Promise.allSettled([joint.add('good', 1), joint.add('bad', 1)]);
	(await begun(1)).fail(new Error('one of them'));
	const good = await begun(2);
	expect(good.parts).toEqual(['good']);
	good.finish();
	(await begun(3)).fail(new Error('this one'));
	expect(await results).toEqual([
		{ status: 'fulfilled', value: 'GOOD' },
		{ status: 'rejected', reason: new Error('this one') },
	]);
	const later = joint.add('later', 1);
	(await begun(4)).finish();
	expect(await later).toBe('LATER');
});
