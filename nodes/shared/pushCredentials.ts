import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import {
	getApnsConnections,
	keyOf,
	PushSetupError,
	readApnsCredential,
	readFcmCredential,
	type ApnsCredential,
	type FcmCredential,
} from '../../lib/push';
import type { ApnsConnections } from '../../lib/push/apns/connections';
import { getDispatcher } from '../../lib/transport/dispatcher';
import { createEgressGuard, type EgressGuard } from '../../lib/transport/egressGuard';
import { HostPatternError } from '../../lib/transport/hostPatterns';
import { proxyFromEnvironment } from '../../lib/transport/proxySettings';
import { listOf } from './lists';
import type { EgressFilters } from './oauth2Credentials';

export const APNS_CREDENTIAL = 'postbackApnsApi';
export const FCM_CREDENTIAL = 'postbackFcmApi';

/** A credential of APNs and the connections to its server. */
export interface ApnsMeans {
	credential: ApnsCredential;
	connections: ApnsConnections;
}

/** A credential of FCM and what its requests go over. */
export interface FcmMeans {
	credential: FcmCredential;
	dispatcher: ReturnType<typeof getDispatcher>;
}

/**
 * Reads an APNs credential.
 * @throws PushSetupError that names the field
 */
export function apnsMeans(data: IDataObject, filters: EgressFilters): ApnsMeans {
	const credential = readApnsCredential(data);
	const proxy = proxyFromEnvironment(process.env);
	const tls = tlsOf(data);
	const connections = getApnsConnections({
		origin: credential.origin,
		key: keyOf(credential),
		guard: guardOf(data, filters),
		clock: systemClock,
		...(proxy ? { proxy } : {}),
		...(tls ? { tls } : {}),
	});
	return { credential, connections };
}

/**
 * Reads an FCM credential.
 * @param connections requests to FCM that may be under way at once
 * @throws PushSetupError that names the field
 */
export function fcmMeans(
	data: IDataObject,
	filters: EgressFilters,
	connections: number,
): FcmMeans {
	const credential = readFcmCredential(data);
	const tls = tlsOf(data);
	const dispatcher = getDispatcher({
		guard: guardOf(data, filters),
		connectionsPerOrigin: connections,
		...(tls ? { tls } : {}),
	});
	return { credential, dispatcher };
}

function guardOf(data: IDataObject, filters: EgressFilters): EgressGuard {
	try {
		return createEgressGuard({ allowedHosts: listOf(data.allowedHosts), ...filters });
	} catch (error) {
		if (!(error instanceof HostPatternError)) throw error;
		throw new PushSetupError([`Allowed Private Hosts cannot be read: ${error.message}`]);
	}
}

function tlsOf(data: IDataObject): { ca: string } | undefined {
	const authorities = String(data.authorities ?? '').trim();
	if (authorities === '') return undefined;
	if (!authorities.includes('-----BEGIN CERTIFICATE-----')) {
		throw new PushSetupError([
			'Certificate Authorities holds no certificate: paste PEM, which begins with -----BEGIN CERTIFICATE-----',
		]);
	}
	return { ca: authorities };
}
