import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
	NodeHelpers,
	Workflow,
	type INode,
	type INodeProperties,
	type INodePropertyCollection,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypes,
} from 'n8n-workflow';
import { loadPackage, sourceOf, type LoadedPackage } from './harness/package';

let loaded: LoadedPackage;

beforeAll(async () => (loaded = await loadPackage()));

const NODES = {
	postbackTrigger: 'Postback Trigger',
	callbackSubscribe: 'Callback Subscribe',
	httpProfileDestination: 'HTTP Profile Destination',
	httpDelivery: 'HTTP Delivery',
	pushNotification: 'Push Notification',
	callbackApiTrigger: 'Callback API Trigger',
	callbackTrigger: 'Callback Trigger',
	deliveryQueueTrigger: 'Delivery Queue Trigger',
	deliveryLog: 'Delivery Log',
};
const CREDENTIALS = {
	deliveryStoreApi: 'Delivery Store API',
	postbackApnsApi: 'APNs API',
	postbackBearerTokenApi: 'Bearer Token API',
	postbackCallbackTokensApi: 'Callback Tokens API',
	postbackClientCertificateApi: 'Client Certificate API',
	postbackFcmApi: 'FCM API',
	postbackHeaderAuthApi: 'Header Auth API',
	postbackOAuth2ClientCredentialsOAuth2Api: 'OAuth2 Client Credentials API',
	postbackOAuth2PasswordGrantOAuth2Api: 'OAuth2 Password Grant API',
	postbackReactorApi: 'Adobe Reactor API',
	postbackRemoteCallbackApi: 'Remote Callback API',
	postbackSigningSecretApi: 'Webhook Signing Secret API',
};
const nodeNames = Object.keys(NODES) as (keyof typeof NODES)[];
const credentialNames = Object.keys(CREDENTIALS) as (keyof typeof CREDENTIALS)[];

/** The file in the sources behind a URL such as `icons/n8n-nodes-postback/dist/nodes/…/x.svg`. */
const fileOfIcon = (url: string) => sourceOf(url.split(`${loaded.packageName}/`)[1]);

function iconsOf({ iconUrl }: { iconUrl?: unknown }): string[] {
	const { light, dark } = iconUrl as { light: string; dark: string };
	return [fileOfIcon(light), fileOfIcon(dark)];
}

const isCollection = (one: unknown): one is INodePropertyCollection =>
	typeof one === 'object' && one !== null && 'values' in one;

/** All lists of parameters that stand side by side: the node's own, and those of each collection. */
function* listsOf(properties: INodeProperties[], path = ''): Iterable<[string, INodeProperties[]]> {
	yield [path, properties];
	for (const { name, type, options = [] } of properties) {
		const at = `${path}${name}.`;
		if (type === 'collection') yield* listsOf(options as INodeProperties[], at);
		for (const option of options) {
			if (isCollection(option)) yield* listsOf(option.values, `${at}${option.name}.`);
		}
	}
}

const choices = ({ options = [] }: INodeProperties) => (options as INodePropertyOptions[]) ?? [];

/** Whether there is a choice of the others with which both fields are shown. */
function seenWith(one: INodeProperties, other: INodeProperties): boolean {
	const shown = one.displayOptions?.show ?? {};
	return Object.entries(other.displayOptions?.show ?? {}).every(([name, values = []]) =>
		(shown[name] ?? values).some((value) => (values as unknown[]).includes(value)),
	);
}

