import { execFileSync } from 'node:child_process';
import { rootDir } from './paths.ts';

/** Builds the package into dist/, as `npm run build` does; what that prints is shown. */
export function buildPackage(): void {
	console.log('Building the package');
	execFileSync('npm', ['run', '--silent', 'build'], { cwd: rootDir, stdio: 'inherit' });
}
