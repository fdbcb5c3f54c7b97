import type { Backfill } from '../../../lib/profiles';
import { teller } from '../../../nodes/shared/backfills';
import { testLogger } from '../harness/contexts';

const backfill = (lookedAt: number, status: Backfill['status'] = 'running'): Backfill => ({
	id: 'b',
	destination: 'w/n',
	audiences: [],
	status,
	total: 1_000,
	lookedAt,
	exported: lookedAt / 2,
	withoutSnapshot: 0,
	startedAt: 0,
	updatedAt: 0,
	settings: '',
});

it('a long backfill is told of every half a minute, and at its end', () => {
	const { logger, lines } = testLogger();
	let now = 0;
	const tell = teller(logger, () => now);
	for (let at = 100; at <= 900; at += 100) {
		now += 10_000;
		tell(backfill(at));
	}
	tell(backfill(1_000, 'done'));
	expect(lines.map(({ message }) => message)).toEqual([
		'The backfill of w/n is under way: 300 of 1000 profiles looked at, 150 exports queued',
		'The backfill of w/n is under way: 600 of 1000 profiles looked at, 300 exports queued',
		'The backfill of w/n is under way: 900 of 1000 profiles looked at, 450 exports queued',
		'The backfill of w/n is done: 1000 of 1000 profiles looked at, 500 exports queued',
	]);
});

it('a short one is told of by its exports alone', () => {
	const { logger, lines } = testLogger();
	const tell = teller(logger, () => 0);
	tell(backfill(500));
	tell(backfill(1_000, 'done'));
	expect(lines).toEqual([]);
});
