import { buildPackage } from '../../../scripts/build.ts';
import { ensureHost } from '../../../scripts/host/install.ts';

/** Builds the package and installs the pinned n8n, once for all suites. */
export default async function globalSetup(): Promise<void> {
	process.stdout.write('\n');
	buildPackage();
	await ensureHost();
}
