import { dirname } from 'node:path';
import { embeddedStorePath } from '../../lib/store/location';
import { lossOf, readMountInfo, realFolder } from '../../lib/store/volume';

/** What becomes of the embedded store, by what it goes with. */
const LOST = {
	container: 'inside the container and is lost when the container is replaced, as by an update',
	memory: 'in memory and is lost when the machine or the container is started anew',
};

const MEND =
	"Mount a volume at n8n's user folder (in n8n's image /home/node/.n8n), or choose PostgreSQL in a Delivery Store credential.";

/**
 * What is wrong with the folder of the embedded store, with its mend; undefined when nothing is.
 * @param mountInfo the system's, unless given
 */
export function embeddedStoreWarning(mountInfo = readMountInfo()): string | undefined {
	const folder = dirname(
		embeddedStorePath({ env: process.env, argv: process.argv, cwd: process.cwd() }),
	);
	const loss = lossOf(realFolder(folder), mountInfo);
	return loss && `The embedded delivery store (${folder}) lies ${LOST[loss]}. ${MEND}`;
}
