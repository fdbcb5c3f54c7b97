import type { IExecuteFunctions } from 'n8n-workflow';
import { progressOf } from '../../../nodes/DeliveryLog/progress';
import { fakeContext } from '../harness/contexts';

function setUp() {
	let now = 0;
	const hints: string[] = [];
	const messages: unknown[] = [];
	const base = fakeContext();
	const node = {
		...base,
		addExecutionHints: (...given: { message: string }[]) =>
			void hints.push(...given.map(({ message }) => message)),
		sendMessageToUI: (message: unknown) => void messages.push(message),
	} as unknown as IExecuteFunctions;
	const telling = progressOf(node, () => now);
	return { ...telling, hints, messages, lines: base.lines, pass: (ms: number) => (now += ms) };
}

it('long work is told of every five seconds, and once more at its end', () => {
	const { progress, close, hints, messages, lines, pass } = setUp();
	for (let done = 200; done <= 2_400; done += 200) {
		pass(1_000);
		progress(`Replay: ${done} deliveries looked at`);
	}
	close();
	const told = ['Replay: 1000 deliveries looked at', 'Replay: 2000 deliveries looked at'];
	expect(messages).toEqual(told);
	expect(lines).toEqual(told.map((text) => ({ level: 'info', message: `The Node: ${text}` })));
	expect(hints).toEqual(['Replay: 2400 deliveries looked at in 12 s']);
});

it('short work is told of by its items alone', () => {
	const { progress, close, hints, lines, pass } = setUp();
	pass(100);
	progress('Purge: 3 deliveries');
	close();
	expect({ hints, lines }).toEqual({ hints: [], lines: [] });
});

it('a hint is told once, and ten of them at most', () => {
	const { hint, hints } = setUp();
	for (let n = 0; n < 30; n++) hint(`queue ${Math.floor(n / 2)}`);
	expect(hints).toHaveLength(10);
	expect(new Set(hints).size).toBe(10);
});
