import { CATALOG_VARIABLES as variables, POSTBACK_EXAMPLES } from '../../lib/postbacks';

/** The variables of a template, for a field's description. */
export const CATALOG_VARIABLES = variables.map(({ token, name }) => `${token} ${name}`).join(', ');

/** The URL of Adobe's own sample. */
export const MOBILE_EXAMPLE_URL = POSTBACK_EXAMPLES[0].definition.url;
