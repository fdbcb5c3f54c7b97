import { EventEmitter } from 'node:events';
import type { Random } from '../clock';
import { claimDeliveries } from './claim';
import { StoreFullError, StoreSetupError } from './errors';
import { GroupCommit, type Transactions } from './groupCommit';
import { insertDeliveries, type InsertResult, type NewDelivery } from './insert';
import { nextReadyAt } from './lanes';
import { LEASE_MS, MOST_SUSPECTS } from './leases';
import { aloneLine, reportLine } from './lines';
import type { StoredDelivery } from './rows';
import type { StoreDialect, Unit } from './unit';

/** The database of a store. */
export interface StoreDatabase extends Transactions {
	readonly dialect: StoreDialect;
	/** Runs queries that change nothing. */
	read<T>(job: (unit: Unit) => Promise<T>): Promise<T>;
}

export interface StoreParts {
	database: StoreDatabase;
	/** Names this run of this process. */
	boot: string;
	/** Epoch milliseconds of the store's clock. */
	now: () => number;
	random: Random;
	newLeaseId: () => string;
	/** Bytes that the store takes up, without what it could reuse. */
	sizeBytes: () => Promise<number>;
	/** Wakes consumers in other processes; undefined where there is none. An empty map: every one. */
	wakeOthers?: (counts: ReadonlyMap<string, number>) => void;
	close: () => Promise<void>;
}

/** A batch under one lease, on its way to the canvas. */
export interface ClaimedBatch {
	lease: string;
	deliveries: StoredDelivery[];
	/** `alone`: what stood under a lease that lapsed, few or one; `report`: dead letters to be told of. */
	line: 'plain' | 'alone' | 'report';
	/** More of its line is due. */
	more: boolean;
}

/**
 * The delivery store as its users see it: transactions, waking, and the calls that need more than one
 * query. Queries that need nothing of it are plain functions over a {@link Unit}.
 */
export class DeliveryStore {
	readonly boot: string;
	private readonly commits: GroupCommit;
	private readonly wakes = new EventEmitter();
	private closed = false;
	private closing: Promise<void> | undefined;
	/** When this process opened it; epoch milliseconds of the store's clock. */
	readonly openedAt: number;

	constructor(private readonly parts: StoreParts) {
		this.boot = parts.boot;
		this.openedAt = parts.now();
		this.commits = new GroupCommit(parts.database);
		this.wakes.setMaxListeners(0);
	}

	/** Epoch milliseconds of the store's clock. */
	now(): number {
		return this.parts.now();
	}

	get random(): Random {
		return this.parts.random;
	}

	get dialect(): StoreDialect {
		return this.parts.database.dialect;
	}

	/** Whether other processes write too. */
	get isShared(): boolean {
		return this.parts.wakeOthers !== undefined;
	}

	newLeaseId(): string {
		return this.parts.newLeaseId();
	}

	/** It takes nothing in any more. */
	get isClosed(): boolean {
		return this.closed || this.closing !== undefined;
	}

	/** Runs a job in a transaction that it may share with others; resolves once it is on disk. */
	async write<T>(job: (unit: Unit) => Promise<T>): Promise<T> {
		this.assertOpen();
		return await this.commits.write(job);
	}

	/** Runs queries that change nothing. */
	async read<T>(job: (unit: Unit) => Promise<T>): Promise<T> {
		this.assertOpen();
		return await this.parts.database.read(job);
	}

	/** Stores deliveries and wakes who waits for them. */
	async insert(deliveries: readonly NewDelivery[]): Promise<InsertResult> {
		const result = await this.write(async (unit) => await insertDeliveries(unit, deliveries));
		const counts = new Map<string, number>();
		for (const { consumer } of deliveries) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
		for (const [consumer, count] of counts) this.wakes.emit(consumer, count);
		this.parts.wakeOthers?.(counts);
		return result;
	}

