import { pick } from '../random.ts';

/** A hit and the message of the example workflow that it calls for. */
export interface DemoHit {
	hit: Record<string, unknown>;
	/** Names the message, as {@link messageOf} reads it from a request; undefined when none is owed. */
	message?: string;
}

/** Hits that go in one request, which has a name of its own. */
export interface DemoRequest {
	idempotencyKey: string;
	hits: DemoHit[];
}

/** Adobe's documented sample hit, as a form, and the request that has to come of it. */
export const DOCUMENTED = {
	form: 'pageName=MainMenu&user.name=bob&user.zip=90210&a.PrevSessionLength=132',
	url: '/screen/?user=bob&zip=90210&c16=4.6.0-AN&c27=cln,132',
	message: 'screen:bob',
};

type Random = () => number;

const screen = (user: string, random: Random): DemoHit => ({
	hit: {
		pageName: 'MainMenu',
		user: { name: user, zip: String(10_000 + Math.floor(random() * 90_000)) },
		'a.PrevSessionLength': Math.floor(random() * 600),
	},
	message: `screen:${user}`,
});

const crash = (user: string, random: Random): DemoHit => ({
	hit: {
		'a.CrashEvent': 'CrashEvent',
		'a.Launches': 2 + Math.floor(random() * 50),
		'a.AppID': 'Shop 4.6',
		'a.DeviceName': pick(['Google Pixel 9', 'Samsung Galaxy S25'], random),
		'user.name': user,
	},
	message: `crashes:${user}`,
});

const crashElsewhere = (user: string): DemoHit => ({
	hit: {
		'a.CrashEvent': 'CrashEvent',
		'a.Launches': 3,
		'a.DeviceName': 'iPhone17,1',
		'user.name': user,
	},
});

const launch = (visitor: string, first: boolean): DemoHit => ({
	hit: {
		'a.InstallEvent': 'InstallEvent',
		'a.OSVersion': 'Android 16',
		'a.locale': 'en-GB',
		mid: visitor,
	},
	...(first ? { message: `welcome:${visitor}` } : {}),
});

const otherScreen = (user: string): DemoHit => ({
	hit: { pageName: 'Checkout', user: { name: user } },
});

/** Hits in requests of one to five; the same for the same random numbers. */
export function generateRequests(count: number, random: Random): DemoRequest[] {
	const requests: DemoRequest[] = [];
	const visitors: string[] = [];
	for (let made = 0; made < count; ) {
		const size = Math.min(count - made, 1 + Math.floor(random() * 5));
		const hits = Array.from({ length: size }, (_, i) =>
			generateHit(String(made + i + 1).padStart(4, '0'), visitors, random),
		);
		requests.push({ idempotencyKey: `request-${requests.length + 1}`, hits });
		made += size;
	}
	return requests;
}

function generateHit(number: string, visitors: string[], random: Random): DemoHit {
	const kind = random();
	if (kind < 0.5) return screen(`user-${number}`, random);
	if (kind < 0.8) return crash(`user-${number}`, random);
	if (kind < 0.84) return crashElsewhere(`user-${number}`);
	if (kind < 0.88) return otherScreen(`user-${number}`);
	// The same visitor comes again now and then, and is welcomed once all the same.
	if (visitors.length > 0 && random() < 0.3) return launch(pick(visitors, random), false);
	visitors.push(`visitor-${number}`);
	return launch(`visitor-${number}`, true);
}

/** The message that a request of the example workflow carries; undefined for any other request. */
export function messageOf(request: { url: string; body: Buffer }): string | undefined {
	const url = new URL(request.url, 'http://receiver');
	const body = () => JSON.parse(request.body.toString()) as { user?: string; visitor?: string };
	switch (url.pathname) {
		case '/screen/':
			return `screen:${url.searchParams.get('user')}`;
		case '/crashes':
			return `crashes:${body().user}`;
		case '/welcome':
			return `welcome:${body().visitor}`;
		default:
			return undefined;
	}
}
