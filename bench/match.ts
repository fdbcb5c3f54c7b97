import type { Comparison } from './support/comparison.ts';
import {
	adobeMatching,
	hits,
	jsonRulesMatching,
	MATCHING,
	oursMatching,
	postbacks,
	type CountMatches,
} from './support/matching.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { inRounds, medians, perSecond } from './support/rounds.ts';

const ROUNDS = 5;
const DIFFERENT_HITS = 500;
/** Slow engines get fewer hits, so that a turn of each takes a second or so. */
const TURN_MS = 800;

/**
 * Hits a second matched against postbacks of which ten match each hit, ours beside Adobe's own rules engine and
 * the one that is used most. Ours begins with the hit as it came, which the others take as it is.
 */
export async function* match(): AsyncIterable<Comparison> {
	yield await against(100, '100-postbacks');
	yield await against(10_000, '10000-postbacks');
}

async function against(count: number, name: string): Promise<Comparison> {
	const conditions = postbacks(count);
	const some = hits(count, DIFFERENT_HITS);
	const engines = {
		ours: oursMatching(conditions),
		adobe: await adobeMatching(conditions),
		jsonRules: await jsonRulesMatching(conditions),
	};
	for (const [engine, countMatches] of Object.entries(engines)) {
		const matched = await countMatches(some[0]);
		if (matched !== MATCHING) throw new Error(`${engine}: ${matched} of ${MATCHING} matched`);
	}
	const figures = medians(
		await inRounds(
			{
				ours: async () => await rateOf(engines.ours, some),
				adobe: async () => await rateOf(engines.adobe, some),
				jsonRules: async () => await rateOf(engines.jsonRules, some),
			},
			ROUNDS,
			({ ours, adobe, jsonRules }) =>
				tell(
					`${count} postbacks: ours ${ours.toFixed(0)}, @adobe/aep-rules-engine ` +
						`${adobe.toFixed(0)}, json-rules-engine ${jsonRules.toFixed(1)}`,
				),
		),
	);
	const { versionOf } = compiledPackage();
	return {
		case: name,
		unit: 'hits/s',
		ours: figures.ours,
		peer: figures.adobe,
		peerName: `@adobe/aep-rules-engine ${versionOf('@adobe/aep-rules-engine')}`,
		n: Math.round((figures.ours * ROUNDS * TURN_MS) / 1000),
		more: { [`json-rules-engine ${versionOf('json-rules-engine')}`]: figures.jsonRules },
	};
}

/** Matches for a while; engines that answer at once are not made to wait for a promise. */
async function rateOf(countMatches: CountMatches, some: ReturnType<typeof hits>): Promise<number> {
	const started = performance.now();
	let done = 0;
	while (performance.now() - started < TURN_MS) {
		// The clock is asked once for a few hits only.
		for (let i = 0; i < 4; i++) {
			const matched = countMatches(some[done++ % some.length]);
			if (typeof matched !== 'number') await matched;
		}
	}
	return perSecond(done, started);
}
