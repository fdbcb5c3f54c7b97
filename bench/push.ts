import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import tls from 'node:tls';
import type * as Clock from '../lib/clock.ts';
import type * as Identifiers from '../lib/delivery/identifiers.ts';
import type * as Push from '../lib/push/index.ts';
import type * as Guard from '../lib/transport/egressGuard.ts';
import { startApnsReceiver, type ApnsReceiver } from './support/apnsReceiver.ts';
import { measureApnsReceiver } from './support/apnsReceiverAlone.ts';
import type { Comparison } from './support/comparison.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { inRounds, medians, perSecond } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { atEnd } from './support/temporary.ts';

const IN_FLIGHT = 200;
const NOTIFICATIONS = 20_000;
const ROUNDS = 5;

const KEY_ID = 'KEY1234567';
const TEAM_ID = 'TEAM123456';
const BUNDLE_ID = 'com.example.app';
const TITLE = 'Game Request';
const BODY = 'Bob wants to play poker';

/** Sends the nth notification to a device of its own; throws when it is not accepted. */
type SendOne = (nth: number) => Promise<unknown>;

/**
 * Notifications a second to a local server that speaks APNs' protocol, of ours beside `apns2` and
 * `@parse/node-apn`: each makes the notification, signs for it and waits for the answer.
 */
export async function* push(): AsyncIterable<Comparison> {
	// One of the clients knows no other port.
	const receiver = await startApnsReceiver(443);
	tls.setDefaultCACertificates([...tls.getCACertificates('default'), receiver.ca]);
	const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
		.privateKey.export({ type: 'pkcs8', format: 'pem' })
		.toString();
	const alone = await measureApnsReceiver(receiver, {
		inFlight: IN_FLIGHT,
		notifications: 10 * NOTIFICATIONS,
	});
	tell(
		`the receiver alone: ${alone.rate.toFixed(0)} notifications/s, ` +
			`${alone.cpuMicros.toFixed(1)} µs of its processor for each`,
	);
	const costs = { ours: new Costs(), apns2: new Costs(), nodeApn: new Costs() };
	const timed = (one: SendOne, cost: Costs) => async () => await rateOf(one, receiver, cost);
	const figures = await inRounds(
		{
			ours: timed(ours(receiver, key), costs.ours),
			apns2: timed(apns2(key), costs.apns2),
			nodeApn: timed(nodeApn(receiver, key), costs.nodeApn),
		},
		ROUNDS,
		(round) =>
			tell(
				`ours ${round.ours.toFixed(0)}, apns2 ${round.apns2.toFixed(0)}, ` +
					`node-apn ${round.nodeApn.toFixed(0)}`,
			),
	);
	const { ours: mine, ...peers } = medians(figures);
	const { versionOf } = compiledPackage();
	const common = { unit: 'notifications/s', ours: mine, n: NOTIFICATIONS * ROUNDS };
	const more = (cost: Costs) => ({
		cpuMicros: { ours: costs.ours.micros, peer: cost.micros },
		receiverCpuMicros: { ours: costs.ours.receiverMicros, peer: cost.receiverMicros },
		receiverAlone: alone.rate,
	});
	yield {
		case: 'apns2',
		...common,
		more: more(costs.apns2),
		peer: peers.apns2,
		peerName: `apns2 ${versionOf('apns2')}`,
	};
	yield {
		case: 'node-apn',
		...common,
		more: more(costs.nodeApn),
		peer: peers.nodeApn,
		peerName: `@parse/node-apn ${versionOf('@parse/node-apn')}`,
	};
}

/** Processor time for each notification, in microseconds, round by round. */
class Costs {
	private readonly client: number[] = [];
	private readonly receiver: number[] = [];

	/** @param clientMicros of this process, all its threads @param receiverMs of the receiver's */
	add(clientMicros: number, receiverMs: number): void {
		this.client.push(clientMicros / NOTIFICATIONS);
		this.receiver.push((receiverMs * 1_000) / NOTIFICATIONS);
	}

