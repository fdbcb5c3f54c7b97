import {
	createScopeCheck,
	type Authentication,
	type CredentialScope,
	type HeaderPatch,
} from '../authentication';
import type { OAuth2Settings } from './settings';
import { requestToken, staticSecretsOf, type TokenRequestMeans } from './tokenRequest';
import { TokenSource, type TokenState } from './tokenSource';
import { tokenStateOf } from './tokenStates';

export interface OAuth2Options {
	settings: OAuth2Settings;
	scope: CredentialScope;
	/** See `readRefreshStatuses`. */
	refreshOn: readonly number[];
	means: TokenRequestMeans;
}

/**
 * `Authorization: Bearer …` with a token of an OAuth2 server (RFC 6749, 4.3 and 4.4), shared by all
 * that use the same credential in this process.
 * @throws HostPatternError when an allowed domain cannot be read.
 */
export function oauth2Authentication(options: OAuth2Options): Authentication {
	return new OAuth2Authentication(options);
}

class OAuth2Authentication implements Authentication {
	readonly refreshOn: readonly number[];
	private readonly permit: (url: URL) => void;
	private readonly state: TokenState;
	private readonly source: TokenSource;
	private readonly own: readonly string[];
	private tokens: readonly string[] | undefined;
	private all: readonly string[] = [];

	constructor({ settings, scope, refreshOn, means }: OAuth2Options) {
		this.refreshOn = refreshOn;
		this.permit = createScopeCheck(scope);
		this.state = tokenStateOf(settings.key);
		this.own = staticSecretsOf(settings);
		this.source = new TokenSource(
			this.state,
			means.clock,
			async (refreshToken) => await requestToken(settings, means, refreshToken),
		);
	}

	get secrets(): readonly string[] {
		if (this.tokens !== this.state.secrets) {
			this.tokens = this.state.secrets;
			this.all = [...this.own, ...this.tokens];
		}
		return this.all;
	}

	apply(url: URL): HeaderPatch | Promise<HeaderPatch> {
		this.permit(url);
		const token = this.source.get();
		return token instanceof Promise ? token.then(({ patch }) => patch) : token.patch;
	}

	async refresh(_statusCode: number, refused: HeaderPatch): Promise<boolean> {
		return await this.source.renew(refused.authorization.slice('Bearer '.length));
	}
}
