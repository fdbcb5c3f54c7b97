import type { TlsOptions } from '../transport/connector';
import {
	createEgressGuard,
	type EgressGuard,
	type EgressGuardOptions,
} from '../transport/egressGuard';
import { HostPatternError } from '../transport/hostPatterns';
import { PushSetupError } from './setupError';

/** What a credential says of a server in place of the provider's own. */
export interface ServerFields {
	/** Private hosts where it may be. */
	allowedHosts: readonly string[];
	/** PEM, in place of the authorities that Node trusts. */
	authorities?: unknown;
}

/**
 * How a provider's server may be reached.
 * @throws PushSetupError that names the field
 */
export function readServer(
	{ allowedHosts, authorities }: ServerFields,
	filters: Pick<EgressGuardOptions, 'filter' | 'instanceFilter'>,
): { guard: EgressGuard; tls?: TlsOptions } {
	const ca = typeof authorities === 'string' ? authorities.trim() : '';
	if (ca !== '' && !ca.includes('-----BEGIN CERTIFICATE-----')) {
		throw new PushSetupError([
			'Certificate Authorities holds no certificate: paste PEM, which begins with -----BEGIN CERTIFICATE-----',
		]);
	}
	try {
		const guard = createEgressGuard({ allowedHosts, ...filters });
		return { guard, ...(ca === '' ? {} : { tls: { ca } }) };
	} catch (error) {
		if (!(error instanceof HostPatternError)) throw error;
		throw new PushSetupError([`Allowed Private Hosts cannot be read: ${error.message}`]);
	}
}
