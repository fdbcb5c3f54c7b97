import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { isQueueMode } from '../../lib/store/location';
import { checkPostgres } from '../../lib/store/postgres/check';
import { postgresOf, type StoreCredential } from './storeCredential';
import { embeddedStoreWarning } from './storePlace';

/** Whether the store can be used as the credential says; what is wrong comes in words. */
export async function testDeliveryStore(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		return { status: 'OK', message: await tryStore(data as StoreCredential) };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}

async function tryStore(credential: StoreCredential): Promise<string> {
	if (Number(credential.maxSizeMb ?? 0) < 0) {
		throw new Error('Maximum Size (MB) cannot be negative');
	}
	const settings = postgresOf(credential);
	if (!settings) {
		if (isQueueMode({ env: process.env, argv: process.argv, cwd: process.cwd() })) {
			throw new Error(
				'n8n runs in queue mode, where several processes would share one file: choose PostgreSQL',
			);
		}
		// n8n shows what a test says only when it fails.
		const warning = embeddedStoreWarning();
		if (warning !== undefined) throw new Error(warning);
		return "The embedded store is used: a file in n8n's user folder";
	}
	const { version, hasTables } = await checkPostgres(settings);
	const tables = hasTables
		? `the tables are in the schema "${settings.schema}"`
		: `the tables will be made in the schema "${settings.schema}" on first use`;
	return `PostgreSQL ${version} can be used; ${tables}`;
}
