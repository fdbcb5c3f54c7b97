import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lossOf, readMountInfo, realFolder } from '../../../lib/store/volume';

/** As Docker shows it: the container's own layer, a volume in it, and what the kernel mounts. */
const DOCKER = [
	'684 515 0:60 / / rw,relatime master:240 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X',
	'685 684 0:63 / /proc rw,nosuid - proc proc rw',
	'686 684 0:64 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k',
	'694 684 8:1 /var/lib/docker/volumes/n8n/_data /home/node/.n8n rw,relatime master:1 - ext4 /dev/sda1 rw',
	'695 684 8:1 /srv/my\\040files /srv/my\\040files rw - xfs /dev/sdb1 rw',
	'696 684 0:70 / /scratch rw - tmpfs none rw',
].join('\n');

test.each([
	['of the container itself', '/home/node/other/.n8n', 'container'],
	['whose name only begins like the volume', '/home/node/.n8n-other', 'container'],
	['in memory', '/scratch/.n8n', 'memory'],
])('a folder %s is lost', (_what, folder, loss) => {
	expect(lossOf(folder, DOCKER)).toBe(loss);
});

test.each([
	['that is a volume', '/home/node/.n8n'],
	['in a volume', '/home/node/.n8n/postback'],
	['in a volume with a space in its path', '/srv/my files/n8n'],
])('a folder %s stays', (_what, folder) => {
	expect(lossOf(folder, DOCKER)).toBeUndefined();
});

test('of two mounts at one point the later counts', () => {
	const again = `${DOCKER}\n700 684 0:71 / /home/node/.n8n rw - tmpfs none rw`;
	expect(lossOf('/home/node/.n8n/postback', again)).toBe('memory');
});

test('a machine whose root is a disk loses nothing, and one that says nothing is believed', () => {
	expect(lossOf('/root/.n8n', '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw')).toBeUndefined();
	expect(lossOf('/root/.n8n', '')).toBeUndefined();
	expect(lossOf('/root/.n8n', 'nonsense\n\n1 2 3')).toBeUndefined();
});

test('the system is asked, where it tells', () => {
	const told = readMountInfo();
	expect(told === '' || / - \w+ /.test(told)).toBe(true);
});

test('a folder that is not made yet is where its nearest ancestor is, behind links', () => {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postback-volume-')));
	try {
		const link = join(folder, 'link');
		symlinkSync(folder, link);
		expect(realFolder(join(link, 'not', 'there'))).toBe(folder);
		expect(realFolder(link)).toBe(folder);
		expect(realFolder('/')).toBe('/');
	} finally {
		rmSync(folder, { recursive: true });
	}
});
