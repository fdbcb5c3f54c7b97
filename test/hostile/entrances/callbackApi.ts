import fc from 'fast-check';
import { closeStores } from '../../nodes/harness/environment';
import { BOUND_TOKEN, PROPERTY, request, TOKEN } from '../../nodes/CallbackApiTrigger/apiContext';
import { entrance, must } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, wireText } from '../support/values';
import { headerText } from './postbackTrigger';

const CALLBACK = `CB${'c'.repeat(32)}`;
const DOCUMENT = {
	data: {
		type: 'callbacks',
		attributes: {
			url: 'https://203.0.114.9/hook?x=1',
			subscriptions: ['rule.created', 'rule.*', '*'],
			condition: 'entity.data.attributes.name = "x"',
			disabled_at: null,
		},
		relationships: { property: { data: { id: PROPERTY, type: 'properties' } } },
		meta: { secret: true, rotate_secret: true },
	},
};

const body = fc.oneof(
	{ weight: 6, arbitrary: damaged(DOCUMENT).map(wireText) },
	{ weight: 2, arbitrary: damagedText(fc.constant(JSON.stringify(DOCUMENT))) },
	{ weight: 1, arbitrary: hostileText },
);

const query = fc
	.oneof(
		damagedText(
			fc.constantFrom(
				'filter[created_at]=GT 2026-01-31T00:00:00.000Z&sort=-updated_at&page[number]=1&page[size]=5',
				'filter[updated_at]=BETWEEN 2026-01-01,2026-02-01&sort=created_at,-updated_at',
				'filter%5Bcreated_at%5D=CONTAINS%202026&page%5Bsize%5D=100',
				'created_at=EQ 2026-01-01&filter[attributed_to_email]=CONTAINS a,b',
			),
		),
		fc
			.array(fc.tuple(hostileText, hostileText), { maxLength: 4 })
			.map((pairs) => new URLSearchParams(pairs).toString()),
	)
	.map((text) => text.slice(0, 16_000));

const PATHS = [
	`/properties/${PROPERTY}/callbacks`,
	`/properties/${PROPERTY}/callbacks`,
	`/callbacks/${CALLBACK}`,
	`/callbacks/${CALLBACK}/property`,
	'/audit_events',
	`/audit_events/AE${'d'.repeat(32)}`,
	`/properties/${PROPERTY}`,
];

/** A request line is URL-encoded, and n8n decodes its segments. */
const path = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom(...PATHS) },
	{ weight: 1, arbitrary: damagedText(fc.constantFrom(...PATHS)) },
);

export const callbackApi = entrance({
	name: 'requests to Callback API Trigger',
	inputs: fc.record({
		method: fc.constantFrom('POST', 'POST', 'GET', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'),
		path,
		query,
		body,
		token: fc.oneof(
			{ weight: 8, arbitrary: fc.constantFrom<string | null>(TOKEN, TOKEN, BOUND_TOKEN, null) },
			{ weight: 1, arbitrary: headerText },
		),
	}),
	take: async ({ method, path: where, ...call }) => {
		const { status, json } = await request(method, where, call);
		must(status >= 200 && status < 500, `answered ${status} ${JSON.stringify(json)}`);
		must(status < 400 || json.errors.length > 0, `${status} does not say why`);
	},
	open: async () => closeStores,
});