/** What is wrong with a list of parameters, in words. */
function problemsOf(path: string, list: INodeProperties[], outer: INodeProperties[]): string[] {
	const problems: string[] = [];
	const byName = new Map<string, INodeProperties[]>();
	for (const one of list) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
	for (const [name, same] of byName) {
		const seen = same.filter((one, at) => same.some((other, i) => i > at && seenWith(one, other)));
		if (seen.length > 0) problems.push(`${path}${name} stands there ${seen.length + 1} times`);
	}
	for (const one of list) {
		const at = `${path}${one.name}`;
		for (const rule of [one.displayOptions?.show, one.displayOptions?.hide]) {
			for (const [name, values = []] of Object.entries(rule ?? {})) {
				const inRoot = name.startsWith('/');
				const known = (inRoot ? outer : list).find((other) => other.name === name.replace('/', ''));
				if (!known) problems.push(`${at} depends on ${name}, which there is not`);
				else if (known.type === 'options') {
					const possible = choices(known).map(({ value }) => value);
					for (const value of values as INodePropertyOptions['value'][]) {
						if (!possible.includes(value)) problems.push(`${at} depends on ${name}=${value}`);
					}
				}
			}
		}
		if (one.type === 'options') {
			const values = choices(one).map(({ value }) => value);
			if (!values.includes(one.default as string)) problems.push(`${at} has no default of its own`);
			if (new Set(values).size < values.length) problems.push(`${at} offers a value twice`);
		}
		if (one.type === 'number') {
			const { minValue = -Infinity, maxValue = Infinity } = one.typeOptions ?? {};
			const value = one.default as number;
			if (!(value >= minValue && value <= maxValue))
				problems.push(`${at} has a default out of range`);
		}
		if (one.type === 'boolean' && typeof one.default !== 'boolean')
			problems.push(`${at} is no boolean`);
	}
	return problems;
}

test('the manifest lists exactly what the package has, and n8n loads all of it', () => {
	expect(Object.keys(loaded.nodes).sort()).toEqual([...nodeNames].sort());
	expect(Object.keys(loaded.credentials).sort()).toEqual([...credentialNames].sort());
	expect(loaded.listed).toEqual({ nodes: nodeNames.length, credentials: credentialNames.length });
	const files = readdirSync(sourceOf('dist/nodes'), { recursive: true }).map(String);
	expect(files.filter((file) => file.endsWith('.node.ts'))).toHaveLength(nodeNames.length);
	const types = readdirSync(sourceOf('dist/credentials'));
	expect(types.filter((file) => file.endsWith('.credentials.ts'))).toHaveLength(
		credentialNames.length,
	);
});

