import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { asNodeError } from './errors';
import { openOptions, openSource, type SourceChoice } from './openSource';
import type { CallbackSource } from './sources';

/** Opens what the node's fields say now. @param field the one that says whose callbacks */
async function opened(context: ILoadOptionsFunctions, field: string): Promise<CallbackSource> {
	const choice = context.getCurrentNodeParameter(field) as SourceChoice;
	const options = (context.getCurrentNodeParameter('options') ?? {}) as IDataObject;
	return await openSource(context as never, choice, {
		...openOptions(options),
		warn: () => undefined,
	});
}

/** The properties whose name holds a text, where a node's field says. */
export async function searchPropertiesOf(
	context: ILoadOptionsFunctions,
	field: string,
	filter: string,
): Promise<INodeListSearchResult> {
	try {
		const found = await (await opened(context, field)).properties(filter);
		return { results: found.map(({ id, name }) => ({ name, value: id })) };
	} catch (error) {
		throw asNodeError(context.getNode(), error);
	}
}

/** The properties whose name holds the filter. */
export async function searchProperties(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await searchPropertiesOf(this, 'source', filter);
}

/** The callbacks of the property that is picked, by their URLs. */
export async function searchCallbacks(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	try {
		const property = this.getCurrentNodeParameter('propertyId', { extractValue: true });
		if (!property) throw new Error('Pick a property first, or choose "By ID"');
		const found = await (await opened(this, 'source')).list(String(property), {}, {});
		const wanted = filter.toLowerCase();
		const results = found
			.map(({ id, attributes }) => ({
				name: `${attributes.url} (${attributes.subscriptions.join(', ')})`,
				value: id,
			}))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted));
		return { results };
	} catch (error) {
		throw asNodeError(this.getNode(), error);
	}
}
