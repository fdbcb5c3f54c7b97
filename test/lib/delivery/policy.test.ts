import fc from 'fast-check';
import type { Outcome, Verdict } from '../../../lib/delivery/channel';
import { DELIVERY_KINDS } from '../../../lib/delivery/delivery';
import {
	classify,
	classifyErrorCode,
	classifyStatus,
	customizePolicy,
	nextDelayMs,
	parseStatusList,
	PolicyError,
	scalePolicy,
	scheduleSpanMs,
} from '../../../lib/delivery/policy';
import {
	PRESET_NAMES,
	PRESETS,
	presetForKind,
	type PresetName,
	type RetryPolicy,
} from '../../../lib/delivery/presets';
import { NETWORK_ERROR_CODES } from '../../../lib/transport/networkErrors';
import { describeConformance } from './conformance';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ALL_STATUSES = Array.from({ length: 500 }, (_, at) => at + 100);

const noJitter = { random: () => 0 };

function statusesWith(policy: RetryPolicy, verdict: Verdict): number[] {
	return ALL_STATUSES.filter((status) => classifyStatus(policy, status) === verdict);
}

function outcome(fields: Partial<Outcome>): Outcome {
	return { startedAt: 0, durationMs: 1, ...fields };
}

const ok = ALL_STATUSES.filter((status) => status >= 200 && status < 300);
const serverErrors = ALL_STATUSES.filter(
	(status) => status >= 500 && status !== 501 && status !== 505,
);
const without = (left: number[], right: number[]) => left.filter((one) => !right.includes(one));

describe('the table of presets', () => {
	const usual = [408, 409, 425, 429, ...serverErrors];
	const table: Array<[PresetName, number[], number[], number]> = [
		['reactorCallback', [200, 201], without(ALL_STATUSES, [200, 201]), 10],
		['httpApiDestination', ok, [403, 408, 409, 429, ...serverErrors], 2],
		['mobilePostback', ok, [408, 429, 503, 504], 2],
		['standardWebhooks', ok, without(ALL_STATUSES, [...ok, 410]), 15],
		['exponential', ok, usual, 10],
		['fixedList', ok, usual, 10],
	];

	test('has every preset once', () => {
		expect(table.map(([name]) => name)).toEqual([...PRESET_NAMES]);
	});

	test.each(table)(
		'%s: each status from 100 to 599 has one class',
		(name, success, retried, timeout) => {
			const policy = PRESETS[name];
			expect(policy.preset).toBe(name);
			expect(statusesWith(policy, 'delivered')).toEqual(success);
			expect(statusesWith(policy, 'retry')).toEqual([...retried].sort((a, b) => a - b));
			expect(statusesWith(policy, 'dead')).toEqual(without(ALL_STATUSES, [...success, ...retried]));
			expect(policy.timeoutMs).toBe(timeout * SECOND);
		},
	);

	test.each(PRESET_NAMES)('%s: each network error has one class', (name) => {
		const dead = NETWORK_ERROR_CODES.filter(
			(code) => classify(PRESETS[name], outcome({ error: { code, message: '' } })) === 'dead',
		);
		expect(dead).toEqual(['EGRESS_BLOCKED', 'CREDENTIAL_NOT_ALLOWED', 'INVALID_REQUEST']);
	});

	test('an error code that nobody foresaw is retried', () => {
		expect(classifyErrorCode('ESOMETHING')).toBe('retry');
	});

	test.each([0, 99, 600, 999])('the impossible status %i counts as 500', (status) => {
		for (const name of PRESET_NAMES) {
			expect(classifyStatus(PRESETS[name], status)).toBe(classifyStatus(PRESETS[name], 500));
		}
	});

	test.each<[PresetName, number[]]>([
		['reactorCallback', [60, 300, 1800, 3600, 43_200, 86_400, 259_200]],
		['httpApiDestination', [15, 30]],
		['mobilePostback', Array.from({ length: 20 }, () => 30)],
		['standardWebhooks', [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]],
	])('%s is retried after exactly these seconds', (name, seconds) => {
		const delays = seconds.map((_, step) =>
			nextDelayMs(PRESETS[name], step, { random: () => 0.999 }),
		);
		expect(delays).toEqual(seconds.map((one) => one * SECOND));
		expect(nextDelayMs(PRESETS[name], seconds.length, noJitter)).toBeUndefined();
	});

	test('the attempts of a Reactor callback lie at 0, 1, 6, 36 min, 1:36, 13:36, 37:36 and 109:36 h', () => {
		const policy = PRESETS.reactorCallback;
		const attempts = [0];
		for (let step = 0; ; step++) {
			const delay = nextDelayMs(policy, step, { random: Math.random });
			if (delay === undefined) break;
			attempts.push(attempts[step] + delay);
		}
		expect(attempts).toEqual([
			0,
			MINUTE,
			6 * MINUTE,
			36 * MINUTE,
			HOUR + 36 * MINUTE,
			13 * HOUR + 36 * MINUTE,
			37 * HOUR + 36 * MINUTE,
			109 * HOUR + 36 * MINUTE,
		]);
		expect(scheduleSpanMs(policy)).toBe(394_560 * SECOND);
	});

	test('the exponential schedule doubles from 30 s to 1 h, ten times', () => {
		expect(PRESETS.exponential.scheduleMs).toEqual(
			[30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600].map((one) => one * SECOND),
		);
		expect(PRESETS.exponential.jitter).toBeGreaterThan(0);
	});

	test('every kind of delivery has its preset', () => {
		expect(DELIVERY_KINDS.map((kind) => [kind, presetForKind(kind).preset])).toEqual([
			['postback', 'mobilePostback'],
			['callback', 'reactorCallback'],
			['profile', 'httpApiDestination'],
			['push', 'exponential'],
		]);
	});
});

