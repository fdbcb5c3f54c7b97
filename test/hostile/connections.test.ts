import '../nodes/harness/environment';
import { ENTRANCES } from './entrances';
import { runEntrances } from './support/run';

/* What comes to a trigger with its store, or from a server. */
runEntrances(ENTRANCES.filter(({ open }) => open !== undefined));
