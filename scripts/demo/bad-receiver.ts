import { answers, Receiver } from '../receiver.ts';
import type { Answer, ReceivedRequest } from '../receiver.ts';
import { messageOf } from './hits.ts';
import { shuffled } from '../random.ts';

/** What the receiver does with a message, each time or only the first time that it comes. */
export interface Fate {
	name: string;
	/** Part of the messages that have it; at least one message has. */
	share: number;
	/** Kept for messages whose name begins so. */
	only?: string;
	answer: (before: number) => Answer;
}

const first = (failure: Answer) => (before: number) => (before === 0 ? failure : answers.ok());

/** The ways to misbehave; what has none of them is taken at once. */
export const FATES: readonly Fate[] = [
	{ name: '503 at first', share: 0.06, answer: first(answers.status(503)) },
	{ name: '503 with Retry-After: 1', share: 0.01, answer: first(answers.unavailable(1)) },
	{ name: 'connection reset at first', share: 0.05, answer: first(answers.reset()) },
	{
		name: 'no answer for 2.5 s at first',
		share: 0.04,
		// This postback waits for 2 s; that of the screens waits for 4.
		only: 'crashes:',
		answer: first(answers.stall(2_500)),
	},
	{ name: '410 Gone', share: 0.04, answer: () => answers.gone() },
	{ name: '503 for ever', share: 0.015, answer: () => answers.status(503) },
];

/** Says for each message what will be done with it; the same for the same random numbers. */
export function chooseFates(messages: readonly string[], random: () => number): Map<string, Fate> {
	const left = shuffled(messages, random);
	const fates = new Map<string, Fate>();
	// Those that are choosy come first, so that enough is left for them.
	for (const fate of [...FATES].sort((a, b) => Number(!a.only) - Number(!b.only))) {
		let wanted = Math.max(1, Math.round(fate.share * messages.length));
		for (let i = left.length - 1; i >= 0 && wanted > 0; i--) {
			if (fate.only && !left[i].startsWith(fate.only)) continue;
			const [message] = left.splice(i, 1);
			fates.set(message, fate);
			wanted--;
		}
	}
	return fates;
}

/** Starts a receiver that treats each message as its fate says. */
export async function startBadReceiver(fates: ReadonlyMap<string, Fate>): Promise<Receiver> {
	const receiver = await Receiver.start();
	const asked = new Map<string, number>();
	receiver.otherwise((request: ReceivedRequest) => {
		const message = messageOf(request) ?? '';
		const before = asked.get(message) ?? 0;
		asked.set(message, before + 1);
		return fates.get(message)?.answer(before) ?? answers.ok();
	});
	return receiver;
}
