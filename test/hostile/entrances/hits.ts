import fc from 'fast-check';
import {
	createPostbackEngine,
	HitError,
	parseHits,
	POSTBACK_EXAMPLES,
} from '../../../lib/postbacks';
import { entrance, must, refusableLater } from '../support/entrance';
import { damaged, wireText } from '../support/values';
import { damagedText, hostileText } from '../support/texts';

/** Hits as the SDKs send them. */
export const VALID_HITS: readonly unknown[] = [
	{ pageName: 'MainMenu', user: { name: 'Ann', zip: '94087' }, a: { PrevSessionLength: 12 } },
	{ 'a.AppID': 'App 1.2', 'a.CrashEvent': 'CrashEvent', timestampu: 1710000000, collectPII: true },
	[
		{ id: '1', email: 'a@b.example' },
		{ id: '2', list: [1, { two: 2 }, null] },
	],
];

const json = damaged(...VALID_HITS).map(wireText);
const form = damagedText(
	fc.constantFrom(
		'pageName=MainMenu&user.name=Ann',
		'c.&a.&AppID=X&.a&user.&name=%C3%84nn&.user&.c&ts=1',
	),
);
const lines = fc.array(json, { maxLength: 4 }).map((texts) => texts.join('\n'));

export const hitBody = fc.oneof(
	{ weight: 4, arbitrary: json },
	{ weight: 2, arbitrary: damagedText(json) },
	{ weight: 2, arbitrary: lines },
	{ weight: 2, arbitrary: form },
	{ weight: 1, arbitrary: hostileText },
);

export const contentType = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom(
			'application/json',
			'application/x-ndjson',
			'application/x-www-form-urlencoded',
			'text/plain; charset=utf-8',
			'',
			undefined,
		),
	},
	{ weight: 1, arbitrary: damagedText(fc.constant('application/json; charset="utf-8"')) },
);

const engine = createPostbackEngine([
	...POSTBACK_EXAMPLES.map(({ definition }) => ({ ...definition, active: true })),
	{
		id: 'everything',
		name: 'Everything',
		type: 'custom',
		active: true,
		dialect: 'launch',
		showRule: 'once',
		visitorKey: 'id',
		url: 'https://a.example/{%~all_url%}?k={%urlenc(user.name)%}&p={%__proto__%}',
		body: '{"all":{%~all_json%}}',
		contentType: 'application/json',
		condition: {},
	},
]);

export const hits = entrance({
	name: 'hits',
	inputs: fc.record({
		method: fc.constantFrom('POST', 'POST', 'PUT', 'GET'),
		type: contentType,
		body: fc.oneof(
			{ weight: 8, arbitrary: hitBody.map((text) => Buffer.from(text)) },
			{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
		),
	}),
	take: async ({ method, type, body }) => {
		const query = method === 'GET' ? body.toString('latin1') : '';
		const limits = { maxBodyBytes: 100_000, maxHits: 50 };
		const parsed = await refusableLater(
			async () => parseHits({ method, contentType: type, query, body }, limits),
			HitError,
		);
		for (const { hit } of parsed?.hits ?? []) {
			const { composed } = await engine.process(hit, { now: Date.now(), random: Math.random });
			for (const { request } of composed) {
				must(request === undefined || URL.canParse(request.url), 'a URL that cannot be sent to');
			}
		}
	},
});