describe('classify', () => {
	const policy = PRESETS.standardWebhooks;

	test('lets the verdict of a channel win', () => {
		expect(classify(policy, outcome({ statusCode: 200, verdict: 'dead' }))).toBe('dead');
		expect(classify(policy, outcome({ statusCode: 410, verdict: 'retry' }))).toBe('retry');
	});

	test('goes by the status even when the answer broke off', () => {
		const error = { code: 'ECONNRESET', message: '' };
		expect(classify(policy, outcome({ statusCode: 204, error }))).toBe('delivered');
	});

	test('retries what was cancelled, of which nothing is known', () => {
		expect(classify(policy, outcome({ cancelled: true }))).toBe('retry');
	});

	test.each([301, 302, 303, 304, 307, 308])(
		'never takes the redirect %i for a success',
		(statusCode) => {
			for (const name of PRESET_NAMES) {
				expect(classify(PRESETS[name], outcome({ statusCode }))).not.toBe('delivered');
			}
		},
	);

	test('takes a redirect for a success where the operator says so', () => {
		const lenient = customizePolicy('fixedList', { successStatuses: '2xx, 304' });
		expect(classify(lenient, outcome({ statusCode: 304 }))).toBe('delivered');
		expect(classify(lenient, outcome({ statusCode: 303 }))).toBe('dead');
	});
});

describe('parseStatusList', () => {
	test('reads single statuses, ranges and classes', () => {
		expect(parseStatusList('200-299, 304 ,5xx,,404 - 405')).toEqual([
			[200, 299],
			[304, 304],
			[500, 599],
			[404, 405],
		]);
		expect(parseStatusList('100, 599, 1XX')).toEqual([
			[100, 100],
			[599, 599],
			[100, 199],
		]);
		expect(parseStatusList(' ')).toEqual([]);
	});

	test('takes its list for the successes unless told', () => {
		expect(() => parseStatusList('x')).toThrow(/^Success Statuses: "x"/);
	});

	test.each([100, 599])('the outermost status %d has its own class', (status) => {
		const policy = customizePolicy('fixedList', { successStatuses: `2xx, ${status}` });
		expect(classifyStatus(policy, status)).toBe('delivered');
		expect(classifyStatus(policy, 99)).toBe(classifyStatus(policy, 500));
		expect(classifyStatus(policy, 600)).toBe(classifyStatus(policy, 500));
	});

	test.each([
		'2x',
		'20',
		'2000',
		'ok',
		'6xx',
		'0xx',
		'099',
		'600',
		'200-600',
		'299-200',
		'-200',
		'200-',
	])('refuses "%s" and names the field', (list) => {
		const read = () => parseStatusList(`200, ${list}`, 'retryStatuses');
		expect(read).toThrow(PolicyError);
		expect(read).toThrow(/^Retry Statuses: /);
		expect(read).toThrow(expect.objectContaining({ field: 'retryStatuses' }));
	});
});

