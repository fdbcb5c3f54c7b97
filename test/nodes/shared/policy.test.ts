import { NodeOperationError } from 'n8n-workflow';
import { classifyStatus } from '../../../lib/delivery/policy';
import { PRESET_NAMES, PRESETS } from '../../../lib/delivery/presets';
import { retryPropertiesFor } from '../../../nodes/shared/retryProperties';
import { readPolicy, timeScaleOf, type PolicyFields } from '../../../nodes/shared/senderSettings';
import { testNode } from '../harness/contexts';

const read = (choice: string, fields: PolicyFields = {}, timeout?: number, scale = 1) =>
	readPolicy(testNode(), choice, fields, timeout, scale)({ kind: 'callback' });

/** The message that the operator sees. */
function refusal(choice: string, fields: PolicyFields, timeout?: number): string {
	try {
		// Without any delivery: a mistake is told before one is looked at.
		readPolicy(testNode(), choice, fields, timeout, 1);
	} catch (error) {
		expect(error).toBeInstanceOf(NodeOperationError);
		return (error as Error).message;
	}
	return 'not refused';
}

describe('the presets', () => {
	test.each(PRESET_NAMES)('%s comes as it is, untouched', (preset) => {
		expect(read(preset)).toEqual(PRESETS[preset]);
	});

	test.each([
		['postback', 'mobilePostback'],
		['callback', 'reactorCallback'],
		['profile', 'httpApiDestination'],
		['push', 'exponential'],
	] as const)('Automatic: a %s goes by %s', (kind, preset) => {
		expect(readPolicy(testNode(), 'automatic', {}, undefined, 1)({ kind })).toEqual(
			PRESETS[preset],
		);
	});

	test('Automatic takes the changes for every kind, and makes each policy once', () => {
		const policyOf = readPolicy(testNode(), 'automatic', { scheduleSeconds: '5' }, undefined, 1);
		expect(policyOf({ kind: 'push' }).scheduleMs).toEqual([5_000]);
		expect(policyOf({ kind: 'profile' }).scheduleMs).toEqual([5_000]);
		expect(policyOf({ kind: 'push' })).toBe(policyOf({ kind: 'push' }));
	});

	test('all of them can be chosen in the editor, and Automatic', () => {
		const [{ options, default: chosen }] = retryPropertiesFor('httpApiDestination');
		const values = options?.map((option) => (option as { value: string }).value);
		expect(values).toEqual(['automatic', ...PRESET_NAMES]);
		expect(chosen).toBe('httpApiDestination');
	});
});

describe('each field that is filled in changes its part and nothing else', () => {
	const changed: [string, PolicyFields, object][] = [
		['Delays', { scheduleSeconds: ' 1, 2.5 ,60 ' }, { scheduleMs: [1000, 2500, 60_000] }],
		['Delays with a comma at the end', { scheduleSeconds: '1, 2,' }, { scheduleMs: [1000, 2000] }],
		[
			'a single delay that an expression gave as a number',
			{ scheduleSeconds: 60 as unknown as string },
			{ scheduleMs: [60_000] },
		],
		['Delays left empty', { scheduleSeconds: '  ' }, {}],
		['Jitter', { jitterPercent: 50 }, { jitter: 0.5 }],
		['Jitter of zero', { jitterPercent: 0 }, { jitter: 0 }],
		[
			'Retry Statuses',
			{ retryStatuses: '404, 5xx' },
			{
				retry: [
					[404, 404],
					[500, 599],
				],
			},
		],
		['Success Statuses', { successStatuses: '200-204' }, { success: [[200, 204]] }],
		['Success Statuses left empty', { successStatuses: '' }, {}],
	];

	test.each(changed)('%s', (_name, fields, expected) => {
		expect(read('fixedList', fields)).toEqual({ ...PRESETS.fixedList, ...expected });
	});

	test('a Delay longer than an hour lengthens what Retry-After may ask', () => {
		expect(read('fixedList', { scheduleSeconds: '7200' }).retryAfterCapMs).toBe(7_200_000);
	});

	test('Timeout', () => {
		expect(read('reactorCallback', {}, 3)).toEqual({ ...PRESETS.reactorCallback, timeoutMs: 3000 });
	});

	const exponential: [string, PolicyFields, number[]][] = [
		['Retries', { retries: 3 }, [30, 60, 120]],
		['no retries', { retries: 0 }, []],
		['First Delay', { firstDelaySeconds: 1, retries: 3 }, [1, 2, 4]],
		['Factor', { factor: 3, retries: 3 }, [30, 90, 270]],
		['Longest Delay', { longestDelaySeconds: 45, retries: 3 }, [30, 45, 45]],
		['Delays go before them', { factor: 3, scheduleSeconds: '9' }, [9]],
	];

	test.each(exponential)('Exponential: %s', (_name, fields, seconds) => {
		const { scheduleMs } = read('exponential', fields);
		expect(scheduleMs).toEqual(seconds.map((one) => one * 1000));
	});

	test('fields of Exponential do nothing to other policies', () => {
		const fields = { factor: 3, retries: 1, firstDelaySeconds: 1, longestDelaySeconds: 1 };
		expect(read('standardWebhooks', fields)).toEqual(PRESETS.standardWebhooks);
	});

	test('what counts as delivered goes before what is retried', () => {
		const policy = read('reactorCallback', { successStatuses: '404' });
		expect(classifyStatus(policy, 404)).toBe('delivered');
		expect(classifyStatus(policy, 200)).toBe('retry');
	});
});

