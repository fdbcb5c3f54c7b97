import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeParameters,
	Logger,
} from 'n8n-workflow';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { storeOf, type StoreContext } from '../../../nodes/shared/stores';

/** A node as the workflow holds it. */
export function testNode(overrides: Partial<INode> = {}): INode {
	return {
		id: 'node-1',
		name: 'The Node',
		type: 'n8n-nodes-postback.httpDelivery',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		...overrides,
	};
}

export interface LogLine {
	level: 'debug' | 'info' | 'warn' | 'error';
	message: string;
}

/** A logger whose lines can be read. */
export function testLogger(): { logger: Logger; lines: LogLine[] } {
	const lines: LogLine[] = [];
	const log = (level: LogLine['level']) => (message: string) => {
		lines.push({ level, message });
	};
	const logger = {
		debug: log('debug'),
		info: log('info'),
		warn: log('warn'),
		error: log('error'),
	};
	return { logger: logger as Logger, lines };
}

export interface FakeContextOptions {
	node?: Partial<INode>;
	parameters?: INodeParameters;
	/** What n8n's expressions give, by parameter; others are as they stand in the node. */
	evaluated?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	workflowId?: string;
}

/** What contexts of all kinds have: a node, its parameters, its credentials, a log. */
export function fakeContext(options: FakeContextOptions = {}) {
	const { credentials = {}, evaluated = {}, parameters = {} } = options;
	const node = testNode({
		parameters,
		credentials: Object.fromEntries(
			Object.keys(credentials).map((type) => [type, { id: '1', name: `my ${type}` }]),
		),
		...options.node,
	});
	const asked: string[] = [];
	const { logger, lines } = testLogger();
	return {
		/** The parameters that were asked of n8n. */
		asked,
		lines,
		logger,
		getNode: () => node,
		getWorkflow: () => ({ id: options.workflowId ?? 'workflow-1', name: 'test', active: true }),
		getNodeParameter: (name: string, fallback?: unknown): unknown => {
			asked.push(name);
			return evaluated[name] ?? node.parameters[name] ?? fallback;
		},
		getCredentials: async <T extends object = IDataObject>(type: string): Promise<T> => {
			if (!(type in credentials)) throw new Error(`There is no credential ${type}`);
			return credentials[type] as T;
		},
	};
}

/** The embedded store that nodes of this test file use. */
export async function embeddedStore(): Promise<DeliveryStore> {
	const context: StoreContext = fakeContext();
	return (await storeOf(context)).store;
}