describe('customizePolicy', () => {
	test('without overrides gives the preset', () => {
		for (const name of PRESET_NAMES) expect(customizePolicy(name, {})).toEqual(PRESETS[name]);
	});

	test('changes what is given and nothing else', () => {
		const policy = customizePolicy('reactorCallback', {
			retryStatuses: '429, 5xx',
			scheduleMs: [1, 2],
			timeoutMs: 500,
			jitter: 0.5,
		});
		expect(policy).toEqual({
			...PRESETS.reactorCallback,
			retry: [
				[429, 429],
				[500, 599],
			],
			scheduleMs: [1, 2],
			timeoutMs: 500,
			jitter: 0.5,
			retryAfterCapMs: HOUR,
		});
		expect(classifyStatus(policy, 404)).toBe('dead');
	});

	test('takes two lists that have no status in common, in either order', () => {
		for (const [successStatuses, retryStatuses] of [
			['2xx', '300-499, 5xx'],
			['500-502', '404, 503'],
		]) {
			const policy = customizePolicy('fixedList', { successStatuses, retryStatuses });
			expect(policy.success).toEqual(parseStatusList(successStatuses));
			expect(policy.retry).toEqual(parseStatusList(retryStatuses));
		}
	});

	test('computes an exponential schedule', () => {
		const exponential = { baseMs: 100, factor: 3, capMs: 1_000, tries: 4 };
		expect(customizePolicy('exponential', { exponential }).scheduleMs).toEqual([
			100, 300, 900, 1_000,
		]);
	});

	test('takes an empty schedule for no retries', () => {
		const policy = customizePolicy('fixedList', { scheduleMs: [] });
		expect(nextDelayMs(policy, 0, noJitter)).toBeUndefined();
	});

	test.each<[string, Parameters<typeof customizePolicy>[1], string]>([
		['no success at all', { successStatuses: '' }, 'successStatuses'],
		[
			'a status in both lists',
			{ successStatuses: '2xx', retryStatuses: '299-500' },
			'retryStatuses',
		],
		['a negative delay', { scheduleMs: [1, -1] }, 'scheduleMs'],
		['a delay that is no number', { scheduleMs: [NaN] }, 'scheduleMs'],
		['a delay longer than a timer', { scheduleMs: [2 ** 31] }, 'scheduleMs'],
		['too many retries', { scheduleMs: Array.from({ length: 1_001 }, () => 1) }, 'scheduleMs'],
		['jitter over 1', { jitter: 1.1 }, 'jitter'],
		['negative jitter', { jitter: -0.1 }, 'jitter'],
		['no timeout', { timeoutMs: 0 }, 'timeoutMs'],
		['a timeout over an hour', { timeoutMs: 3_600_001 }, 'timeoutMs'],
		[
			'half a retry',
			{ exponential: { baseMs: 1, factor: 2, capMs: 5, tries: 1.5 } },
			'exponential',
		],
		[
			'a shrinking factor',
			{ exponential: { baseMs: 1, factor: 0.5, capMs: 5, tries: 1 } },
			'exponential',
		],
		[
			'two schedules',
			{ scheduleMs: [1], exponential: { baseMs: 1, factor: 2, capMs: 5, tries: 1 } },
			'exponential',
		],
	])('refuses %s', (_, overrides, field) => {
		const customize = () => customizePolicy('fixedList', overrides);
		expect(customize).toThrow(PolicyError);
		expect(customize).toThrow(expect.objectContaining({ field, code: 'POLICY_INVALID' }));
	});
});

describe('jitter', () => {
	const policy = customizePolicy('fixedList', { scheduleMs: [1_000], jitter: 0.5 });

	test.each([
		[0, 1_000],
		[0.5, 1_250],
		[0.999, 1_500],
	])('adds its share: a draw of %d gives %d ms', (draw, delay) => {
		expect(nextDelayMs(policy, 0, { random: () => draw })).toBe(delay);
	});

	test('counts before Retry-After, which has to be longer than both', () => {
		const hinted = (retryAfterMs: number) =>
			nextDelayMs(policy, 0, { random: () => 0.5, retryAfterMs });
		expect([hinted(1_249), hinted(1_250), hinted(1_251)]).toEqual([1_250, 1_250, 1_251]);
	});
});

