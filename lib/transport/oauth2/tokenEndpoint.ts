import { AuthenticationError } from '../authentication';
import { createEgressGuard, type EgressGuard, type EgressGuardOptions } from '../egressGuard';
import { HostPatternError } from '../hostPatterns';

/**
 * The guard of a token endpoint, with the private hosts that the credential opens.
 * @throws AuthenticationError when an entry of the list cannot be read.
 */
export function tokenEndpointGuard(options: EgressGuardOptions): EgressGuard {
	try {
		return createEgressGuard(options);
	} catch (error) {
		if (!(error instanceof HostPatternError)) throw error;
		throw new AuthenticationError(`Allowed Private Hosts cannot be read: ${error.message}`, 'dead');
	}
}
