import {
	NodeOperationError,
	type IDataObject,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import type { Delivery } from '../../lib/delivery/delivery';
import { flattenHit, parseHits, type Hit } from '../../lib/postbacks';
import { postbackSource } from '../../lib/postbacks/store/states';
import type { Matching } from './engines';
import { postbackScope } from './scope';
import { DOCUMENTED_HIT } from './texts';

interface TestContext {
	getNode(): INode;
	getWorkflow(): { id?: string };
}

/** What a manual run emits for hits: nothing is stored, deduplicated or counted as seen. */
export async function composeForTest(
	context: TestContext,
	matching: Matching,
	hits: readonly { hit: Hit }[],
): Promise<INodeExecutionData[]> {
	const { filter } = matching;
	if (filter) {
		return hits
			.filter(({ hit }) => filter(hit, Date.now()) === 'taken')
			.map(({ hit }) => ({ json: hit.source as IDataObject }));
	}
	const { engine } = matching;
	const scope = postbackScope(context.getWorkflow().id, context.getNode().id);
	const items: INodeExecutionData[] = [];
	for (const { hit } of hits) {
		const { composed } = await engine.process(hit, { now: Date.now(), random: Math.random });
		for (const one of composed) {
			const delivery: Delivery = {
				id: newDeliveryId(),
				kind: 'postback',
				name: one.name,
				source: { type: 'postback', id: postbackSource(scope, one.postbackId) },
				test: true,
				request: one.request ?? { method: 'GET', url: '', headers: {} },
				attempt: 0,
				status: one.error ? 'dead' : 'pending',
				...(one.error ? { reason: 'cannot be composed', error: one.error } : {}),
			};
			items.push({ json: { delivery } as unknown as IDataObject });
		}
	}
	return items;
}

/**
 * What a test run emits for the sample hit.
 * @throws NodeOperationError when the sample cannot be read, or starts nothing
 */
export async function composeSample(
	context: TestContext,
	matching: Matching,
): Promise<INodeExecutionData[]> {
	const node = context.getNode();
	const items = await composeForTest(context, matching, sampleHits(node));
	if (items.length > 0) return items;
	if (matching.filter) {
		throw new NodeOperationError(node, 'The sample hit is none of the events that are taken', {
			description: 'Change Which Events and its conditions, or the field Sample Hit.',
		});
	}
	throw new NodeOperationError(node, 'No active postback matches the sample hit', {
		description:
			'Switch a postback on (Active), change its triggers and traits, or change the field Sample Hit. A postback of the type PII matches only hits that are marked as collectPII.',
	});
}

/**
 * The node's own sample hit, or Adobe's documented one.
 * @throws NodeOperationError when the sample cannot be read
 */
export function sampleHits(node: INode): { hit: Hit }[] {
	try {
		return readSample(node.parameters.sampleHit);
	} catch (error) {
		throw new NodeOperationError(node, `Sample Hit: ${(error as Error).message}`);
	}
}

function readSample(sample: unknown): { hit: Hit }[] {
	if (typeof sample === 'string' && sample.trim() !== '') {
		return parseHits({ method: 'POST', query: '', body: Buffer.from(sample.trim()) }).hits;
	}
	if (typeof sample === 'object' && sample !== null) return [{ hit: flattenHit(sample) }];
	return [{ hit: flattenHit(DOCUMENTED_HIT) }];
}
