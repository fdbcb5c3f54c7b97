import { closeDispatchers } from '../../../lib/transport/dispatcher';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { oncePerProcess } from '../../../nodes/shared/processScope';
import { testFolder } from '../../support/stores';

// Imported before n8n-core, which reads these when it is loaded.
const folder = testFolder();
process.env.N8N_USER_FOLDER = folder.path;
process.env.N8N_ENCRYPTION_KEY = 'only-for-tests';
process.env.N8N_LOG_LEVEL = 'silent';
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'EXECUTIONS_MODE']) {
	delete process.env[name];
	delete process.env[name.toLowerCase()];
}

/** n8n's user folder in this test file. */
export const userFolder = folder.path;

/** Closes the stores that nodes have opened; the next one to ask opens them anew. */
export async function closeStores(): Promise<void> {
	const stores = oncePerProcess(
		'stores',
		() => new Map<string, { opening: Promise<DeliveryStore> }>(),
	);
	for (const { opening } of stores.values()) await (await opening).close();
	stores.clear();
}

/** Sets environment variables for one test; undefined takes one away. */
export function withEnvironment(variables: Record<string, string | undefined>): void {
	const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
	const set = (name: string, value: string | undefined) => {
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	};
	beforeAll(() => Object.entries(variables).forEach(([name, value]) => set(name, value)));
	afterAll(() => before.forEach(([name, value]) => set(name, value)));
}

afterAll(async () => {
	await closeStores();
	await closeDispatchers();
	folder.remove();
});
