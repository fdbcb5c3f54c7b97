import type { ProfileExport } from './exporter';
import type { ExportBody } from './deliveries';
import { MAX_PROFILE_BYTES } from './measure';
import type { PayloadMapping } from './payload';

/**
 * The bodies of exports: the documented payload, or what a mapping makes of it. A mapping may take its
 * time, which no transaction should wait for: what is not mapped yet is named, mapped outside, and asked
 * for again.
 */
export class ExportBodies {
	private readonly mapped = new Map<string, ExportBody | { problem: string }>();

	constructor(
		private readonly mapping: PayloadMapping | undefined,
		/** The bodies become members of an array. */
		private readonly several: boolean,
	) {}

	/** Payloads that a mapping has yet to be asked for. */
	missing(exports: readonly ProfileExport[]): string[] {
		if (!this.mapping) return [];
		return [...new Set(exports.map(({ payload }) => payload))].filter(
			(payload) => !this.mapped.has(payload),
		);
	}

	async map(payloads: readonly string[]): Promise<void> {
		for (const payload of payloads) this.mapped.set(payload, await this.mapOne(payload));
	}

	private async mapOne(payload: string): Promise<ExportBody | { problem: string }> {
		try {
			const made = await this.mapping?.(JSON.parse(payload) as object);
			if (!made) return { body: payload, json: true };
			if (this.several && !made.json) {
				return {
					problem:
						'the mapping gives a text, which cannot be a member of an array: let it give an object, or send one profile for each request',
				};
			}
			if (made.body.length > MAX_PROFILE_BYTES) {
				return { problem: 'the mapping gives more than 10 MB: let it give less' };
			}
			return made;
		} catch (error) {
			return {
				problem: `the mapping failed: ${error instanceof Error ? error.message : String(error)}`,
			};
		}
	}

	/** Why an export has no body; undefined when it has one. */
	problemOf({ payload }: ProfileExport): string | undefined {
		const made = this.mapped.get(payload);
		return made && 'problem' in made ? made.problem : undefined;
	}

	of({ payload }: ProfileExport): ExportBody {
		const made = this.mapped.get(payload);
		return made && 'body' in made ? made : { body: payload, json: true };
	}
}
