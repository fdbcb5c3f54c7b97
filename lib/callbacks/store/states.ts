import { sql } from 'kysely';
import type { DeliveryStore } from '../../store/deliveryStore';
import type { Unit } from '../../store/unit';
import { recordOf, type CallbackRecord } from './callbacks';
import { tablesOf, type CallbacksTable } from './schema';

/** What a sender has to know of a callback. */
export type CallbackState =
	/** This store never had it: another service's, of which nothing is known here. */
	| { kind: 'unknown' }
	| { kind: 'deleted' }
	| { kind: 'known'; record: CallbackRecord; disabling: Disabling };

/** When a callback is disabled; off unless the operator asks for it. */
export interface Disabling {
	/** Failing for so long, in milliseconds. */
	afterMs?: number;
	/** `410 Gone` */
	onGone: boolean;
}

/** Known for so long without asking the store again. */
const FRESH_MS = 1_000;
const MOST_KNOWN = 20_000;
const NOTHING: CallbackState = { kind: 'unknown' };

/** The states of callbacks for a sender: asked of the store together and not for every message. */
export class CallbackStates {
	private readonly known = new Map<string, { state: CallbackState; at: number }>();
	/** Counts what was forgotten: what was read before that may be older. */
	private forgotten = 0;
	private loading: { ids: Set<string>; done: Promise<Map<string, CallbackState>> } | undefined;

	constructor(readonly store: DeliveryStore) {}

	/** The state of one callback; at most a second old where another process changes it. */
	get(id: string): Promise<CallbackState> | CallbackState {
		const seen = this.known.get(id);
		if (seen && Math.abs(this.store.now() - seen.at) <= FRESH_MS) return seen.state;
		return this.load(id);
	}

	/** Forgets what is known of a callback, since it was changed. */
	forget(id: string): void {
		this.forgotten++;
		this.known.delete(id);
	}

	private async load(id: string): Promise<CallbackState> {
		this.loading ??= this.startLoading();
		this.loading.ids.add(id);
		return (await this.loading.done).get(id) ?? NOTHING;
	}

	/** Those that are asked for in one turn of the event loop are read by one statement. */
	private startLoading() {
		const ids = new Set<string>();
		const done = new Promise((resolve) => setImmediate(resolve)).then(async () => {
			this.loading = undefined;
			const { forgotten } = this;
			const states = await this.store.read(async (unit) => await readStates(unit, [...ids]));
			if (forgotten !== this.forgotten) return states;
			if (this.known.size + ids.size > MOST_KNOWN) this.known.clear();
			const at = this.store.now();
			for (const id of ids) this.known.set(id, { state: states.get(id) ?? NOTHING, at });
			return states;
		});
		return { ids, done };
	}
}

interface StateRow extends CallbacksTable {
	own_after_ms: number | null;
	own_on_gone: number | null;
	other_after_ms: number | null;
	other_on_gone: number | null;
}

/** The states of these callbacks; those of which nothing is known are left out. */
export async function readStates(
	unit: Unit,
	ids: readonly string[],
): Promise<Map<string, CallbackState>> {
	const states = new Map<string, CallbackState>();
	const { rows } = await sql<StateRow>`select c.*,
		own.disable_after_ms as own_after_ms, own.disable_on_gone as own_on_gone,
		other.disable_after_ms as other_after_ms, other.disable_on_gone as other_on_gone
		from callbacks c
		left join callback_properties own on own.id = c.property_id
		left join callback_properties other on other.id = '*'
		where c.id in ${unit.dialect.list(ids)}`.execute(unit.db);
	for (const row of rows) {
		const declared = row.own_on_gone !== null;
		const after = declared ? row.own_after_ms : row.other_after_ms;
		const onGone = Number((declared ? row.own_on_gone : row.other_on_gone) ?? 0) === 1;
		const disabling = { onGone, ...(after === null ? {} : { afterMs: Number(after) }) };
		states.set(row.id, { kind: 'known', record: recordOf(row), disabling });
	}
	const missing = ids.filter((id) => !states.has(id));
	if (missing.length === 0) return states;
	const deleted = await tablesOf(unit)
		.selectFrom('callback_tombstones')
		.select('id')
		.where(sql<boolean>`id in ${unit.dialect.list(missing)}`)
		.execute();
	for (const { id } of deleted) states.set(id, { kind: 'deleted' });
	return states;
}
