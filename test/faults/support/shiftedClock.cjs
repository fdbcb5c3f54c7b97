// Preloaded into n8n: shifts what Date says by the milliseconds that stand in a file, as setting the
// machine's clock does, and leaves the monotonic clock alone. The file is read again while n8n runs.
const { readFileSync } = require('node:fs');

const file = process.env.FAULTS_CLOCK_FILE;
const RealDate = Date;
// n8n's libraries put functions of the new Date onto the old one.
const realNow = Date.now;
let shift = 0;

function read() {
	shift = Number(readFileSync(file, 'utf8'));
}

const now = () => realNow() + shift;

globalThis.Date = new Proxy(RealDate, {
	construct: (target, given, newTarget) =>
		Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
	apply: () => new RealDate(now()).toString(),
	get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

if (file) {
	read();
	setInterval(read, 100).unref();
}
