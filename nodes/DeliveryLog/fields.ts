import { tryToParseDateTime, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { readEntry, type LogEntry } from '../../lib/store/log/entries';
import { FieldError } from './errors';

/** A text; an expression may give a number or a date. */
export function textOf(value: unknown): string {
	if (value instanceof Date) return value.toISOString();
	return String(value ?? '').trim();
}

/** @throws FieldError when it is empty */
export function requiredText(
	node: IExecuteFunctions,
	index: number,
	[name, label]: readonly [string, string],
): string {
	const text = textOf(node.getNodeParameter(name, index, ''));
	if (text === '') throw new FieldError(label, 'is empty');
	return text;
}

/**
 * A moment in epoch milliseconds; one without a time zone is in the workflow's.
 * @throws FieldError when it is none
 */
export function timeOf(node: IExecuteFunctions, value: unknown, label: string): number {
	const text = textOf(value);
	const at = momentOf(text, node.getTimezone());
	if (at !== undefined) return at;
	throw new FieldError(label, `is "${text}", which is no date`, 'Such as 2026-01-31T09:00:00Z.');
}

function momentOf(text: string, zone: string): number | undefined {
	try {
		return tryToParseDateTime(text, zone).toMillis();
	} catch {
		return undefined;
	}
}

/** @throws FieldError when it is no number from `least` on */
export function numberOf(value: unknown, label: string, least: number): number {
	const number = value === '' || value === null ? NaN : Number(value);
	if (Number.isFinite(number) && number >= least) return number;
	throw new FieldError(label, `is no number from ${least} on`);
}

/** A collection of fields. */
export const collectionOf = (node: IExecuteFunctions, name: string, index: number): IDataObject =>
	node.getNodeParameter(name, index, {}) as IDataObject;

/** @throws FieldError when it is not stored */
export async function entryOf(store: DeliveryStore, id: string): Promise<LogEntry> {
	const entry = await store.read(async (unit) => await readEntry(unit, id));
	if (!entry) throw notStored(id);
	return entry;
}

export const notStored = (id: string) =>
	new FieldError(
		'Delivery ID:',
		`"${id}" is not stored`,
		'It may have been purged: ended deliveries are kept for as long as the Delivery Store credential says. Or this node uses another store than the one that sent it.',
	);
