import { judge, type Standing } from '../../../lib/delivery/judge';
import { applyOutcome } from '../../../lib/delivery/outcomes';
import { bodyDigest } from '../../../lib/delivery/digest';
import { endpointOf } from '../../../lib/delivery/endpoint';
import { PRESETS } from '../../../lib/delivery/presets';
import type { Outcome } from '../../../lib/delivery/channel';
import { freshDelivery } from '../../support/senders';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const policy = PRESETS.httpApiDestination;
const outcome = (overrides: Partial<Outcome>): Outcome => ({
	startedAt: NOW,
	durationMs: 1,
	...overrides,
});
const judged = (given: Partial<Outcome>, standing: Partial<Standing> = {}) =>
	judge(policy, { attempt: 0, step: 0, ...standing }, outcome(given), NOW, () => 0);

describe('judging an attempt', () => {
	it('delivers by a success', () => {
		expect(judged({ statusCode: 204 })).toEqual({ status: 'delivered', attempt: 1, step: 0 });
	});

	it('retries after the next delay of the schedule', () => {
		expect(judged({ statusCode: 500 }, { attempt: 4, step: 1 })).toEqual({
			status: 'retrying',
			reason: 'HTTP 500',
			attempt: 5,
			step: 2,
			dueAt: NOW + 30_000,
		});
	});

	it('ends for good what the policy does not retry, with what the channel knows', () => {
		expect(judged({ statusCode: 404 })).toMatchObject({ status: 'dead', reason: 'HTTP 404' });
		expect(judged({ statusCode: 302, reason: 'redirects are not followed' }).reason).toBe(
			'redirects are not followed',
		);
	});

	it('ends when the schedule is used up, and says after how many attempts', () => {
		expect(
			judged({ error: { code: 'X', message: 'reset' } }, { attempt: 2, step: 2 }),
		).toMatchObject({
			status: 'dead',
			reason: 'retries exhausted after 3 attempts: reset',
		});
	});

	it('ends as expired what would be due too late', () => {
		expect(judged({ statusCode: 500 }, { expiresAt: NOW + 14_999 })).toMatchObject({
			status: 'dead',
			reason: 'expired',
		});
		expect(judged({ statusCode: 500 }, { expiresAt: NOW + 15_000 }).status).toBe('retrying');
	});

	it('lets Retry-After lengthen a delay, never shorten it', () => {
		expect(judged({ statusCode: 503, retryAfter: '60' })).toMatchObject({ dueAt: NOW + 60_000 });
		expect(judged({ statusCode: 503, retryAfter: '1' })).toMatchObject({ dueAt: NOW + 15_000 });
	});

	it.each([
		[{ statusCode: 429, retryAfter: '60' }, 60_000],
		[{ statusCode: 503, retryAfter: '60' }, 60_000],
		[{ statusCode: 429 }, 15_000],
		[{ statusCode: 429, retryAfter: '999999' }, 3_600_000],
		[{ statusCode: 503 }, undefined],
		[{ statusCode: 500, retryAfter: '60' }, undefined],
	])('pauses the endpoint as asked: %j', (given, ms) => {
		expect(judged(given).pauseUntil).toBe(ms === undefined ? undefined : NOW + ms);
	});

	it('pauses the endpoint even when the delivery ends', () => {
		expect(judged({ statusCode: 429, retryAfter: '60' }, { step: 2 })).toMatchObject({
			status: 'dead',
			pauseUntil: NOW + 60_000,
		});
	});
});

describe('a delivery after an attempt', () => {
	it('tells of this attempt alone', () => {
		const before = freshDelivery({
			attempt: 1,
			status: 'retrying',
			reason: 'HTTP 500',
			error: { code: 'HTTP_500', message: 'HTTP 500' },
			response: { statusCode: 500 },
			nextAttemptAt: '2026-01-01T00:00:00.000Z',
		});
		const given = outcome({ statusCode: 200, bodyExcerpt: 'ok', durationMs: 2.6 });
		const after = applyOutcome(before, { status: 'delivered', attempt: 2, step: 1 }, given);
		expect(after).toEqual({
			...freshDelivery({ id: before.id }),
			attempt: 2,
			status: 'delivered',
			lastAttemptAt: '2026-01-01T00:00:00.000Z',
			response: { statusCode: 200, bodyExcerpt: 'ok', durationMs: 3 },
		});
	});

	it('shows a failing status as an error', () => {
		const given = outcome({ statusCode: 500 });
		const after = applyOutcome(
			freshDelivery(),
			{ status: 'retrying', attempt: 1, step: 1, dueAt: NOW, reason: 'HTTP 500' },
			given,
		);
		expect(after).toMatchObject({
			error: { code: 'HTTP_500', message: 'HTTP 500' },
			nextAttemptAt: '2026-01-01T00:00:00.000Z',
		});
	});
});

describe('helpers', () => {
	it('tells endpoints by scheme, host and port', () => {
		expect(endpointOf('https://A.example:443/x?y#z')).toBe('https://a.example');
		expect(endpointOf('http://a.example:8080')).toBe('http://a.example:8080');
		expect(() => endpointOf('nowhere')).toThrow('Invalid URL');
	});

	it('keeps a digest that can be compared, and not the body', () => {
		const { request } = freshDelivery();
		expect(bodyDigest(request)).toEqual({
			method: request.method,
			url: request.url,
			headers: {},
			bodyDigest: 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:',
		});
	});
});
