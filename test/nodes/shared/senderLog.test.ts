import type { SenderResult } from '../../../lib/delivery/senderTypes';
import type { SenderReport } from '../../../lib/delivery/sender';
import { SenderLog } from '../../../nodes/shared/senderLog';
import { fakeContext } from '../harness/contexts';

const result = (
	kind: SenderResult['kind'],
	id: string,
	reason?: string,
	isHeld?: true,
): SenderResult => ({
	index: 0,
	kind,
	delivery: {
		id,
		kind: 'postback',
		name: 'n',
		request: { method: 'GET', url: 'https://a.example/?key=secret', headers: {} },
		attempt: 1,
		status: kind === 'dead' ? 'dead' : 'retrying',
		...(reason === undefined ? {} : { reason }),
	},
	...(isHeld ? { isHeld } : {}),
});

function linesOf(results: SenderResult[], rest: Partial<SenderReport> = {}) {
	const context = fakeContext();
	new SenderLog().write(context, { results, stopped: 0, late: 0, ...rest });
	return context.lines;
}

it('dead letters are named with their reasons, in one line', () => {
	expect(
		linesOf([
			result('dead', 'msg_1', 'HTTP 410'),
			result('delivered', 'msg_2'),
			result('dead', 'msg_3', 'expired'),
			result('retrying', 'msg_4', 'HTTP 503'),
		]),
	).toEqual([
		{ level: 'warn', message: 'The Node: 2 dead letters: msg_1 (HTTP 410), msg_3 (expired)' },
	]);
});

it('what a pause holds back is named by what holds it, and a configuration error is told', () => {
	const lines = linesOf(
		[
			result('retrying', 'msg_1', 'the endpoint asked for a pause', true),
			result('retrying', 'msg_2', 'the endpoint asked for a pause', true),
			result('retrying', 'msg_3', 'the queue is paused', true),
		],
		{ queuePaused: 'the credential is refused', configurationErrors: ['the topic is wrong'] },
	);
	expect(lines.map(({ message }) => message)).toEqual([
		'The Node: 2 deliveries wait (the endpoint asked for a pause): msg_1, msg_2',
		'The Node: 1 delivery waits (the queue is paused): msg_3',
		'The Node: the credential is refused',
		'The Node: the topic is wrong',
	]);
});

it('of many, twenty are named and the rest is counted', () => {
	const results = Array.from({ length: 25 }, (_, n) => result('dead', `msg_${n}`, 'HTTP 500'));
	const [{ message }] = linesOf(results);
	expect(message).toContain('25 dead letters: msg_0 (HTTP 500)');
	expect(message).toMatch(/msg_19 \(HTTP 500\), and 5 more$/);
});

it('a run in which all went well is no line', () => {
	expect(linesOf([result('delivered', 'msg_1'), result('retrying', 'msg_2', 'HTTP 503')])).toEqual(
		[],
	);
});

it('results that come one by one are told of too', () => {
	const context = fakeContext();
	const log = new SenderLog();
	const seen: string[] = [];
	const run = log.watching({
		onResult: ({ delivery }: SenderResult) => void seen.push(delivery.id),
	});
	run.onResult(result('dead', 'msg_1', 'HTTP 410'));
	log.write(context, { results: [], stopped: 0, late: 0 });
	expect(seen).toEqual(['msg_1']);
	expect(context.lines).toHaveLength(1);
});
