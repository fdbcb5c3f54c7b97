import { sql } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import type { Consent } from '../exclusions';

/** What a profile says about push notifications. */
export interface ConsentChange {
	profileKey: string;
	/** Absent: of every app. */
	appId?: string;
	consent: Exclude<Consent, 'unknown'>;
}

const COLUMNS = { profile_key: 'text', app_id: 'text', consent: 'text' } as const;

/** Notes what profiles say. */
export async function setConsents(unit: Unit, changes: readonly ConsentChange[]): Promise<void> {
	const last = new Map(
		changes.map(({ profileKey, appId = '', consent }) => [
			`${profileKey}\n${appId}`,
			{ profile_key: profileKey, app_id: appId, consent },
		]),
	);
	await inPortions(
		unit,
		[...last.values()],
		async (portion) =>
			await sql`insert into push_consents (profile_key, app_id, consent, updated_at)
			select profile_key, app_id, consent, ${unit.now}
			from ${unit.dialect.rows(portion, COLUMNS)} as r where true
			on conflict (profile_key, app_id) do update set consent = excluded.consent,
				updated_at = excluded.updated_at`.execute(unit.db),
	);
}

/** What profiles have said: about one app, which counts more, or about all of them. */
export type ConsentOf = (profileKey: string, appId: string) => Consent;

/** What these profiles have said. One statement for many. */
export async function consentsOf(unit: Unit, keys: Iterable<string>): Promise<ConsentOf> {
	const wanted = [...new Set(keys)].map((profile_key) => ({ profile_key }));
	const rows = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<{ profile_key: string; app_id: string; consent: string }>`select
				c.profile_key, c.app_id, c.consent
			from ${unit.dialect.rows(portion, { profile_key: 'text' })} as r
			join push_consents c on c.profile_key = r.profile_key`.execute(unit.db),
	);
	const known = new Map(rows.map((row) => [`${row.profile_key}\n${row.app_id}`, row.consent]));
	return (profileKey, appId) => {
		const said = known.get(`${profileKey}\n${appId}`) ?? known.get(`${profileKey}\n`);
		return said === 'yes' || said === 'no' ? said : 'unknown';
	};
}

/** Forgets what a profile has said. */
export async function removeConsents(unit: Unit, profileKey: string): Promise<void> {
	await sql`delete from push_consents where profile_key = ${profileKey}`.execute(unit.db);
}
