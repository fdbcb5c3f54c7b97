import '../nodes/harness/environment';
import { ENTRANCES } from './entrances';
import { runEntrances } from './support/run';

/* What is read without anything beside it. */
runEntrances(ENTRANCES.filter(({ open }) => open === undefined));