	/**
	 * Leases the next batch for a consumer, for {@link LEASE_MS}. What stood under a lease that lapsed and what
	 * waits to be reported comes before the rest, unless it is left out.
	 */
	async claim(
		consumer: string,
		limit: number,
		leaveOut: { special: boolean } = { special: false },
	): Promise<ClaimedBatch | undefined> {
		this.assertOpen();
		return await this.claims(async (unit) => {
			const lease = { id: this.newLeaseId(), boot: this.boot, until: unit.now + LEASE_MS };
			const special = [
				{ line: 'alone', name: aloneLine(consumer), limit: Math.min(limit, MOST_SUSPECTS) },
				{ line: 'report', name: reportLine(consumer), limit },
			] as const;
			const lines = [
				...(leaveOut.special ? [] : special),
				{ line: 'plain', name: consumer, limit } as const,
			];
			for (const { line, name, limit: most } of lines) {
				const { deliveries, more } = await claimDeliveries(unit, {
					line: name,
					consumer,
					limit: most,
					suspects: line === 'alone',
					lease,
				});
				if (deliveries.length > 0) return { lease: lease.id, deliveries, line, more };
			}
			return undefined;
		});
	}

	/**
	 * When a consumer has something to claim next (epoch milliseconds); undefined when nothing waits.
	 * @param leaveOut as for {@link claim}
	 */
	async nextReadyAt(
		consumer: string,
		leaveOut: { special: boolean } = { special: false },
	): Promise<number | undefined> {
		const special = [aloneLine(consumer), reportLine(consumer)];
		const lines = leaveOut.special ? [consumer] : [consumer, ...special];
		return await this.read(async (unit) => await nextReadyAt(unit, lines));
	}

	/** Calls back with how many deliveries for a consumer were stored or freed. Gives the way to stop it. */
	onWake(consumer: string, callback: (count: number) => void): () => void {
		this.wakes.on(consumer, callback);
		return () => this.wakes.off(consumer, callback);
	}

	/** Wakes a consumer for so many deliveries. */
	wake(consumer: string, count: number): void {
		this.wakes.emit(consumer, count);
		this.parts.wakeOthers?.(new Map([[consumer, count]]));
	}

	/** Wakes consumers; an unknown one is nobody's loss. */
	wakeAll(consumers: Iterable<string>): void {
		const counts = new Map([...consumers].map((consumer) => [consumer, 1]));
		for (const consumer of counts.keys()) this.wakes.emit(consumer, 1);
		this.parts.wakeOthers?.(counts);
	}

	/** Wakes everyone, after something that may concern any consumer. */
	wakeEveryone(): void {
		this.wakeHere(new Map());
		this.parts.wakeOthers?.(new Map());
	}

	/** Wakes consumers of this process alone, as another one has asked; an empty map: every one. */
	wakeHere(counts: ReadonlyMap<string, number>): void {
		for (const [consumer, count] of counts) this.wakes.emit(consumer, count);
		if (counts.size > 0) return;
		for (const name of this.wakes.eventNames()) this.wakes.emit(name, 1);
	}

	/**
	 * Refuses when the store has reached a size (design 5, rule 13).
	 * @throws StoreFullError
	 */
	async assertRoom(limitBytes: number | undefined): Promise<void> {
		if (!limitBytes) return;
		const size = await this.parts.sizeBytes();
		if (size >= limitBytes) throw new StoreFullError(size, limitBytes);
	}

	async sizeBytes(): Promise<number> {
		return await this.parts.sizeBytes();
	}

	/** Ends the store for this process; what was accepted is written first. */
	async close(): Promise<void> {
		if (this.closed) return;
		this.closing ??= this.commits.idle().then(async () => await this.abandon());
		await this.closing;
	}

	/** Ends the store at once, such as when another process owns it now: nothing more is read or written. */
	async abandon(): Promise<void> {
		if (this.closed) return;
		this.closed = true;
		await this.parts.close();
	}

	/** Where others write too, a claim shares its transaction with none: it looks at what it has changed. */
	private async claims<T>(job: (unit: Unit) => Promise<T>): Promise<T> {
		return await (this.isShared ? this.commits.writeAlone(job) : this.commits.write(job));
	}

	private assertOpen(): void {
		if (this.isClosed) throw new StoreSetupError('CLOSED', 'The delivery store is closed.');
	}
}
