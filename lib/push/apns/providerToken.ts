import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../clock';
import type { ApnsCredential } from './credential';

/** A provider token in use. Times are monotonic milliseconds. */
interface SignedToken {
	text: string;
	signedAt: number;
}

/** What this process knows of one key's tokens. Plain data: n8n may load this package twice. */
export interface ProviderTokenState {
	current?: SignedToken;
	signing?: Promise<SignedToken>;
	/** When a token was last replaced because APNs called it too old. */
	replacedAt?: number;
}

/** APNs refuses a token older than an hour, and another one within 20 minutes of the last. */
const RENEW_AFTER_MS = 50 * 60_000;
const LEAST_AGE_MS = 20 * 60_000;

const STATES = Symbol.for('n8n-nodes-postback.apnsTokens.1');
/** Each edit of a credential begins a new one; the longest unused are dropped. */
const MOST_STATES = 200;

function states(): Map<string, ProviderTokenState> {
	const holder = globalThis as { [STATES]?: Map<string, ProviderTokenState> };
	return (holder[STATES] ??= new Map());
}

/** Executions and copies of this package share a key's tokens, since APNs counts them together. */
function stateOf(credential: ApnsCredential): ProviderTokenState {
	const known = states();
	const key = keyOf(credential);
	const state = known.get(key) ?? {};
	known.delete(key);
	known.set(key, state);
	for (const oldest of known.keys()) {
		if (known.size <= MOST_STATES) break;
		known.delete(oldest);
	}
	return state;
}

/** A hash that tells credentials apart by what they sign with. */
export function keyOf({ key, keyId, teamId }: ApnsCredential): string {
	const text = JSON.stringify([keyId, teamId, key.export({ type: 'pkcs8', format: 'pem' })]);
	return createHash('sha256').update(text).digest('base64');
}

/** Forgets every token; for tests. */
export function forgetProviderTokens(): void {
	states().clear();
}

/**
 * Signs the provider tokens of APNs (RFC 7519, ES256) and keeps them: each is used from 20 to 50
 * minutes, whatever number of notifications goes out meanwhile.
 */
export class ProviderTokens {
	private readonly state: ProviderTokenState;

	constructor(
		private readonly credential: ApnsCredential,
		private readonly clock: Clock,
	) {
		this.state = stateOf(credential);
	}

	/** The token in use; at once when there is one that is young enough. */
	get(): string | Promise<string> {
		const { current } = this.state;
		if (current && this.ageOf(current) < RENEW_AFTER_MS) return current.text;
		return this.sign();
	}

	/**
	 * Gets another token in place of one that APNs calls too old, unless somebody has already.
	 * @returns whether there is another one to send with. A second refusal within 20 minutes is not
	 * about the token's age but about this machine's clock, and more tokens would be refused as too many.
	 */
	async renew(refused: string): Promise<boolean> {
		const { current, signing, replacedAt } = this.state;
		if (signing) return (await signing).text !== refused;
		if (current && current.text !== refused) return true;
		const now = this.clock.monotonic();
		if (replacedAt !== undefined && now - replacedAt < LEAST_AGE_MS) return false;
		this.state.replacedAt = now;
		return (await this.sign()) !== refused;
	}

	private ageOf({ signedAt }: SignedToken): number {
		return this.clock.monotonic() - signedAt;
	}

	private async sign(): Promise<string> {
		this.state.signing ??= this.makeToken().finally(() => (this.state.signing = undefined));
		return (await this.state.signing).text;
	}

	private async makeToken(): Promise<SignedToken> {
		const signedAt = this.clock.monotonic();
		const current = { text: await signProviderToken(this.credential, this.clock.now()), signedAt };
		this.state.current = current;
		return current;
	}
}

/**
 * Signs one provider token (Apple, "Establishing a token-based connection to APNs").
 * @param now epoch milliseconds
 */
export async function signProviderToken(
	{ key, keyId, teamId }: ApnsCredential,
	now: number,
): Promise<string> {
	return await new SignJWT({ iss: teamId, iat: Math.floor(now / 1_000) })
		.setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: keyId })
		.sign(key);
}
