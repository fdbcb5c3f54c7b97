import {
	NodeOperationError,
	type IDataObject,
	type INode,
	type ITriggerFunctions,
} from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import type { ListenerRoute } from '../../lib/transport/httpListener';
import { Listeners } from '../../lib/transport/listeners';
import { numberOption } from './parameters';
import { oncePerProcess } from './processScope';

export interface OwnPort {
	port: number;
	host?: string;
}

/**
 * Reads {@link ownPortOptions}; undefined when no port is wanted.
 * @throws NodeOperationError that names the field
 */
export function readOwnPort(node: INode, options: IDataObject): OwnPort | undefined {
	const port = numberOption(node, options, ['ownPort', 'Own Port'], 0);
	if (port === 0) return undefined;
	if (!Number.isInteger(port) || port < 1 || port > 65535) {
		throw new NodeOperationError(node, `Options › Own Port: ${port} is no port`, {
			description: 'Give a number from 1 to 65535, or 0 for none.',
		});
	}
	const host = String(options.ownPortAddress ?? '').trim();
	return { port, ...(host === '' ? {} : { host }) };
}

const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 15_000;

const listeners = () => oncePerProcess('listeners', () => new Listeners());

/**
 * Serves a route at a port of its own until the trigger is deactivated. Whoever publishes gets an error when
 * the port cannot be had; at n8n's start it is waited for, since a trigger that throws then is switched off for
 * good. Gives what ends it: nothing new is taken, and what is under way is answered.
 */
export async function listenWhileActive(
	context: ITriggerFunctions,
	{ port, host }: OwnPort,
	route: ListenerRoute,
): Promise<() => Promise<void>> {
	const options = { port, proxyHops: proxyHops(), ...(host === undefined ? {} : { host }) };
	const open = async () => await listeners().serve(options, route);
	const node = context.getNode();
	if (['activate', 'update'].includes(context.getActivationMode())) {
		try {
			return await open();
		} catch (error) {
			throw new NodeOperationError(node, `Options › Own Port: ${messageOf(error)}`);
		}
	}
	const stopped = new AbortController();
	const opening = keepOpening(open, stopped.signal, (problem, waitMs) =>
		context.logger.warn(
			`${node.name}: Options › Own Port: ${problem}. Trying again in ${waitMs / 1000} s.`,
		),
	);
	return async () => {
		stopped.abort();
		const close = await opening;
		await close?.();
	};
}

async function keepOpening(
	open: () => Promise<() => Promise<void>>,
	stop: AbortSignal,
	onProblem: (problem: string, waitMs: number) => void,
): Promise<(() => Promise<void>) | undefined> {
	let waitMs = RETRY_MS;
	while (!stop.aborted) {
		try {
			return await open();
		} catch (error) {
			onProblem(messageOf(error), waitMs);
			await systemClock.sleep(waitMs, stop);
			waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2);
		}
	}
	return undefined;
}

/** As n8n's own server counts the proxies in front of it. */
function proxyHops(): number {
	const hops = Number(process.env.N8N_PROXY_HOPS ?? 0);
	return Number.isInteger(hops) && hops > 0 ? hops : 0;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