describe.each(nodeNames)('the node %s', (name) => {
	const description = () => loaded.nodes[name].description;

	test('has the name that stands on the canvas', () => {
		expect(description()).toMatchObject({
			name,
			displayName: NODES[name],
			version: 1,
			defaults: { name: NODES[name] },
		});
	});

	test('has a light and a dark icon', () => {
		const [light, dark] = iconsOf(description());
		expect(existsSync(light)).toBe(true);
		expect(existsSync(dark)).toBe(true);
		expect(light).not.toBe(dark);
	});

	test('has a codex, so that it is found in the list of nodes', () => {
		const codex = description().codex;
		expect(codex?.categories?.length).toBeGreaterThan(0);
		const [{ url }] = codex?.resources?.primaryDocumentation ?? [];
		expect(url).toMatch(/^https:\/\/.+\/docs\/[a-z-]+\.md$/);
		const folder = NODES[name].replaceAll(' ', '').replace('HTTP', 'Http').replace('API', 'Api');
		const file = sourceOf(`dist/nodes/${folder}/${folder}.node.json`);
		const { node } = JSON.parse(readFileSync(file, 'utf8')) as { node: string };
		expect(node).toBe(`${loaded.packageName}.${name}`);
	});

	test('uses only credentials of this package, each with a test that there is', () => {
		const tests = Object.keys(loaded.nodes[name].methods?.credentialTest ?? {});
		for (const credential of description().credentials ?? []) {
			expect(credentialNames).toContain(credential.name);
			expect(tests).toContain(credential.testedBy);
		}
	});

	test('has parameters that fit together', () => {
		const { properties } = description();
		const problems = [...listsOf(properties)].flatMap(([path, list]) =>
			problemsOf(path, list, properties),
		);
		expect(problems).toEqual([]);
	});

	test('shows a credential only for parameters and choices that there are', () => {
		const { properties, credentials = [] } = description();
		const asProperties = credentials.map(
			({ name: one, displayOptions }): INodeProperties => ({
				displayName: one,
				name: `credential ${one}`,
				type: 'string',
				default: '',
				displayOptions,
			}),
		);
		expect(problemsOf('', [...properties, ...asProperties], properties)).toEqual([]);
	});

	test('says on the canvas what it does, and each operation reads well in the node picker', () => {
		const { subtitle, inputs, usableAsTool, properties } = description();
		expect(subtitle).toMatch(/^=\{\{/);
		if (inputs.length > 0) expect(usableAsTool).toBe(true);
		const operations = properties.find((one) => one.name === 'operation');
		for (const { name: operation, action } of operations ? choices(operations) : []) {
			expect({ operation, action }).toEqual({ operation, action: expect.any(String) as string });
		}
	});

	test('has its credentials below the fields to which they are the answer', () => {
		const { credentials = [], properties } = description();
		const asked = credentials.flatMap(({ displayOptions }) => [
			...Object.keys(displayOptions?.show ?? {}),
			...Object.keys(displayOptions?.hide ?? {}),
		]);
		const at = (field: string) => properties.findIndex((one) => one.name === field);
		const places = properties.flatMap(({ type }, index) => (type === 'credentials' ? [index] : []));
		if (asked.length > 0) expect(places.length).toBeGreaterThan(0);
		for (const field of new Set(asked)) expect(at(field)).toBeLessThan(places[0]);
	});

	test('words a field that several nodes have as they do', () => {
		const shared = ['Allow HTTP', 'Allowed Private Hosts'];
		for (const [, list] of listsOf(description().properties)) {
			for (const { name: field, displayName, description: text } of list) {
				if (field === 'allowHttp') expect(displayName).toBe(shared[0]);
				if (field !== 'allowedHosts') continue;
				expect(displayName).toBe(shared[1]);
				expect(text).toMatch(/^Addresses of private networks .* Applies to /);
			}
		}
	});

	test('has lists whose method there is', () => {
		const known = Object.keys(loaded.nodes[name].methods?.listSearch ?? {});
		for (const [, list] of listsOf(description().properties)) {
			for (const { modes = [] } of list) {
				for (const mode of modes) {
					const method = mode.typeOptions?.searchListMethod;
					if (method !== undefined) expect(known).toContain(method);
				}
			}
		}
	});
});

describe.each(credentialNames)('the credential %s', (name) => {
	test('has its names, its icons and a page of documentation', () => {
		const type = loaded.credentials[name];
		expect(type).toMatchObject({ name, displayName: CREDENTIALS[name] });
		for (const icon of iconsOf(type)) expect(existsSync(icon)).toBe(true);
		expect(type.documentationUrl).toMatch(/^https:\/\/.+\/docs\/[a-z-]+\.md(#[a-z0-9-]+)?$/);
	});

	test('is listed by a node that tests it', () => {
		const users = Object.values(loaded.nodes).filter(({ description }) =>
			description.credentials?.some((one) => one.name === name && one.testedBy !== undefined),
		);
		expect(users.length).toBeGreaterThan(0);
		const { testedBy } = loaded.credentials[name] as { testedBy?: string };
		expect(users.map(({ description }) => description.name)).toContain(testedBy);
	});

	test('has fields that fit together, secrets hidden', () => {
		const { properties } = loaded.credentials[name];
		expect(problemsOf('', properties, properties)).toEqual([]);
		for (const { name: field, typeOptions } of properties) {
			if (/(?:token|secret.*|password|passphrase|key)$/i.test(field))
				expect(typeOptions?.password).toBe(true);
		}
	});
});

function outputsFor(
	name: 'httpDelivery' | 'httpProfileDestination',
	parameters: INode['parameters'],
	onError?: INode['onError'],
) {
	const type: INodeType = loaded.nodes[name];
	const nodeTypes: INodeTypes = {
		getByName: () => type,
		getByNameAndVersion: () => type,
		getKnownTypes: () => ({}),
	};
	const node: INode = {
		id: '1',
		name: 'The Node',
		type: `n8n-nodes-postback.${name}`,
		typeVersion: 1,
		position: [0, 0],
		parameters,
		...(onError ? { onError } : {}),
	};
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const outputs = NodeHelpers.getNodeOutputs(
		workflow,
		workflow.nodes['The Node'],
		type.description,
	);
	return outputs.map((output) => (typeof output === 'string' ? output : output.displayName));
}

const defaultsOf = (name: 'httpDelivery' | 'httpProfileDestination') =>
	Object.fromEntries(
		loaded.nodes[name].description.properties.map((one) => [one.name, one.default]),
	);

describe('HTTP Profile Destination on the canvas', () => {
	test.each([
		[{}, ['Delivered', 'Retrying', 'Dead Letter', 'Not Exported']],
		[
			{ input: 'always', keepOrder: false, retries: 'output' },
			['Delivered', 'Retry', 'Dead Letter', 'Not Exported'],
		],
		[{ operation: 'backfill' }, ['Progress']],
	])('its outputs are named by operation and mode: %j', (parameters, names) => {
		expect(outputsFor('httpProfileDestination', parameters)).toEqual(names);
	});

	test('a new one exports snapshots in order, as the original does, without credential', () => {
		expect(defaultsOf('httpProfileDestination')).toMatchObject({
			operation: 'export',
			method: 'POST',
			input: 'snapshots',
			payload: 'documented',
			rules: 'documented2022',
			includeNames: false,
			includeTimestamps: false,
			profilesPerRequest: 1,
			keepOrder: true,
			backfillAutomatically: false,
			retryPolicy: 'httpApiDestination',
			retries: 'queue',
			authentication: 'none',
		});
	});
});

describe('HTTP Delivery on the canvas', () => {
	test.each([
		[{}, 'Retrying'],
		[{ retries: 'queue' }, 'Retrying'],
		[{ retries: 'output' }, 'Retry'],
	])('its outputs are named by the mode: %j', (parameters, retry) => {
		expect(outputsFor('httpDelivery', parameters)).toEqual(['Delivered', retry, 'Dead Letter']);
	});

	test('an error output of n8n comes after them', () => {
		expect(outputsFor('httpDelivery', {}, 'continueErrorOutput')).toEqual([
			'Delivered',
			'Retrying',
			'Dead Letter',
			'Error',
		]);
	});

	test('a new one sends deliveries, retries by the queue and needs no credential', () => {
		expect(defaultsOf('httpDelivery')).toMatchObject({
			source: 'items',
			retries: 'queue',
			retryPolicy: 'automatic',
			authentication: 'none',
			sign: false,
		});
	});
});

describe('Postback Trigger', () => {
	test('stays at version 1 with the parameter that keeps n8n from parsing bodies', () => {
		const { version, properties } = loaded.nodes.postbackTrigger.description;
		expect(version).toBe(1);
		expect(properties.find(({ name }) => name === 'options')).toMatchObject({
			type: 'hidden',
			default: { binaryData: true },
		});
	});

	test('takes GET and POST at the path of its parameter, answered by itself', () => {
		const { webhooks = [] } = loaded.nodes.postbackTrigger.description;
		expect(webhooks.map(({ httpMethod }) => httpMethod)).toEqual(['GET,POST']);
		for (const webhook of webhooks) {
			expect(webhook).toMatchObject({ path: '={{$parameter["path"]}}', isFullPath: true });
		}
	});

	test('a new postback is inactive', () => {
		const { properties } = loaded.nodes.postbackTrigger.description;
		const fields = [...listsOf(properties)].find(([path]) => path === 'postbacks.postback.')?.[1];
		expect(fields?.find(({ name }) => name === 'active')?.default).toBe(false);
	});
});
