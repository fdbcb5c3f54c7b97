import { CATALOG_VARIABLES as variables } from '../../lib/postbacks/catalog';
import { POSTBACK_EXAMPLES, type PostbackExample } from '../../lib/postbacks/examples';

/** The variables of a template, for a field's description. */
export const CATALOG_VARIABLES = variables.map(({ token, name }) => `${token} ${name}`).join(', ');

const describeTemplate = ({ description, definition }: PostbackExample) =>
	`${description}. Its URL: ${definition.url}`;

/** The templates that a postback can start from. */
export const TEMPLATE_OPTIONS = [
	{ name: 'Blank', value: 'blank' },
	...POSTBACK_EXAMPLES.map((example) => {
		const description = describeTemplate(example);
		return { name: example.name, value: example.definition.id, description };
	}),
];

/** The URL of Adobe's own sample. */
export const MOBILE_EXAMPLE_URL = POSTBACK_EXAMPLES[0].definition.url;

/** The hit of Adobe's sample ("Mobile Services, Postbacks"). */
export const DOCUMENTED_HIT = {
	pageName: 'MainMenu',
	'user.name': 'bob',
	'user.zip': '90210',
	'a.PrevSessionLength': 132,
};
