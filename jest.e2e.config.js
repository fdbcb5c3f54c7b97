/** Tests in a real n8n: one at a time, since each has a whole n8n for itself. */
const base = require('./jest.config.js');

module.exports = {
	...base,
	roots: ['<rootDir>/test/e2e'],
	testPathIgnorePatterns: ['/node_modules/'],
	testEnvironment: '<rootDir>/test/e2e/harness/environment.ts',
	globalSetup: '<rootDir>/test/e2e/harness/globalSetup.ts',
	globalTeardown: undefined,
	maxWorkers: 1,
	testTimeout: 180_000,
	slowTestThreshold: 60,
	verbose: true,
};