describe('what an error says', () => {
	const exponential = { baseMs: 1, factor: 2, capMs: 5, tries: 1 };
	test.each<[Parameters<typeof customizePolicy>[1], string]>([
		[
			{ successStatuses: 'x5xx' },
			'Success Statuses: "x5xx" is no status, range or class; write it like 200-299, 304, 5xx',
		],
		[
			{ retryStatuses: '5xxx' },
			'Retry Statuses: "5xxx" is no status, range or class; write it like 200-299, 304, 5xx',
		],
		[{ retryStatuses: '200-600' }, 'Retry Statuses: "200-600" is outside 100 to 599'],
		[{ retryStatuses: '299-200' }, 'Retry Statuses: "299-200" ends before it begins'],
		[{ successStatuses: '' }, 'Success Statuses: at least one status has to count as a success'],
		[
			{ successStatuses: '2xx', retryStatuses: '299-500' },
			'Retry Statuses: 299 stands in Success Statuses too',
		],
		[
			{ successStatuses: '299-500', retryStatuses: '2xx' },
			'Retry Statuses: 299 stands in Success Statuses too',
		],
		[
			{ scheduleMs: Array.from({ length: 1_001 }, () => 1) },
			'Retry Schedule: 1001 retries; at most 1000 are possible',
		],
		[{ scheduleMs: [-1] }, 'Retry Schedule: the value is -1, not a number from 0 to 2147483647'],
		[
			{ scheduleMs: [1], exponential },
			'Exponential Schedule: give either a schedule or an exponential one, not both',
		],
		[
			{ exponential: { ...exponential, baseMs: 0 } },
			'Exponential Schedule: the first delay in milliseconds is 0, not a number from 1 to 2147483647',
		],
		[
			{ exponential: { ...exponential, factor: 0 } },
			'Exponential Schedule: the factor is 0, not a number from 1 to 100',
		],
		[
			{ exponential: { ...exponential, capMs: 0 } },
			'Exponential Schedule: the longest delay in milliseconds is 0, not a number from 1 to 2147483647',
		],
		[
			{ exponential: { ...exponential, tries: -1 } },
			'Exponential Schedule: the number of retries is -1, not a number from 0 to 1000',
		],
		[
			{ exponential: { ...exponential, tries: 1.5 } },
			'Exponential Schedule: the number of retries has to be whole',
		],
		[{ jitter: 2 }, 'Jitter: the value is 2, not a number from 0 to 1'],
		[{ jitter: '1' as never }, 'Jitter: the value is 1, not a number from 0 to 1'],
		[{ timeoutMs: 0 }, 'Timeout: the value is 0, not a number from 1 to 3600000'],
	])('of %j', (overrides, message) => {
		const customize = () => customizePolicy('fixedList', overrides);
		expect(customize).toThrow(expect.objectContaining({ name: 'PolicyError', message }));
	});

	test('but a thousand retries are taken', () => {
		const scheduleMs = Array.from({ length: 1_000 }, () => 1);
		expect(customizePolicy('fixedList', { scheduleMs }).scheduleMs).toEqual(scheduleMs);
	});

	test('and a list beside the other one of the preset may overlap it: a success wins', () => {
		const policy = customizePolicy('httpApiDestination', { successStatuses: '2xx, 503' });
		expect(classifyStatus(policy, 503)).toBe('delivered');
		expect(() => customizePolicy('httpApiDestination', { retryStatuses: '200' })).not.toThrow();
	});
});

describe('Retry-After', () => {
	const policy = PRESETS.httpApiDestination;

	test('lengthens a delay', () => {
		expect(nextDelayMs(policy, 0, { ...noJitter, retryAfterMs: 20_000 })).toBe(20_000);
	});

	test.each([0, 1, 14_999, -5, NaN])('of %d ms does not shorten it', (retryAfterMs) => {
		expect(nextDelayMs(policy, 0, { ...noJitter, retryAfterMs })).toBe(15_000);
	});

	test('counts for an hour at most where the steps are shorter', () => {
		expect(nextDelayMs(policy, 0, { ...noJitter, retryAfterMs: 2 * HOUR })).toBe(HOUR);
	});

	test('counts up to the longest step where that is longer', () => {
		const hint = { ...noJitter, retryAfterMs: 30 * 24 * HOUR };
		expect(nextDelayMs(PRESETS.reactorCallback, 0, hint)).toBe(72 * HOUR);
	});

	test('does not bring back an exhausted schedule', () => {
		expect(nextDelayMs(policy, 2, { ...noJitter, retryAfterMs: 1 })).toBeUndefined();
	});
});

