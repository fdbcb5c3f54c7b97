/** What tsc leaves out of dist: the icons. Codex files reach it as JSON modules, see tsconfig.json. */
const { rm } = require('node:fs/promises');
const { dest, src } = require('gulp');

const icons = '{nodes,credentials}/**/*.{svg,png}';

/** Copies the icons byte for byte. */
function copyIcons() {
	return src(icons, { base: '.', encoding: false }).pipe(dest('dist'));
}

/** Removes what an earlier build left behind, so that nothing deleted is packed. */
async function clean() {
	await rm('dist', { recursive: true, force: true });
}

exports.clean = clean;
exports.default = copyIcons;
