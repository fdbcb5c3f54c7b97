import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { followOpen, reportOf, type ReportQuery } from '../../lib/push';
import { openStore, textReader, toItems } from './itemWork';

const DAY = 24 * 3_600_000;

/** Gives an item for each message, app, platform and period. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const text = (name: string) => textReader(context, name);
	const fields = { messageId: text('reportMessageId'), from: text('from'), to: text('to') };
	const period = text('period');
	const store = await openStore(context);
	// What a crash or a purge has cut off is brought up to date first.
	await followOpen(store);
	const told: object[][] = [];
	for (let index = 0; index < context.getInputData().length; index++) {
		const query = queryOf(context, index, fields, period(index), store.now());
		const lines = await store.read(async (unit) => await reportOf(unit, query));
		told.push(
			lines.map(({ period: at, ...line }) => ({ ...line, period: new Date(at).toISOString() })),
		);
	}
	return [toItems(context, told)];
}

function queryOf(
	context: IExecuteFunctions,
	index: number,
	fields: Record<'messageId' | 'from' | 'to', (index: number) => string>,
	period: string,
	now: number,
): ReportQuery {
	const time = (name: 'from' | 'to', label: string, otherwise: number) => {
		const written = fields[name](index);
		if (written === '') return otherwise;
		const at = Date.parse(written);
		if (!Number.isNaN(at)) return at;
		const message = `Item ${index}: ${label} is "${written}", which is no date`;
		throw new NodeOperationError(context.getNode(), message, { itemIndex: index });
	};
	const messageId = fields.messageId(index);
	return {
		from: time('from', 'From', now - 30 * DAY),
		to: time('to', 'To', now + 1),
		by: period === 'day' || period === 'hour' ? period : 'whole',
		...(messageId === '' ? {} : { messageId }),
	};
}
