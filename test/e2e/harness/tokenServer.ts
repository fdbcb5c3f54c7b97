import {
	answers,
	type Answer,
	type ReceivedRequest,
	type Receiver,
} from '../../../scripts/receiver.ts';

/** What a client has to show at the token endpoint. */
export interface TokenClient {
	id: string;
	secret: string;
	/** Where it shows them. */
	by: 'basic' | 'body';
	/** For the password grant. */
	user?: { name: string; password: string };
}

/**
 * An OAuth2 token endpoint (RFC 6749) at a path of a receiver: counts its tokens, and forgets the one
 * that it gave when it is told to.
 */
export class TokenServer {
	issued = 0;
	private current: string | undefined;

	constructor(
		private readonly receiver: Receiver,
		readonly path: string,
		private readonly client: TokenClient,
	) {
		receiver.on(path, (request) => this.answer(request));
	}

	get url(): string {
		return this.receiver.url + this.path;
	}

	/** From now on the token that was given last is refused. */
	revoke(): void {
		this.current = undefined;
	}

	/** An endpoint that takes only the token that was given last. */
	readonly guard = ({ headers }: ReceivedRequest): Answer =>
		this.current !== undefined && headers.authorization === `Bearer ${this.current}`
			? answers.ok()
			: answers.status(401);

	private answer({ headers, body }: ReceivedRequest): Answer {
		const form = new URLSearchParams(body.toString());
		if (!this.isClient(headers.authorization, form)) {
			return json(401, { error: 'invalid_client', error_description: 'unknown client' });
		}
		const { user } = this.client;
		const grant = user ? 'password' : 'client_credentials';
		if (form.get('grant_type') !== grant) return json(400, { error: 'unsupported_grant_type' });
		if (user && (form.get('username') !== user.name || form.get('password') !== user.password)) {
			return json(400, { error: 'invalid_grant', error_description: 'wrong password' });
		}
		this.current = `tok-${++this.issued}-of-${this.path.slice(1)}`;
		return json(200, { access_token: this.current, token_type: 'Bearer', expires_in: 3600 });
	}

	private isClient(authorization: string | undefined, form: URLSearchParams): boolean {
		const { id, secret, by } = this.client;
		if (by === 'body') return form.get('client_id') === id && form.get('client_secret') === secret;
		const encoded = Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64');
		return authorization === `Basic ${encoded}` && !form.has('client_secret');
	}
}

/** As RFC 6749, 2.3.1 wants names and secrets before base64. */
const encode = (text: string) => new URLSearchParams({ t: text }).toString().slice(2);

const json = (status: number, body: object): Answer => ({
	status,
	headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
	body: JSON.stringify(body),
});
