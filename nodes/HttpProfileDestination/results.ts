import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import { maskRequest } from '../../lib/delivery/masking';
import type { SenderResult } from '../../lib/delivery/senderTypes';
import type { Destination, TakenDelivery, TakenProfiles } from '../../lib/profiles';
import { toInput } from '../../lib/profiles';
import { outputOf } from '../shared/senderOutputs';

export const OUTPUTS = 4;
const RETRYING = 1;
const DEAD = 2;
const NOT_EXPORTED = 3;

/** Why a delivery was made, a line for each of its profiles. */
type Members = { item: number; key?: string; triggers: object[] }[];

interface Told {
	index: number;
	item: INodeExecutionData;
}

export interface ResultsOptions {
	/** Items at Delivered hold the body that was sent. */
	keepBody: boolean;
	/** False where retries come back to this node, whose request must stay as it is then. */
	masked: boolean;
	/** Requests that were too large are cut in two. */
	split: boolean;
}

/** Shapes the outputs of a destination while the results come, holding on to no more than they show. */
export class Results {
	/** Requests for several profiles that the receiver found too large. */
	readonly tooLarge: SenderResult[] = [];
	/** What is told by a hint alone. */
	readonly unusual: SenderResult[] = [];
	private readonly outputs: Told[][] = Array.from({ length: OUTPUTS }, () => []);
	private readonly members = new Map<string, Members>();
	private readonly items: INodeExecutionData[];

	constructor(
		context: IExecuteFunctions,
		private readonly destination: Destination,
		private readonly options: ResultsOptions,
	) {
		this.items = context.getInputData();
	}

	/** What became of profiles before anything was sent. */
	take({ deliveries, notExported, invalid }: TakenProfiles): void {
		for (const one of deliveries) {
			if (one.standing === 'superseded') this.addSuperseded(one);
			else this.members.set(one.delivery.id, membersOf(one));
			if (one.standing !== 'held') continue;
			const { index, delivery } = toInput(one);
			const reason = 'waits for an older export of its profile';
			this.add({ index, kind: 'retrying', delivery: { ...delivery, reason } });
		}
		for (const { index, key, reason } of notExported) this.addNotExported(index, key, reason);
		for (const { index, problems } of invalid) this.addInvalid(index, problems);
	}

	/** What became of a delivery. */
	add(result: SenderResult): void {
		const { kind, delivery } = result;
		const tooLarge = kind === 'dead' && delivery.response?.statusCode === 413;
		if (this.options.split && tooLarge && delivery.request.body?.startsWith('[')) {
			this.tooLarge.push(result);
			return;
		}
		if (kind === 'passed' || kind === 'duplicate' || kind === 'dropped') this.unusual.push(result);
		const output = outputOf(result);
		if (output !== undefined) this.tell(output, result);
	}

	/** A request that was too large goes on in these, or not at all. */
	addSplit(result: SenderResult, into: readonly string[] | undefined): void {
		if (!into) return this.tell(DEAD, result);
		const { error: _error, ...delivery } = result.delivery;
		const reason = 'HTTP 413: goes on in smaller requests';
		const changed: Delivery = { ...delivery, status: 'retrying', reason };
		this.tell(RETRYING, { ...result, delivery: changed }, { splitInto: [...into] });
	}

	/** The outputs, in the order of the input. */
	toOutputs(): INodeExecutionData[][] {
		return this.outputs.map((told) =>
			told.sort((a, b) => a.index - b.index).map(({ item }) => item),
		);
	}

	private tell(output: number, { index, delivery }: SenderResult, more: IDataObject = {}): void {
		const members = this.members.get(delivery.id);
		this.members.delete(delivery.id);
		const json = {
			...(members ? {} : this.items[index]?.json),
			delivery: this.shown(output, delivery, members !== undefined),
			...(members ? { profiles: members } : {}),
			...more,
		} as unknown as IDataObject;
		this.push(
			output,
			index,
			json,
			members?.map(({ item }) => ({ item })),
		);
	}

	private shown(output: number, delivery: Delivery, isOwn: boolean): Delivery {
		const { masked, keepBody } = this.options;
		if (output === RETRYING && !masked) return delivery;
		const request = maskRequest(delivery.request);
		if (output === 0 && isOwn && !keepBody) delete request.body;
		return { ...delivery, request };
	}

	private addSuperseded({ exports }: TakenDelivery): void {
		for (const { index, key } of exports) this.addNotExported(index, key, 'superseded');
	}

	private addNotExported(index: number, key: string | undefined, reason: string): void {
		const notExported = { ...(key === undefined ? {} : { key }), reason };
		this.push(NOT_EXPORTED, index, { ...this.items[index].json, notExported });
	}

	/** Without the item: it may be cyclic or of any length, and the paired item leads to it. */
	private addInvalid(index: number, problems: readonly string[]): void {
		const { id, settings } = this.destination;
		const delivery: Delivery = {
			id: newDeliveryId(),
			kind: 'profile',
			name: settings.name,
			source: { type: 'destination', id },
			queue: settings.queue,
			request: maskRequest({ ...settings.request, headers: { ...settings.request.headers } }),
			attempt: 0,
			status: 'dead',
			reason: 'invalid profile',
			error: { code: 'INVALID_PROFILE', message: `Item ${index}: ${problems.join('; ')}` },
		};
		const profiles = [{ item: index, problems: [...problems] }];
		this.push(DEAD, index, { delivery, profiles } as unknown as IDataObject);
	}

	private push(
		output: number,
		index: number,
		json: IDataObject,
		members: { item: number }[] = [],
	): void {
		const pairedItem = members.length > 1 ? members : { item: index };
		this.outputs[output].push({ index, item: { json, pairedItem } });
	}
}

const membersOf = ({ exports }: TakenDelivery): Members =>
	exports.map(({ index, key, triggers }) => ({
		item: index,
		...(key === undefined ? {} : { key }),
		triggers,
	}));
