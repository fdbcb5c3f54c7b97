import type { Delivery, DeliveryRequest } from '../delivery/delivery';
import type { ChannelConfiguration } from './configuration';
import type { Device } from './devices/device';
import { apnsPayload } from './message/apnsPayload';
import { fcmPayload } from './message/fcmPayload';
import type { PushMessage } from './message/message';
import { trackingData } from './message/tracking';
import { subjectOf } from './subject';

/** A device that a message goes to; without a registration only what sending needs is known. */
export type Addressee = Pick<Device, 'id' | 'appId' | 'platform' | 'token'> &
	Partial<Pick<Device, 'identity' | 'profileKey'>> & { isRegistered: boolean };

export interface DeliveryContext {
	configuration: ChannelConfiguration;
	/** Of the message, over all that it is sent to. */
	messageId: string;
	/** Epoch milliseconds. */
	now: number;
}

/**
 * The delivery of a message to one device.
 * @param id the delivery's
 * @throws MessageError when the message cannot be made for the device's platform
 */
export function pushDelivery(
	id: string,
	message: PushMessage,
	to: Addressee,
	{ configuration, messageId, now }: DeliveryContext,
): Delivery {
	const ttl = message.timeToLiveSeconds;
	return {
		id,
		kind: 'push',
		name: configuration.name,
		source: { type: 'channelConfiguration', id: configuration.id },
		subject: subjectOf(to.id, to.isRegistered),
		eventId: messageId,
		// APNs tries a notification that it may not keep once; so do we, but for the time that it takes.
		...(ttl === undefined ? {} : { expiresAt: isoIn(now, Math.max(ttl, LEAST_LIFE_SECONDS)) }),
		request: requestTo(to, message, id, { configuration, messageId, now }),
		attempt: 0,
		status: 'pending',
	};
}

/** Time enough for the first attempt. */
const LEAST_LIFE_SECONDS = 30;

const isoIn = (now: number, seconds: number) => new Date(now + seconds * 1_000).toISOString();

function requestTo(
	{ platform, token }: Addressee,
	message: PushMessage,
	id: string,
	{ configuration, messageId, now }: DeliveryContext,
): DeliveryRequest {
	const { ios, android, tracking: settings } = configuration;
	const tracking = settings && { tracking: trackingData(settings, id, messageId) };
	if (platform === 'fcm') {
		if (!android) throw new Error('no FCM credential');
		const { origin, projectId } = android.credential;
		return {
			method: 'POST',
			url: `${origin}/v1/projects/${projectId}/messages:send`,
			headers: { 'content-type': 'application/json;charset=utf-8' },
			body: fcmPayload(message, { token, ...tracking }),
		};
	}
	if (!ios) throw new Error('no APNs credential');
	const { body, headers } = apnsPayload(message, {
		topic: ios.credential.bundleId,
		apnsId: apnsIdOf(id),
		now,
		...tracking,
	});
	return {
		method: 'POST',
		url: `${ios.credential.origin}/3/device/${encodeURIComponent(token)}`,
		headers,
		body,
	};
}

/** The id of a delivery is a UUID without its dashes, and so is the same over all attempts. */
export function apnsIdOf(deliveryId: string): string {
	const hex = deliveryId.startsWith('msg_') ? deliveryId.slice(4) : deliveryId;
	const part = (from: number, to: number) => hex.slice(from, to);
	return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
}

/**
 * The line in which a delivery stands: of one collapse key on one device the newest is enough.
 * @returns undefined where nothing is collapsed
 */
export function orderOf(
	{ source, subject }: Pick<Delivery, 'source' | 'subject'>,
	collapseKey: string | undefined,
): { key: string; supersede: boolean } | undefined {
	if (!collapseKey) return undefined;
	return { key: `push\n${source?.id}\n${subject}\n${collapseKey}`, supersede: true };
}
