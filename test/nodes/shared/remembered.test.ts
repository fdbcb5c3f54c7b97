import { remembered } from '../../../nodes/shared/remembered';

function setUp(answers: Array<string | Error>) {
	let now = 0;
	let asked = 0;
	const ask = remembered({ monotonic: () => now }, 100, async () => {
		const answer = answers[asked++];
		if (answer instanceof Error) throw answer;
		return answer;
	});
	return { ask, pass: (ms: number) => (now += ms), asked: () => asked };
}

test('all who ask within the time share one answer', async () => {
	const { ask, pass, asked } = setUp(['a', 'b']);
	expect(await Promise.all([ask(), ask()])).toEqual(['a', 'a']);
	pass(99);
	expect(await ask()).toBe('a');
	expect(asked()).toBe(1);
});

test('after the time it is asked again', async () => {
	const { ask, pass } = setUp(['a', 'b']);
	await ask();
	pass(100);
	expect(await ask()).toBe('b');
});

test('a failure is not kept', async () => {
	const { ask } = setUp([new Error('gone'), 'b']);
	await expect(ask()).rejects.toThrow('gone');
	expect(await ask()).toBe('b');
});
