import type { IExecuteFunctions } from 'n8n-workflow';

const MOST_HINTS = 10;
/** Long work is told of so often. */
const EVERY_MS = 5_000;

/**
 * Ways to tell of work. Hints stand in the node's output, but n8n shows them only when the node has ended;
 * how far long work is goes to n8n's log too, and in a manual run to the browser's console.
 */
export function progressOf(node: IExecuteFunctions, now: () => number = Date.now) {
	const hints = new Set<string>();
	const began = now();
	let lastTold = began;
	let lastMessage: string | undefined;
	let isLong = false;

	const hint = (message: string) => {
		if (hints.has(message) || hints.size >= MOST_HINTS) return;
		hints.add(message);
		node.addExecutionHints({ message, location: 'outputPane' });
	};
	const progress = (message: string) => {
		lastMessage = message;
		if (now() - lastTold < EVERY_MS) return;
		lastTold = now();
		isLong = true;
		node.logger.info(`${node.getNode().name}: ${message}`);
		node.sendMessageToUI(message);
	};
	/** Says how far it came, where it took long enough for somebody to ask. */
	const close = () => {
		if (!isLong || lastMessage === undefined) return;
		hint(`${lastMessage} in ${Math.round((now() - began) / 1_000)} s`);
	};
	return { hint, progress, close };
}
