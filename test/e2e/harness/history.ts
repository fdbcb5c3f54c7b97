import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const HOUR = 3_600_000;

const ENDPOINTS = [
	{ endpoint: 'https://hooks.shop.example', name: 'Order placed', share: 0.62, fails: 0.001 },
	{ endpoint: 'https://crm.example', name: 'Segment export', share: 0.26, fails: 0.004 },
	{ endpoint: 'https://partner.example:8443', name: 'Install postback', share: 0.12, fails: 0.11 },
];

/**
 * Puts a day's deliveries into the embedded store, for pictures: as many as somebody has who uses it. They
 * look like the first one that is stored.
 */
export function pretendDay(userFolder: string, now = Date.now()): void {
	const path = join(userFolder, '.n8n', 'postback', 'deliveries.sqlite');
	const database = new DatabaseSync(path, { timeout: 10_000 });
	try {
		const row = database.prepare('select * from deliveries order by no limit 1').get();
		const columns = Object.keys(row as object).filter((name) => name !== 'no');
		const insert = database.prepare(
			`insert into deliveries (${columns.join()}) values (${columns.map(() => '?').join()})`,
		);
		const request = database.prepare('insert into requests (delivery_no, request) values (?, ?)');
		database.exec('begin immediate');
		for (const one of day(now)) {
			const values = { ...row, ...one } as Record<string, string | number | null>;
			const { lastInsertRowid } = insert.run(...columns.map((name) => values[name]));
			const url = `${one.endpoint}/v1/events?visitor=4711`;
			const body = JSON.stringify({ order: 'o-4711', email: 'ann@example.com', total: 42.5 });
			const headers = { 'content-type': 'application/json', 'x-api-key': 'key' };
			request.run(lastInsertRowid, JSON.stringify({ method: 'POST', url, headers, body }));
		}
		database.exec('commit');
	} finally {
		database.close();
	}
}

/** Always the same, so that a picture changes only when the page does. */
function* day(now: number) {
	const random = numbers();
	for (let hour = 23; hour >= 0; hour--) {
		const many = Math.round(60 + 45 * Math.sin((hour - 3) / 3.8) + 10 * random());
		// One endpoint was away for two hours.
		const isAway = hour === 9 || hour === 10;
		for (let n = 0; n < many; n++) {
			const pick = random();
			const at = pick < 0.62 ? 0 : pick < 0.88 ? 1 : 2;
			const { endpoint, name, fails } = ENDPOINTS[at];
			const created = Math.min(now - 90_000, now - hour * HOUR + Math.floor(random() * 0.4 * HOUR));
			const slow = isAway && at === 2;
			const dead = random() < (slow ? 0.3 : fails);
			const attempt = dead ? 4 : slow ? 3 : random() < 0.975 ? 1 : 2;
			const took = Math.round(
				(attempt === 1 ? 60 : attempt * 30_000) * (1 + 3 * random() ** 3) + 40 * random(),
			);
			yield {
				id: `msg_${String(hour).padStart(2, '0')}${String(n).padStart(30, '0')}`,
				kind: 'postback',
				name,
				endpoint,
				status: dead ? 'dead' : 'delivered',
				reason: dead ? 'HTTP 410' : null,
				response: dead
					? JSON.stringify({ statusCode: 410, bodyExcerpt: '{"error":"gone"}' })
					: null,
				error: dead ? JSON.stringify({ code: 'HTTP_410', message: 'HTTP 410' }) : null,
				attempt,
				created_at: created,
				due_at: created,
				last_attempt_at: created + took,
				settled_at: created + took,
				line: null,
				lease: null,
				reported: 1,
				execution_id: '1234',
			};
		}
	}
}

/** Numbers from 0 to 1 that look like chance (mulberry32). */
function numbers(): () => number {
	let state = 4711;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}
