import type {
	IDataObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { probeApns, probeFcm, type Probe } from '../../lib/push';
import { apnsMeans, fcmMeans } from './pushCredentials';

/** n8n's own filter is not there in credential tests; our guard is. */
async function tried(
	{ data = {} }: ICredentialsDecrypted,
	probe: (data: IDataObject) => Promise<Probe>,
): Promise<INodeCredentialTestResult> {
	try {
		const { ok, message } = await probe(data as IDataObject);
		return { status: ok ? 'OK' : 'Error', message };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}

/** Signs, and asks APNs where it can be reached. */
export async function testApns(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await tried(credential, async (data) => {
		const means = apnsMeans(data, {});
		return await probeApns(means.credential, means.connections, systemClock);
	});
}

/** Signs, and asks Google and FCM where they can be reached. */
export async function testFcm(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await tried(credential, async (data) => {
		const means = fcmMeans(data, {}, 2);
		return await probeFcm(means.credential, means.dispatcher, systemClock);
	});
}
