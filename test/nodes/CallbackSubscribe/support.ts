import '../harness/environment';
import type { IDataObject, INode } from 'n8n-workflow';
import { credentialsFor } from '../CallbackTrigger/support';
import { runWorkflow, type WorkflowRun, type WorkflowRunOptions } from '../harness/workflow';
import { PROPERTY, type ReactorDouble } from '../../support/reactorDouble';

export const locator = (value: string) => ({ __rl: true, mode: 'id', value });

export interface RunOptions {
	/** Whose service is asked; not needed for the store. */
	double?: ReactorDouble;
	items?: IDataObject[];
	mode?: WorkflowRunOptions['mode'];
	node?: Partial<INode>;
}

/** Runs the node in n8n's engine. */
export async function run(parameters: IDataObject, options: RunOptions = {}): Promise<WorkflowRun> {
	const credentials = options.double ? credentialsFor(options.double) : {};
	const references = Object.fromEntries(
		Object.keys(credentials).map((type) => [type, { id: '1', name: `my ${type}` }]),
	);
	return await runWorkflow({
		nodes: [
			{
				name: 'Subscribe',
				type: 'n8n-nodes-postback.callbackSubscribe',
				parameters: {
					source: options.double ? 'adobe' : 'store',
					propertyId: locator(PROPERTY),
					...parameters,
				} as INode['parameters'],
				credentials: references,
				...options.node,
			},
		],
		wires: [],
		start: 'Subscribe',
		items: options.items ?? [{}],
		credentials,
		...(options.mode ? { mode: options.mode } : {}),
	});
}

/** The items' `json` of a run that went well. */
export async function give(parameters: IDataObject, options: RunOptions = {}) {
	const result = await run(parameters, options);
	if (result.error) throw new Error(result.error.message);
	return result.outputs('Subscribe')[0].map(({ json }) => json);
}

/** The message with which a run ends. */
export async function failure(parameters: IDataObject, options: RunOptions = {}): Promise<string> {
	const { error } = await run(parameters, options);
	if (!error) throw new Error('It did not fail');
	return error.message;
}
