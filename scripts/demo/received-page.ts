import type { Arrival } from './example-receiver.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character]);

function row({ time, method, url, body, before, answered }: Arrival): string {
	const at = new Date(time).toLocaleTimeString('en-GB');
	const attempt = before === 0 ? '' : `, attempt ${before + 1}`;
	const kind = answered < 300 ? 'good' : 'bad';
	return `<tr><td>${at}</td><td class="${kind}">${answered}</td><td><code>${method} ${escape(url)}</code>${attempt}${
		body === '' ? '' : `<br><code class="body">${escape(body)}</code>`
	}</td></tr>`;
}

/** A page with what arrived, the newest first. It looks again every other second. */
export function receivedPage(arrivals: readonly Arrival[]): string {
	const rows = arrivals.map(row).join('\n');
	const table = `<table><tr><th>Time</th><th>Answer</th><th>Request</th></tr>\n${rows}</table>`;
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What arrived</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-top: 1px solid #8884; }
code { overflow-wrap: anywhere; }
.body { opacity: 0.75; }
.good { color: #1a7f37; } .bad { color: #cf222e; }
@media (prefers-color-scheme: dark) { .good { color: #4ac26b; } .bad { color: #ff7b72; } }
</style>
</head>
<body>
<h1>What arrived</h1>
<p>The receiver of the example workflow, on this machine. It keeps the last 200 requests.</p>
${arrivals.length === 0 ? '<p>Nothing yet. Publish the workflow "Postback delivery" and send a hit.</p>' : table}
</body>
</html>
`;
}
