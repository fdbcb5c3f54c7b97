/** THIRD-PARTY-NOTICES.md: what the tarball carries of others, and on which terms. */
import type { Bundled } from './bundled.ts';

/** Licences that ask for no more than their text, so that anybody may use and pass on the package. */
export const ALLOWED = [
	'0BSD',
	'Apache-2.0',
	'BlueOak-1.0.0',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'CC0-1.0',
	'ISC',
	'MIT',
	'Python-2.0',
	'Unlicense',
];

/** Whether a licence, or one of those that one may choose from, is among the allowed ones. */
export function isAllowed(licence: string): boolean {
	const choices = licence.replace(/^\(|\)$/g, '').split(' OR ');
	return choices.some((one) => ALLOWED.includes(one));
}

/** The file, with a table of the packages and the text of each licence. */
export function noticesOf(packages: Bundled[]): string {
	const rows = packages.map(
		({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`,
	);
	const texts = packages.flatMap(({ name, version, text }) => [
		`## ${name} ${version}`,
		'',
		'```text',
		text.replaceAll('```', "'''"),
		'```',
		'',
	]);
	return [
		'# Third-party notices',
		'',
		'The package carries these packages inside its tarball. Written by `npm run docs`.',
		'',
		'| package | version | licence |',
		'| --- | --- | --- |',
		...rows,
		'',
		...texts,
	].join('\n');
}
