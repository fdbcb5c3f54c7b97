import type { ResourceIdentifier } from '../jsonApi';
import { ReactorError } from './errors';
import { DEFAULT_PAGE, LARGEST_PAGE, type Page } from './query';

export interface ListOptions {
	/** As many at most; undefined: all there are. */
	limit?: number;
	/** The page to begin with; it has as many as `limit` says, at most 100. */
	page?: number;
}

/** One page of a list as it came. */
export interface ReadPage<R> {
	resources: R[];
	/** undefined: it was the last. */
	next: number | undefined;
}

/** Beyond this many pages a list is not read to its end but refused. */
const MOST_PAGES = 1_000;

/**
 * Reads a list page after page. What moves to a later page while it is read counts once.
 * @throws ReactorError when there is no end to it
 */
export async function readPages<R extends ResourceIdentifier>(
	read: (page: Page) => Promise<ReadPage<R>>,
	{ limit = Infinity, page: first = DEFAULT_PAGE.number }: ListOptions,
): Promise<R[]> {
	const size = Math.min(LARGEST_PAGE, Math.max(1, Math.ceil(limit)));
	const found = new Map<string, R>();
	let number: number | undefined = Math.max(1, Math.floor(first));
	for (let pages = 0; number !== undefined && found.size < limit; pages++) {
		if (pages === MOST_PAGES) {
			throw new ReactorError(
				`The list has more than ${MOST_PAGES} pages; set a limit, or filter by created_at`,
				{ kind: 'refused' },
			);
		}
		const { resources, next }: ReadPage<R> = await read({ number, size });
		for (const resource of resources) found.set(resource.id, resource);
		// A page that leads back would be read for ever.
		number = next !== undefined && next > number && resources.length > 0 ? next : undefined;
	}
	const all = [...found.values()];
	return Number.isFinite(limit) ? all.slice(0, limit) : all;
}