describe('refused, by the name that the field has in the editor', () => {
	const settings = 'Retry Policy Settings › ';
	const refused: [string, string, PolicyFields, string, RegExp][] = [
		[
			'a delay that is no number',
			'fixedList',
			{ scheduleSeconds: '1, soon' },
			'Delays (Seconds)',
			/"soon" is no number of seconds$/,
		],
		['a delay below zero', 'fixedList', { scheduleSeconds: '-1' }, 'Delays (Seconds)', /-1000/],
		[
			'a delay beyond any timer',
			'fixedList',
			{ scheduleSeconds: '9999999' },
			'Delays (Seconds)',
			/from 0 to 2147483647/,
		],
		[
			'a success status that is none',
			'fixedList',
			{ successStatuses: '20x' },
			'Success Statuses',
			/"20x" is no status/,
		],
		[
			'no success status at all',
			'fixedList',
			{ successStatuses: ',' },
			'Success Statuses',
			/at least one/,
		],
		[
			'a retry status out of range',
			'fixedList',
			{ retryStatuses: '600' },
			'Retry Statuses',
			/"600" is outside/,
		],
		[
			'a status on both lists',
			'fixedList',
			{ successStatuses: '2xx', retryStatuses: '204' },
			'Retry Statuses',
			/204 stands in Success Statuses too/,
		],
		['a jitter over 100 %', 'fixedList', { jitterPercent: 150 }, 'Jitter (%)', /1\.5/],
		[
			'a first delay of zero',
			'exponential',
			{ firstDelaySeconds: 0 },
			'Exponential',
			/first delay/,
		],
		['a factor that shrinks', 'exponential', { factor: 0.5 }, 'Exponential', /factor is 0\.5/],
		[
			'a longest delay of zero',
			'exponential',
			{ longestDelaySeconds: 0 },
			'Exponential',
			/longest delay/,
		],
		['half a retry', 'exponential', { retries: 1.5 }, 'Exponential', /has to be whole/],
		['retries below zero', 'exponential', { retries: -1 }, 'Exponential', /number of retries/],
	];

	test.each(refused)('%s', (_name, choice, fields, field, why) => {
		const message = refusal(choice, fields);
		expect(message).toContain(`${settings}${field}: `);
		expect(message).toMatch(why);
	});

	test('a timeout over an hour', () => {
		expect(refusal('fixedList', {}, 4000)).toMatch(/^Options › Timeout \(Seconds\): .*4000000/);
	});

	test('a mistake, though Automatic is chosen and no delivery has come yet', () => {
		expect(refusal('automatic', { retryStatuses: 'x' })).toContain('Retry Statuses');
	});

	test('a policy that there is not', () => {
		expect(refusal('whenever', {})).toBe('Retry Policy: "whenever" is not known');
	});
});

describe('the time scale of demos and tests', () => {
	test('shortens the schedule and what Retry-After may ask, not the timeout', () => {
		expect(read('reactorCallback', {}, undefined, 0.01)).toEqual({
			...PRESETS.reactorCallback,
			scheduleMs: PRESETS.reactorCallback.scheduleMs.map((step) => step / 100),
			retryAfterCapMs: PRESETS.reactorCallback.retryAfterCapMs / 100,
		});
	});

	test.each([
		[undefined, 1],
		['0.01', 0.01],
		['1', 1],
		['0', 1],
		['-1', 1],
		['2', 1],
		['fast', 1],
		['', 1],
	])('N8N_POSTBACK_TIME_SCALE=%s is %d', (value, expected) => {
		expect(timeScaleOf({ N8N_POSTBACK_TIME_SCALE: value })).toBe(expected);
	});
});
