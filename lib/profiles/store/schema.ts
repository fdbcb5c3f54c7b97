/** The tables of profiles in the delivery store. Times are epoch milliseconds of the store's clock. */
export interface ProfileSchema {
	profile_destinations: {
		destination: string;
		name: string | null;
		/** JSON. */
		settings: string | null;
		revision: number;
		profiles: number;
		owed_marks: string | null;
	};
	profile_states: {
		destination: string;
		profile_key: string;
		/** A digest of the identity map. */
		identity: string;
		delivery_id: string | null;
		delivery_place: number | null;
		order_key: string | null;
		exported_revision: number;
		/** How the last export ended, kept for when its delivery is gone. */
		owed: string | null;
		updated_at: number;
		/** What decisions need, as JSON; see `writeState`. */
		state: string;
		/** What a backfill needs, as JSON; see `writeSnapshot`. */
		snapshot: string | null;
	};
	profile_audiences: {
		destination: string;
		namespace: string;
		audience: string;
		name: string | null;
		created_at: number | null;
		updated_at: number | null;
		mapping_created_at: number;
		mapping_updated_at: number;
		revision: number;
		backfilled: number;
	};
	profile_backfills: {
		id: string;
		destination: string;
		audiences: string;
		status: 'running' | 'done' | 'cancelled';
		cursor: string | null;
		total: number;
		looked_at: number;
		exported: number;
		without_snapshot: number;
		started_at: number;
		updated_at: number;
		settings: string;
	};
}
