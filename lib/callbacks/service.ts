import type { DeliveryStore } from '../store/deliveryStore';
import { endSource } from '../store/endings';
import type { Unit } from '../store/unit';
import { readAttributes, requireAll, type UrlRules, type WrittenAttributes } from './attributes';
import type { Conditions } from './condition';
import { CallbackNotFoundError } from './errors';
import { newResourceId } from './jsonApi';
import type { ListQuery } from './listQuery';
import { callbackAttributes } from './resources';
import { newSigningSecret, type SecretBox } from './secretBox';
import {
	deleteCallback,
	findCallback,
	insertCallback,
	listCallbacks,
	updateCallback,
	type CallbackPatch,
	type CallbackRecord,
} from './store/callbacks';
import {
	CHANGES_CONSUMER,
	noteChange,
	type CallbackChange,
	type ChangeKind,
} from './store/changes';
import type { Page } from './store/listing';

/** Why waiting retries of a callback end. */
export const DELETED = 'callback deleted';
export const DISABLED = 'callback disabled';

export interface CallbackServiceOptions {
	store: DeliveryStore;
	secrets: SecretBox;
	conditions: Conditions;
	rules: UrlRules;
	/** How long the secret before signs beside a new one; milliseconds. */
	rotationOverlapMs: number;
	/** Gives so many bytes. */
	randomBytes: (count: number) => Buffer;
	/** Told which callback was changed, so that what this process remembers of it is not used again. */
	onChange?: (callbackId: string) => void;
	/** Everything is done, answered and undone: a test run. */
	dryRun?: boolean;
}

/** What came of a change. */
export interface Changed {
	record: CallbackRecord;
	/** A new signing secret; told this once. */
	secret?: string;
	warnings: string[];
	/** undefined where nothing was changed. */
	change?: CallbackChange;
}

export interface ChangeOptions {
	/** Who asks for it: a token's name, or a node's. */
	author?: string;
	/** Gives the callback a new signing secret. */
	newSecret?: boolean;
}

/**
 * The callbacks of the store: made, read, changed and removed under the same rules for whoever asks, an API
 * or a node.
 */
export class CallbackService {
	constructor(private readonly options: CallbackServiceOptions) {}

	get store(): DeliveryStore {
		return this.options.store;
	}

	/** A page of a property's callbacks. */
	async list(
		propertyId: string,
		query: Pick<ListQuery, 'filters' | 'sort' | 'page'>,
	): Promise<Page<CallbackRecord>> {
		return await this.store.read(async (unit) => await listCallbacks(unit, propertyId, query));
	}

	/** One callback; undefined when there is none. */
	async find(id: string): Promise<CallbackRecord | undefined> {
		return await this.store.read(async (unit) => await findCallback(unit, id));
	}

	/**
	 * Makes a callback.
	 * @param attributes `url`, `subscriptions` and perhaps `condition`, as they came
	 * @throws CallbackFieldError
	 */
	async create(
		propertyId: string,
		attributes: Readonly<Record<string, unknown>>,
		{ author, newSecret }: ChangeOptions = {},
	): Promise<Changed> {
		const { rules, conditions, secrets, randomBytes } = this.options;
		const written = await readAttributes(attributes, rules, conditions);
		requireAll(written);
		const id = newResourceId('CB', randomBytes);
		const secret = newSecret ? newSigningSecret(randomBytes) : undefined;
		return await this.commit(async (unit) => {
			const at = new Date(unit.now).toISOString();
			const record: CallbackRecord = {
				id,
				propertyId,
				url: written.url,
				subscriptions: written.subscriptions,
				...(written.condition ? { condition: written.condition } : {}),
				createdAt: at,
				updatedAt: at,
				...(secret === undefined ? {} : { secret: secrets.seal(secret, id) }),
			};
			await insertCallback(unit, record);
			const change = await this.note(unit, 'created', record, author);
			return { record, warnings: written.warnings, change, ...(secret ? { secret } : {}) };
		});
	}

