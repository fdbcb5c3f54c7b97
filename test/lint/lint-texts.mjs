// Jest cannot load an ESLint configuration that is an ES module; so this runs beside it, and lints
// the texts that come in on stdin: [{ "filePath", "text" }] in, the messages of each out.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const eslint = new ESLint();
const found = [];
for (const { filePath, text: code } of JSON.parse(await text(process.stdin))) {
	const [{ messages }] = await eslint.lintText(code, { filePath });
	found.push(messages.map(({ ruleId, message }) => ({ ruleId, message })));
}
console.log(JSON.stringify(found));
