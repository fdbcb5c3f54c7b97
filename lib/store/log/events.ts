import { sql } from 'kysely';
import { NO_ENDPOINT } from '../lines';

/** Of what goes to no endpoint, the one that is a message all the same. */
const NOT_COMPOSED = 'cannot be composed';

/**
 * Whether a row is an event that a trigger hands to its workflow as it is, and no message to anybody.
 * The workflow has taken it when it is `delivered`.
 */
export const IS_EVENT = sql`case when endpoint = ${sql.lit(NO_ENDPOINT)}
	and coalesce(reason, '') <> ${sql.lit(NOT_COMPOSED)} then 1 else 0 end`;