	/**
	 * Changes what the attributes name. A new URL, or `disabled_at: null`, ends that it is disabled.
	 * @throws CallbackFieldError
	 * @throws CallbackNotFoundError
	 */
	async update(
		id: string,
		attributes: Readonly<Record<string, unknown>>,
		{ author, newSecret }: ChangeOptions = {},
	): Promise<Changed> {
		const { rules, conditions } = this.options;
		const written = await readAttributes(attributes, rules, conditions);
		const patch = patchOf(written);
		const { warnings } = written;
		return await this.commit(async (unit) => {
			const before = await findCallback(unit, id, true);
			if (!before) throw new CallbackNotFoundError(id);
			if (Object.keys(patch).length === 0 && !newSecret) return { record: before, warnings };
			let record = await updateCallback(unit, id, patch);
			if (!record) throw new CallbackNotFoundError(id);
			const secret = newSecret ? newSigningSecret(this.options.randomBytes) : undefined;
			if (secret !== undefined) record = await this.rotate(unit, record, secret);
			const wasDisabled = before.disabledAt !== undefined;
			const kind = wasDisabled && record.disabledAt === undefined ? 'enabled' : 'updated';
			const change = await this.note(unit, kind, record, author);
			return { record, warnings, change, ...(secret ? { secret } : {}) };
		});
	}

	/**
	 * Removes a callback; its waiting retries end.
	 * @throws CallbackNotFoundError
	 */
	async remove(id: string, { author }: ChangeOptions = {}): Promise<Changed> {
		const changed = await this.commit(async (unit) => {
			const record = await deleteCallback(unit, id);
			if (!record) throw new CallbackNotFoundError(id);
			const change = await this.note(unit, 'deleted', record, author);
			return { record, warnings: [], change };
		});
		if (!this.options.dryRun) await endRetries(this.store, id, DELETED);
		return changed;
	}

	/** The row is held by this transaction already, so the secret that is replaced is the last one. */
	private async rotate(
		unit: Unit,
		record: CallbackRecord,
		secret: string,
	): Promise<CallbackRecord> {
		const { secrets, rotationOverlapMs } = this.options;
		const rotated = await updateCallback(unit, record.id, {
			secret: secrets.seal(secret, record.id),
			previousSecret: record.secret ?? null,
			previousUntil: record.secret === undefined ? null : unit.now + rotationOverlapMs,
		});
		if (!rotated) throw new CallbackNotFoundError(record.id);
		return rotated;
	}

	private async note(
		unit: Unit,
		change: ChangeKind,
		record: CallbackRecord,
		author: string | undefined,
	): Promise<CallbackChange> {
		const noted = changeOf(change, record, this.options.randomBytes, author);
		await noteChange(unit, noted);
		return noted;
	}

	private async commit(job: (unit: Unit) => Promise<Changed>): Promise<Changed> {
		if (!this.options.dryRun) {
			const changed = await this.store.write(job);
			if (changed.change) {
				this.options.onChange?.(changed.record.id);
				this.store.wake(CHANGES_CONSUMER, 1);
			}
			return changed;
		}
		try {
			return await this.store.write(async (unit) => {
				throw new Undone(await job(unit));
			});
		} catch (error) {
			if (error instanceof Undone) return error.changed;
			throw error;
		}
	}
}

/** Carries the result of a transaction that is taken back. */
class Undone extends Error {
	constructor(readonly changed: Changed) {
		super('undone');
	}
}

function patchOf({ url, subscriptions, condition, enable }: WrittenAttributes): CallbackPatch {
	const again = { disabledAt: null, disabledReason: null, failingSince: null };
	return {
		...(url === undefined ? {} : { url }),
		...(subscriptions === undefined ? {} : { subscriptions }),
		...(condition === undefined ? {} : { condition }),
		...(enable || url !== undefined ? again : {}),
	};
}

/** A change as it is written down. */
export function changeOf(
	change: ChangeKind,
	record: CallbackRecord,
	randomBytes: (count: number) => Buffer,
	author?: string,
): CallbackChange {
	return {
		change,
		callbackId: record.id,
		propertyId: record.propertyId,
		eventId: newResourceId('AE', randomBytes),
		...(author === undefined ? {} : { author }),
		attributes: callbackAttributes(record),
	};
}

/** The look before an attempt ends what is left then. */
const MOST_ROUNDS = 20;

/** Ends the waiting retries of a callback. */
export async function endRetries(store: DeliveryStore, id: string, reason: string): Promise<void> {
	for (let round = 0; round < MOST_ROUNDS; round++) {
		const ended = await store.write(async (unit) => await endSource(unit, id, reason));
		if (ended === 0) return;
	}
}
