import { createHash, timingSafeEqual } from 'node:crypto';
import { isResourceId } from '../jsonApi';

/** A token as an operator sets it up. */
export interface ApiToken {
	/** Says in changes who made them. */
	name: string;
	/** The token, or `sha256:` and the hexadecimal digest of it. */
	token: string;
	/** The properties that it may see and change. */
	properties: readonly string[] | 'all';
}

/** What the holder of a token may do. */
export interface Access {
	name: string;
	/** undefined: all of them. */
	properties?: ReadonlySet<string>;
}

/** A token that cannot be used; names it and says what is wrong. */
export class TokenError extends Error {
	override readonly name = 'TokenError';

	constructor(token: string, problem: string) {
		super(`The token "${token}" ${problem}`);
	}
}

const SHORTEST_TOKEN = 16;

/** Tells who asks. Holds only digests of the tokens. */
export class TokenGuard {
	private readonly tokens: { digest: Buffer; access: Access }[];

	/** @throws TokenError */
	constructor(tokens: readonly ApiToken[]) {
		const seen = new Set<string>();
		this.tokens = tokens.map((token) => {
			const digest = digestOf(token);
			if (seen.has(digest.toString('hex'))) {
				throw new TokenError(token.name, 'is the same as another one');
			}
			seen.add(digest.toString('hex'));
			return { digest, access: accessOf(token) };
		});
	}

	/**
	 * What the token of an Authorization header may do; undefined when it is none of ours. Looks at all of
	 * them, so that the time it takes tells nothing.
	 */
	find(authorization: string | undefined): Access | undefined {
		const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
		const digest = sha256(given ?? '');
		let found: Access | undefined;
		for (const one of this.tokens) {
			if (timingSafeEqual(digest, one.digest)) found = one.access;
		}
		return given === undefined ? undefined : found;
	}
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

function digestOf({ name, token }: ApiToken): Buffer {
	const hashed = /^sha256:([0-9a-f]{64})$/i.exec(token.trim())?.[1];
	if (hashed) return Buffer.from(hashed, 'hex');
	if (token.trim() !== token || /\s/.test(token)) throw new TokenError(name, 'holds spaces');
	if (token.length < SHORTEST_TOKEN) {
		throw new TokenError(name, `is too short: it needs ${SHORTEST_TOKEN} characters or more`);
	}
	return sha256(token);
}

function accessOf({ name, properties }: ApiToken): Access {
	if (properties === 'all') return { name };
	if (properties.length === 0) throw new TokenError(name, 'is bound to no property');
	const wrong = properties.find((id) => !isResourceId(id, 'PR'));
	if (wrong !== undefined) {
		throw new TokenError(
			name,
			`is bound to "${wrong}", which is no property: write "PR" and 32 hexadecimal digits`,
		);
	}
	return { name, properties: new Set(properties) };
}
