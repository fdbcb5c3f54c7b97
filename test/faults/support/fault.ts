/** What came of a fault, counted in messages; see {@link reconcile}. */
export interface Tally {
	/** Messages owed for hits that were answered with 202. */
	sent: number;
	delivered: number;
	dead: number;
	/** Still waiting in the store. */
	queued: number;
	lost: number;
	/** Deliveries beyond the first one of their message. */
	duplicates: number;
}

/** What a fault has to work with. */
export interface FaultContext {
	seed: number;
	/** Numbers from 0 up to 1, the same for the same seed. */
	random: () => number;
	/** The short form: the same fault with less load and fewer repetitions. */
	short: boolean;
	/** Tells how far it is, on standard error. */
	tell: (text: string) => void;
	/** Notes what else has to be true; what is false fails the row. */
	check: (isTrue: boolean, text: string) => void;
	/** Done at the end of the fault, however it ends; the last one first. */
	atEnd: (cleanUp: () => Promise<unknown> | unknown) => void;
	/** Done at the end of the run, after all faults. */
	atLast: (cleanUp: () => Promise<unknown> | unknown) => void;
}

/** Something that goes wrong on purpose, and the count of what came of it. */
export interface Fault {
	name: string;
	/** One line for the table. */
	title: string;
	/** Belongs to the short form of all of them. */
	inShort?: boolean;
	/** Why it cannot be done on this machine; undefined when it can. */
	missing?: () => string | undefined;
	run: (context: FaultContext) => Promise<Tally>;
}
