import type { IncomingHttpHeaders } from 'node:http';
import {
	DefinitionError,
	HitError,
	parseHits,
	type Hit,
	type ParsedHits,
} from '../../lib/postbacks';
import { takeHits } from '../../lib/postbacks/intake';
import { takeEvents, withoutDeliveries } from '../../lib/postbacks/takeEvents';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { StoreFullError, StoreSetupError } from '../../lib/store/errors';
import { assertAllowedAddress } from '../shared/allowList';
import {
	IntakeError,
	LATER,
	type IntakeAnswer,
	type IntakeRequest,
} from '../../lib/transport/intake';
import { assertAuthentic, type IntakeAuthentication } from '../shared/intakeAuthentication';
import type { Matching } from './engines';

/** How hits are read and who may send them. */
export interface HitReading {
	/** The field "IP Allow List". */
	allowedAddresses: string;
	maxBodyBytes: number;
	maxHits: number;
	/** Asked for when the body is there. */
	authentication: () => Promise<IntakeAuthentication>;
	/** May throw a DefinitionError. */
	matching: () => Matching;
}

/** How a trigger takes hits in. What costs something is a function, asked for when it is needed. */
export interface HitIntake extends HitReading {
	store: () => Promise<{ store: DeliveryStore; maxBytes?: number }>;
	/** The trigger's workflow and node. */
	scope: string;
	consumer: string;
	workflowId?: string;
	deduplication: {
		/** A key of the hit, a header, or none. */
		by: 'hitKey' | 'header' | 'none';
		hitKey: string;
		ms: number;
	};
	log: (level: 'warn' | 'error', message: string) => void;
}

/**
 * Takes a request's hits in: checks who sends, reads them, matches and stores. 202 means that everything that
 * matched is on disk. Never throws; what cannot be taken in is an answer.
 */
export async function answerHits(request: IntakeRequest, intake: HitIntake): Promise<IntakeAnswer> {
	try {
		return await take(request, intake);
	} catch (error) {
		return problemAnswer(error, intake.log);
	}
}

async function take(request: IntakeRequest, intake: HitIntake): Promise<IntakeAnswer> {
	const { hits, rejected, matching, isSigned } = await readHits(request, intake);
	const { scope, consumer, workflowId, deduplication } = intake;
	const { store, maxBytes } = await intake.store();
	const options = {
		store,
		scope,
		consumer,
		maxBytes,
		eventKeyOf: eventKeys(request.headers, deduplication, isSigned),
		deduplicationMs: deduplication.ms,
		workflowId,
		now: Date.now,
	};
	const report = matching.filter
		? await takeEvents(hits, { ...options, filter: matching.filter })
		: await takeHits(hits, { ...options, engine: matching.engine, random: Math.random });
	const { hits: accepted, ...rest } = report;
	return { status: 202, body: { accepted, rejected, ...rest } };
}

/**
 * Reads a request's hits, after looking who sends them.
 * @throws IntakeError, HitError for what is not taken, DefinitionError when the trigger is set up wrongly
 */
export async function readHits(
	request: IntakeRequest,
	reading: HitReading,
): Promise<ParsedHits & { matching: Matching; isSigned: boolean }> {
	const { maxBodyBytes, maxHits } = reading;
	assertAllowedAddress(reading.allowedAddresses, request.remoteAddress);
	const body = await readBody(request, maxBodyBytes);
	const { method, query } = request;
	const authentication = await reading.authentication();
	const isSigned = authentication.kind === 'signature';
	if (isSigned && (method === 'GET' || method === 'HEAD')) {
		throw new IntakeError(401, 'A signature covers the body, and not the query: send hits by POST');
	}
	assertAuthentic(authentication, request.headers, body);
	const contentType = request.headers['content-type'];
	const parsed = parseHits({ method, contentType, query, body }, { maxBodyBytes, maxHits });
	const matching = reading.matching();
	return { ...(matching.filter ? withoutDeliveries(parsed) : parsed), matching, isSigned };
}

async function readBody(request: IntakeRequest, limitBytes: number): Promise<Buffer> {
	if (request.method === 'GET') {
		const announced = Number(request.headers['content-length'] ?? 0);
		return announced > limitBytes ? await request.readBody(limitBytes) : Buffer.alloc(0);
	}
	return await request.readBody(limitBytes);
}

/**
 * How hits are named, so that one counts once; undefined when the operator does not want it. A signed
 * message counts once whatever the operator wants: whoever saw it could send it again otherwise, as long as
 * its timestamp is good. So of a signed one only the signed name counts.
 */
function eventKeys(
	headers: IncomingHttpHeaders,
	{ by, hitKey }: HitIntake['deduplication'],
	isSigned: boolean,
): ((hit: Hit, index: number) => string | undefined) | undefined {
	const unsigned = isSigned ? undefined : headers['idempotency-key'];
	const name = unsigned ?? headers['webhook-id'];
	const byName = (_hit: Hit, index: number) =>
		name === undefined ? undefined : `${String(name)}#${index}`;
	switch (by) {
		case 'header':
			return byName;
		case 'hitKey':
			return (hit, index) => {
				const value = hit.get(hitKey);
				if (value !== undefined && value !== null && value !== '') return String(value);
				return isSigned ? byName(hit, index) : undefined;
			};
		default:
			return isSigned ? byName : undefined;
	}
}

/** The answer to a request that could not be taken in. */
export function problemAnswer(error: unknown, log: HitIntake['log']): IntakeAnswer {
	if (error instanceof HitError) {
		const index = error.index === undefined ? {} : { index: error.index };
		return { status: error.status, body: { error: error.message, ...index } };
	}
	if (error instanceof IntakeError) return refusal(error);
	if (error instanceof StoreFullError || error instanceof StoreSetupError) {
		log('warn', error.message);
		return later('Hits cannot be stored now; send them again later');
	}
	log('error', error instanceof Error ? error.message : String(error));
	return later(
		error instanceof DefinitionError
			? 'This trigger is set up wrongly'
			: 'Hits cannot be taken in now; send them again later',
	);
}

const later = (error: string): IntakeAnswer => ({ status: 503, body: { error }, headers: LATER });

function refusal({ status, message }: IntakeError): IntakeAnswer {
	const mend =
		status === 413 ? '. Send fewer hits at once, or raise Options › Largest Request.' : '';
	const headers = status === 401 ? { headers: { 'www-authenticate': 'Bearer' } } : {};
	return { status, body: { error: message + mend }, ...headers };
}
