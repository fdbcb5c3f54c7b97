import '../harness/environment';
import type { IDataObject, IHookFunctions } from 'n8n-workflow';
import { findAuditEvent } from '../../../lib/callbacks/store/events';
import { findProperty } from '../../../lib/callbacks/store/properties';
import { CallbackApiTrigger } from '../../../nodes/CallbackApiTrigger/CallbackApiTrigger.node';
import { embeddedStore, fakeContext } from '../harness/contexts';
import {
	triggerContext,
	type Emission,
	type TriggerContextOptions,
} from '../harness/triggerContext';
import { BASE, credentials, newCallback, parameters, PROPERTY, request } from './apiContext';

const closing: (() => Promise<void>)[] = [];
let nodeId: string;
let nodes = 0;

beforeEach(() => (nodeId = `node-${++nodes}`));
afterEach(async () => await Promise.all(closing.splice(0).map(async (close) => await close())));

async function start(settings: IDataObject = {}, more: TriggerContextOptions = {}) {
	const trigger = triggerContext({
		activationMode: 'activate',
		parameters: parameters(settings) as never,
		credentials: credentials(),
		node: { id: nodeId, name: 'API', type: 'n8n-nodes-postback.callbackApiTrigger' },
		...more,
	});
	const response = await new CallbackApiTrigger().trigger.call(trigger.context);
	const close = async () => await response.closeFunction?.();
	closing.push(async () => {
		trigger.endAll();
		await close();
	});
	return { ...trigger, close, response };
}

/** Notes the URL, as n8n has it done beside the start. */
async function register(): Promise<void> {
	const context = fakeContext({ node: { id: nodeId }, parameters: parameters() as never });
	const hook = {
		...context,
		getMode: () => 'trigger',
		getNodeWebhookUrl: () => `${BASE}/:collection`,
	};
	const { checkExists } = new CallbackApiTrigger().webhookMethods.default;
	expect(await checkExists.call(hook as unknown as IHookFunctions)).toBe(true);
}

const create = async () =>
	await request('POST', `/properties/${PROPERTY}/callbacks`, { body: newCallback(), nodeId });

const jsonOf = ({ items }: Emission) => items.map(({ json }) => json);

test('every change becomes an item', async () => {
	await register();
	const { emitted } = await start();
	const { json } = await create();
	const [first] = await emitted(1);
	expect(jsonOf(first)).toEqual([
		{
			change: 'created',
			at: expect.any(String) as string,
			author: 'all',
			property: { id: PROPERTY, name: 'Shop' },
			callback: json.data,
		},
	]);
	first.end('success');
	await request('DELETE', `/callbacks/${json.data.id}`, { nodeId });
	const [, second] = await emitted(2);
	expect(jsonOf(second)).toMatchObject([{ change: 'deleted' }]);
});

test('and an audit event too, which can be looked up, where that is wanted', async () => {
	await register();
	const { emitted } = await start({ auditEvents: true });
	const { json } = await create();
	const [emission] = await emitted(1);
	const event = jsonOf(emission)[0].event as { data: IDataObject & { id: string } };
	expect(event.data).toMatchObject({
		type: 'audit_events',
		attributes: {
			type_of: 'callback.created',
			attributed_to_display_name: 'all',
			entity: JSON.stringify({ data: json.data }),
		},
		relationships: { property: { data: { id: PROPERTY } } },
		links: { entity: json.data.links.self },
		meta: { property_name: 'Shop' },
	});
	const store = await embeddedStore();
	const stored = await store.read(async (unit) => await findAuditEvent(unit, event.data.id));
	expect(stored?.document).toEqual(event);
	const answer = await request('GET', `/audit_events/${event.data.id}`, { nodeId });
	expect(answer.json).toEqual(event);
});

test('changes of a property that is not its own are no items', async () => {
	const { emissions } = await start(
		{},
		{
			parameters: { ...parameters(), properties: { property: [{ name: 'Another' }] } } as never,
		},
	);
	await create();
	await new Promise((resolve) => setTimeout(resolve, 200));
	expect(emissions).toEqual([]);
});

test('properties are noted with their settings', async () => {
	await start({ disableAfterDays: 3, disableOnGone: true });
	const store = await embeddedStore();
	expect(await store.read(async (unit) => await findProperty(unit, PROPERTY))).toMatchObject({
		id: PROPERTY,
		name: 'Shop',
	});
});

test('a run by hand without a request shows a sample', async () => {
	const { response, emissions } = await start({}, { mode: 'manual' });
	await response.manualTriggerFunction?.();
	expect(jsonOf(emissions[0])).toMatchObject([
		{ change: 'created', property: { id: PROPERTY, name: 'Shop' }, test: true },
	]);
});

test.each<[string, TriggerContextOptions, RegExp]>([
	[
		'without a property',
		{ parameters: { ...parameters(), properties: {} } as never },
		/Properties is empty/,
	],
	[
		'with a property that has no name',
		{ parameters: { ...parameters(), properties: { property: [{}] } } as never },
		/needs a name/,
	],
])('is not published %s', async (_name, options, message) => {
	await expect(start({}, options)).rejects.toThrow(message);
});