describe('for every policy', () => {
	const policies = fc
		.record({
			scheduleMs: fc.array(fc.integer({ min: 0, max: 10 * 24 * HOUR }), { maxLength: 12 }),
			// Of doubles from 0 to 1 nearly all are next to nothing.
			jitter: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000),
		})
		.map((overrides) => customizePolicy('fixedList', overrides));
	const randoms = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1_000);
	const hints = fc.option(fc.integer({ min: -HOUR, max: 60 * 24 * HOUR }), { nil: undefined });
	const steps = fc.nat({ max: 14 });

	test('no delay is shorter than the schedule, longer than jitter or the cap allow, or without a step', () => {
		fc.assert(
			fc.property(policies, steps, randoms, hints, (policy, step, random, retryAfterMs) => {
				const planned = policy.scheduleMs[step];
				const delay = nextDelayMs(policy, step, { random: () => random, retryAfterMs });
				if (planned === undefined) return delay === undefined;
				const longest = Math.max(
					Math.round(planned * (1 + policy.jitter)),
					HOUR,
					...policy.scheduleMs,
				);
				return delay !== undefined && delay >= planned && delay <= longest;
			}),
		);
	});

	test('a hint only lengthens, and is never exceeded by what it adds', () => {
		fc.assert(
			fc.property(policies, steps, randoms, hints, (policy, step, random, retryAfterMs) => {
				const alone = nextDelayMs(policy, step, { random: () => random });
				const hinted = nextDelayMs(policy, step, { random: () => random, retryAfterMs });
				if (alone === undefined || hinted === undefined) return alone === hinted;
				return hinted === alone || (hinted > alone && hinted <= (retryAfterMs ?? 0));
			}),
		);
	});

	test('the span holds every schedule', () => {
		fc.assert(
			fc.property(policies, randoms, (policy, random) => {
				let total = 0;
				for (let step = 0; step < policy.scheduleMs.length; step++) {
					total += nextDelayMs(policy, step, { random: () => random }) ?? 0;
				}
				return total <= scheduleSpanMs(policy) + policy.scheduleMs.length;
			}),
		);
	});
});

describe('scalePolicy', () => {
	test('multiplies the delays and the cap, not the timeout', () => {
		const scaled = scalePolicy(PRESETS.reactorCallback, 0.001);
		expect(scaled.scheduleMs).toEqual([60, 300, 1800, 3600, 43_200, 86_400, 259_200]);
		expect(scaled.timeoutMs).toBe(10_000);
		expect(nextDelayMs(scaled, 0, { ...noJitter, retryAfterMs: 999 * HOUR })).toBe(259_200);
		expect(PRESETS.reactorCallback.scheduleMs[0]).toBe(MINUTE);
	});
});

describeConformance<{ systems: Record<string, { delays: number[] }> }>(
	'retry-schedules.json',
	({ systems }) => {
		test.each<[PresetName, string]>([
			['reactorCallback', 'adobe_reactor_callbacks'],
			['standardWebhooks', 'standard_webhooks_example'],
		])('%s follows %s', (name, system) => {
			expect(PRESETS[name].scheduleMs.map((ms) => ms / SECOND)).toEqual(systems[system].delays);
		});
	},
);

describeConformance<{ rules: Record<string, { S: string | number[]; X?: number[] }> }>(
	'status-classification.json',
	({ rules }) => {
		test('Reactor', () => {
			expect(statusesWith(PRESETS.reactorCallback, 'delivered')).toEqual(rules.adobe_reactor.S);
			expect(statusesWith(PRESETS.reactorCallback, 'dead')).toEqual([]);
		});

		test('Standard Webhooks', () => {
			const { S, X } = rules.standard_webhooks_spec;
			const [from, to] = String(S).split('-').map(Number);
			const delivered = statusesWith(PRESETS.standardWebhooks, 'delivered');
			expect([delivered[0], delivered.at(-1), delivered.length]).toEqual([from, to, to - from + 1]);
			expect(statusesWith(PRESETS.standardWebhooks, 'dead')).toEqual(X);
		});
	},
);
