import { devDependencies } from '../../package.json';

test('npm scripts run on the pinned Node.js', () => {
	expect(process.versions.node).toBe(devDependencies.node);
});
