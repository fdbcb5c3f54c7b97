import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IDataObject,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { TokenError, TokenGuard, type ApiToken } from '../../lib/callbacks/api/tokens';
import { isResourceId } from '../../lib/callbacks/jsonApi';
import { listOf } from '../shared/lists';
import { propertyIdOf } from './settings';

export const TOKENS_CREDENTIAL = 'postbackCallbackTokensApi';

/**
 * The tokens of a credential.
 * @param declared names of the node's properties by ids, by either of which a token is bound; undefined
 * where no node is known: then a name stands for the property that has its ID from it
 * @throws TokenError
 */
export function tokensOf(data: IDataObject, declared?: ReadonlyMap<string, string>): ApiToken[] {
	const ids = new Map([...(declared ?? [])].map(([id, name]) => [name, id]));
	const idOf = (entry: string, token: string): string => {
		if (isResourceId(entry, 'PR')) return entry;
		const id = declared ? ids.get(entry) : propertyIdOf(entry);
		if (id !== undefined) return id;
		throw new TokenError(token, `is bound to "${entry}", and no property has this name or ID`);
	};
	const { token: entries = [] } = (data.holders ?? {}) as { token?: IDataObject[] };
	return entries.map((entry, at) => {
		const name = String(entry.name ?? '').trim() || `token ${at + 1}`;
		const token = String(entry.token ?? '');
		if (entry.access !== 'some') return { name, token, properties: 'all' };
		return { name, token, properties: listOf(entry.properties).map((one) => idOf(one, name)) };
	});
}

/** Tests a credential: nobody is asked, but it may be that its values cannot be used. */
export async function testCallbackTokens(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		const tokens = tokensOf(data);
		if (tokens.length === 0) throw new Error('There is no token: add one');
		new TokenGuard(tokens);
		return { status: 'OK', message: tokens.length === 1 ? 'One token' : `${tokens.length} tokens` };
	} catch (error) {
		return { status: 'Error', message: (error as Error).message };
	}
}
