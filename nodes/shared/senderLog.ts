import type { IExecuteFunctions } from 'n8n-workflow';
import type { SenderReport } from '../../lib/delivery/sender';
import type { SenderResult } from '../../lib/delivery/senderTypes';

/** Named in one line; the rest is counted, and stands in the delivery log. */
const MOST_NAMED = 20;

/** Deliveries that one line is about: how many, and the first of them. */
class Named {
	private readonly first: string[] = [];
	private count = 0;

	add(text: string): void {
		this.count++;
		if (this.first.length < MOST_NAMED) this.first.push(text);
	}

	/** undefined where there is none. */
	told(one: string, many: string): string | undefined {
		if (this.count === 0) return undefined;
		const rest =
			this.count > this.first.length ? `, and ${this.count - this.first.length} more` : '';
		return `${this.count === 1 ? one : `${this.count} ${many}`}: ${this.first.join(', ')}${rest}`;
	}
}

/**
 * What n8n's log gets of a sender's run: the deliveries that ended as dead letters, and those that a pause
 * holds back, by their ids. What arrived, and what is tried again as planned, is no line.
 */
export class SenderLog {
	private readonly dead = new Named();
	/** By what holds them back. */
	private readonly held = new Map<string, Named>();

	/** A run's own listener, with an ear of the log's beside it. */
	watching<T extends { onResult?: (result: SenderResult) => void }>(run: T): T {
		const { onResult } = run;
		if (!onResult) return run;
		return {
			...run,
			onResult: (result: SenderResult) => {
				this.note(result);
				onResult(result);
			},
		};
	}

	/** Writes the lines of a run that is over. */
	write(context: Pick<IExecuteFunctions, 'getNode' | 'logger'>, report: SenderReport): void {
		for (const result of report.results) this.note(result);
		const lines = [this.dead.told('1 dead letter', 'dead letters')];
		for (const [reason, named] of this.held) {
			lines.push(named.told(`1 delivery waits (${reason})`, `deliveries wait (${reason})`));
		}
		if (report.queuePaused) lines.push(report.queuePaused);
		lines.push(...(report.configurationErrors ?? []));
		const { name } = context.getNode();
		for (const line of lines) if (line !== undefined) context.logger.warn(`${name}: ${line}`);
	}

	private note({ kind, delivery, isHeld }: SenderResult): void {
		const { id, reason } = delivery;
		if (kind === 'dead') this.dead.add(reason === undefined ? id : `${id} (${reason})`);
		if (!isHeld || reason === undefined) return;
		const held = this.held.get(reason) ?? new Named();
		this.held.set(reason, held);
		held.add(id);
	}
}
