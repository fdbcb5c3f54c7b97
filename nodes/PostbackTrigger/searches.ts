import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { catalogFromSample, CATALOG_KEYS, CATALOG_VARIABLES } from '../../lib/postbacks';

/** The keys of the pasted sample hit, then the known ones. */
export async function searchKeys(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const sample = this.getCurrentNodeParameter('sampleHit');
	const own = sample ? safely(() => catalogFromSample(sample)) : [];
	const wanted = filter?.toLowerCase() ?? '';
	const results = [
		...own,
		...CATALOG_KEYS.filter((known) => !own.some((one) => one.key === known.key)),
	]
		.map(({ key, name }) => ({ name: name === key ? key : `${name} (${key})`, value: key }))
		.filter(({ name }) => name.toLowerCase().includes(wanted));
	return { results };
}

/** Everything that can stand in a URL: the template's variables, then the keys of hits. */
export async function searchVariables(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const wanted = filter?.toLowerCase() ?? '';
	const { results } = await searchKeys.call(this);
	const keys = results.map(({ name, value }) => ({ name, value: `{${String(value)}}` }));
	const variables = CATALOG_VARIABLES.map(({ name, token }) => ({ name, value: token }));
	return {
		results: [...keys, ...variables].filter(({ name }) => name.toLowerCase().includes(wanted)),
	};
}

/** A sample that cannot be read has no keys to offer; the field itself says what is wrong with it. */
function safely<T>(read: () => T[]): T[] {
	try {
		return read();
	} catch {
		return [];
	}
}
