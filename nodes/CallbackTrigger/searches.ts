import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { searchPropertiesOf } from '../CallbackSubscribe/searches';

/** The properties whose name holds the filter. */
export async function searchProperties(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await searchPropertiesOf(this, 'service', filter);
}
