/** What n8n needs of the caller's environment; anything else could change how it behaves. */
const KEPT = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** Everything that would make n8n look for a host other than this machine. */
const OFFLINE = {
	EXTERNAL_FRONTEND_HOOKS_URLS: '',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	// Loads its server list from n8n's own host at start.
	N8N_DISABLED_MODULES: 'mcp-registry',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
};

/** The values that an n8n of ours is started with. A value that is undefined leaves the name out. */
export type Environment = Record<string, string | undefined>;

/** The quiet environment, without other hosts, of an n8n that keeps its data in `userFolder`. */
export function n8nEnvironment(
	userFolder: string,
	ports: { port: number; brokerPort: number },
	extra: Environment = {},
): Record<string, string> {
	const kept = KEPT.map((name) => [name, process.env[name]] as const);
	const all: Environment = {
		...Object.fromEntries(kept),
		...OFFLINE,
		NODE_ENV: 'production',
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: 'localhost',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(ports.port),
		N8N_EDITOR_BASE_URL: `http://localhost:${ports.port}/`,
		WEBHOOK_URL: `http://localhost:${ports.port}/`,
		N8N_SECURE_COOKIE: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		// No runner child: nothing of n8n outlives the process that is killed.
		N8N_RUNNERS_MODE: 'external',
		N8N_RUNNERS_AUTH_TOKEN: 'no-runner-connects',
		N8N_RUNNERS_BROKER_PORT: String(ports.brokerPort),
		...extra,
	};
	return Object.fromEntries(
		Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
	);
}
