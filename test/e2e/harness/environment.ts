import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/** Lets a suite's afterAll know whether one of its tests failed. */
export default class E2eEnvironment extends TestEnvironment {
	handleTestEvent(event: Circus.Event): void {
		if (event.name === 'test_fn_failure' || event.name === 'hook_failure') {
			(this.global as { suiteFailed?: boolean }).suiteFailed = true;
		}
	}
}
