import { BACKFILL_WITHIN_MS, backfillPause } from '../../../lib/profiles/backfill';
import type { Backfill } from '../../../lib/profiles/store/backfills';
import { DESTINATION } from './stores';

describe('the pace of a backfill', () => {
	const job = (overrides: Partial<Backfill> = {}): Backfill => ({
		id: 'b',
		destination: DESTINATION,
		audiences: [],
		status: 'running',
		total: 100_000,
		lookedAt: 0,
		exported: 0,
		withoutSnapshot: 0,
		startedAt: 0,
		updatedAt: 0,
		settings: '',
		...overrides,
	});
	const pause = (exported: number, requestsPerSecond: number, given = job(), each = 1, now = 0) =>
		backfillPause(given, exported, { requestsPerSecond, profilesPerRequest: each }, now);

	it('follows the rate of the queue', () => {
		expect(pause(500, 100)).toBe(5_000);
		expect(pause(500, 100, job(), 10)).toBe(500);
	});

	it('does not wait where there is no rate, or nothing was found', () => {
		expect(pause(500, 0)).toBe(0);
		expect(pause(0, 100)).toBe(0);
	});

	it('queues all within the hour, however low the rate', () => {
		let now = 0;
		let lookedAt = 0;
		while (lookedAt < 100_000) {
			lookedAt += 500;
			now += pause(500, 1, job({ lookedAt }), 1, now);
		}
		expect(now).toBeGreaterThan(BACKFILL_WITHIN_MS / 2);
		expect(now).toBeLessThan(BACKFILL_WITHIN_MS);
	});
});
