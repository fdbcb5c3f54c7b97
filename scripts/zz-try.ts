import { DevSession } from './dev/session.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const t = Date.now();
const say = (l: string) => console.log(Math.round((Date.now() - t) / 1000), l);
const s = await DevSession.start({
	root: '/tmp/wt-docs/co',
	userFolder: '/tmp/wt-docs/user',
	say,
	env: { N8N_LOG_LEVEL: 'debug' },
});
say('started');
const f = '/tmp/wt-docs/co/nodes/DeliveryLog/DeliveryLog.node.ts';
for (let i = 0; i < 2; i++) {
	const x = readFileSync(f, 'utf8');
	writeFileSync(f, x.replace(/description: '[^']*'/, `description: 'changed ${i}'`));
	say('changed');
	await sleep(30000);
	const r = (await s.n8n.api.fetch('/types/nodes.json').then((r) => r.json())) as {
		name: string;
		description: string;
	}[];
	say(r.find((x) => x.name.endsWith('.deliveryLog'))?.description ?? 'none');
}
await s.close();
process.exit(0);