	get micros(): number {
		return median(this.client.slice(1));
	}

	get receiverMicros(): number {
		return median(this.receiver.slice(1));
	}
}

async function rateOf(send: SendOne, receiver: ApnsReceiver, costs: Costs): Promise<number> {
	const before = await receiver.state();
	const used = process.cpuUsage();
	const started = performance.now();
	let next = 0;
	const worker = async () => {
		while (next < NOTIFICATIONS) await send(next++);
	};
	await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
	const rate = perSecond(NOTIFICATIONS, started);
	const { user, system } = process.cpuUsage(used);
	const after = await receiver.state();
	costs.add(user + system, after.cpuMs - before.cpuMs);
	const arrived = after.requests - before.requests;
	if (arrived !== NOTIFICATIONS) {
		throw new Error(`${arrived} of ${NOTIFICATIONS} notifications arrived`);
	}
	return rate;
}

const tokenOf = (nth: number) => nth.toString(16).padStart(64, 'a');

/** As the node does it: a delivery is made for each device, and attempted by the channel. */
function ours({ origin, ca }: ApnsReceiver, privateKey: string): SendOne {
	const { load } = compiledPackage();
	const lib = load<typeof Push>('lib/push/index');
	const { systemClock } = load<typeof Clock>('lib/clock');
	const { createEgressGuard } = load<typeof Guard>('lib/transport/egressGuard');
	const { newDeliveryId } = load<typeof Identifiers>('lib/delivery/identifiers');
	const credential = lib.readApnsCredential({
		privateKey,
		keyId: KEY_ID,
		teamId: TEAM_ID,
		bundleId: BUNDLE_ID,
		server: origin,
	});
	const configuration = lib.checkConfiguration({ id: 'bench', name: 'Bench', apns: credential });
	const connections = lib.getApnsConnections({
		origin,
		key: 'bench',
		clock: systemClock,
		guard: createEgressGuard({ allowedHosts: ['localhost', '127.0.0.1'] }),
		tls: { ca },
	});
	atEnd(() => lib.closeApnsConnections());
	const channel = lib.createApnsChannel({
		credential,
		connections,
		clock: systemClock,
		keeper: lib.noTokenKeeper,
		defaultTimeoutMs: 10_000,
	});
	const message = { title: TITLE, body: BODY };
	const { signal } = new AbortController();
	return async (nth) => {
		const token = tokenOf(nth);
		const to = {
			id: token,
			appId: BUNDLE_ID,
			platform: 'apns' as const,
			token,
			isRegistered: true,
		};
		const context = { configuration, messageId: 'bench', now: Date.now() };
		const delivery = lib.pushDelivery(newDeliveryId(), message, to, context);
		const { verdict, error } = await channel.attempt(delivery, signal);
		if (verdict !== 'delivered') throw new Error(error?.message);
	};
}

const require = createRequire(import.meta.url);

function apns2(signingKey: string): SendOne {
	const { ApnsClient, Notification } = require('apns2') as typeof import('apns2');
	const client = new ApnsClient({
		team: TEAM_ID,
		keyId: KEY_ID,
		signingKey,
		defaultTopic: BUNDLE_ID,
		host: 'localhost',
	});
	atEnd(async () => await client.destroy());
	const alert = { title: TITLE, body: BODY };
	return async (nth) => await client.send(new Notification(tokenOf(nth), { alert }));
}

function nodeApn({ ca }: ApnsReceiver, key: string): SendOne {
	const { Notification, Provider } = require('@parse/node-apn') as typeof import('@parse/node-apn');
	const provider = new Provider({
		token: { key, keyId: KEY_ID, teamId: TEAM_ID },
		production: true,
		address: 'localhost',
		ca,
	} as never);
	atEnd(() => void provider.shutdown());
	return async (nth) => {
		const notification = new Notification();
		notification.topic = BUNDLE_ID;
		notification.pushType = 'alert';
		notification.alert = { title: TITLE, body: BODY };
		const { failed } = await provider.send(notification, tokenOf(nth));
		if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
	};
}
