import { connectionProblem } from './errors';
import { connected, inspect, type Found } from './prepare';
import { assertSettings, clientConfig, type PostgresSettings } from './settings';

/**
 * Tries whether a store can be used as it is set up. Changes nothing.
 * @throws StoreSetupError that says what is wrong with the host, the password, the database, the rights, the
 * version or TLS
 */
export async function checkPostgres(settings: PostgresSettings): Promise<Found> {
	assertSettings(settings);
	const config = clientConfig(settings, 'n8n-nodes-postback test');
	try {
		return await connected(config, async (connection) => await inspect(connection, settings));
	} catch (error) {
		throw connectionProblem(error, settings);
	}
}
