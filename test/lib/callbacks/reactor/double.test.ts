import {
	ACCESS_TOKEN,
	API_KEY,
	ORGANIZATION,
	PROPERTY,
	startReactorDouble,
} from '../../../support/reactorDouble';
import { conformanceFiles } from '../../postbacks/conformanceFiles';
import { closeServers } from '../../transport/support/servers';

afterEach(closeServers);

interface Operation {
	method: string;
	path: string;
	/** Required ones, in lower case. */
	headers: string[];
	success: number;
}

/** The operations of an OpenAPI document, as far as lines of text tell them. */
function operationsOf(yaml: string): Operation[] {
	const operations: Operation[] = [];
	let path = '';
	let parameter = '';
	for (const line of yaml.split('\ncomponents:')[0].split('\n')) {
		path = /^ {2}(\/\S+):$/.exec(line)?.[1] ?? path;
		const method = /^ {4}(get|post|put|patch|delete):$/.exec(line)?.[1];
		if (method) operations.push({ method: method.toUpperCase(), path, headers: [], success: 0 });
		const operation = operations.at(-1);
		if (!operation) continue;
		parameter = /^ {6}- name: (\S+)$/.exec(line)?.[1] ?? parameter;
		if (/^ {8}in: header$/.test(line)) operation.headers.push(parameter.toLowerCase());
		operation.success = Number(/^ {8}'(2\d\d)':$/.exec(line)?.[1] ?? operation.success);
	}
	return operations;
}

const documents = conformanceFiles('reactor', /^openapi-.*\.yaml$/);

describe.each(documents)('the double keeps to %s', (_name, yaml) => {
	const operations = operationsOf(yaml);

	test('which has the calls for callbacks and audit events', () => {
		expect(operations.map(({ method, path }) => `${method} ${path}`)).toEqual([
			'GET /properties/{PROPERTY_ID}/callbacks',
			'POST /properties/{PROPERTY_ID}/callbacks',
			'GET /callbacks/{CALLBACK_ID}',
			'DELETE /callbacks/{CALLBACK_ID}',
			'PATCH /callbacks/{CALLBACK_ID}',
			'GET /audit_events',
			'GET /audit_events/{EVENT_ID}',
		]);
	});

	test.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
		'%s: answers as told, and not without a required header',
		async (_call, { method, path, headers, success }) => {
			const double = await startReactorDouble();
			const { id } = double.put({});
			const event = double.event('rule.created').data as { id: string };
			const target = path
				.replace('{PROPERTY_ID}', PROPERTY)
				.replace('{CALLBACK_ID}', id)
				.replace('{EVENT_ID}', event.id);
			const attributes = { url: 'https://www.example.com', subscriptions: ['rule.created'] };
			const named = method === 'PATCH' ? { id, type: 'callbacks' } : {};
			const values: Record<string, string> = {
				authorization: `Bearer ${ACCESS_TOKEN}`,
				'x-api-key': API_KEY,
				'x-gw-ims-org-id': ORGANIZATION,
				accept: 'application/vnd.api+json;revision=1',
				'content-type': 'application/vnd.api+json',
			};
			const ask = async (without?: string) => {
				const sent = headers.filter((name) => name !== without);
				return await fetch(double.origin + target, {
					method,
					headers: Object.fromEntries(sent.map((name) => [name, values[name]])),
					...(headers.includes('content-type')
						? { body: Buffer.from(JSON.stringify({ data: { attributes, ...named } })) }
						: {}),
				});
			};
			for (const name of headers) expect((await ask(name)).ok).toBe(false);
			expect((await ask()).status).toBe(success);
		},
	);
});

if (documents.length === 0) test.todo('the double keeps to the OpenAPI document, where that is');
