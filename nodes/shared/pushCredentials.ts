import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import {
	getApnsConnections,
	keyOf,
	readServer,
	readApnsCredential,
	readFcmCredential,
	type ApnsCredential,
	type FcmCredential,
} from '../../lib/push';
import type { ApnsConnections } from '../../lib/push/apns/connections';
import { getDispatcher } from '../../lib/transport/dispatcher';
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
	const connections = getApnsConnections({
		origin: credential.origin,
		key: keyOf(credential),
		clock: systemClock,
		...serverOf(data, filters),
		...(proxy ? { proxy } : {}),
	});
	return { credential, connections };
}

/**
 * Reads an FCM credential.
 * @param connections requests to FCM that may be under way at once
 * @throws PushSetupError that names the field
 */
export function fcmMeans(data: IDataObject, filters: EgressFilters, connections: number): FcmMeans {
	const { serviceAccountPrivateKey: serviceAccount, ...fields } = data;
	const credential = readFcmCredential({ ...fields, serviceAccount });
	const dispatcher = getDispatcher({
		connectionsPerOrigin: connections,
		...serverOf(data, filters),
	});
	return { credential, dispatcher };
}

const serverOf = ({ allowedHosts, authorities }: IDataObject, filters: EgressFilters) =>
	readServer({ allowedHosts: listOf(allowedHosts), authorities }, filters);
