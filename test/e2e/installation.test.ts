import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../../scripts/pack.ts';
import { packageName } from '../../scripts/paths.ts';
import { answers, N8n, Receiver, workflow } from './harness/index.ts';
import { Registry } from './harness/registry.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

let folder: string;
let tarball: string;
let registry: Registry;
let receiver: Receiver;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'postback-installation-'));
	tarball = (await pack(folder)).path;
	registry = await Registry.start();
	registry.publish(tarball);
	receiver = await Receiver.start();
});

afterAll(async () => {
	await receiver?.close();
	await registry?.close();
	await rm(folder, { recursive: true, force: true });
});

test('explore', async () => {
	const n8n = await N8n.prepare({
		packageDir: null,
		env: { ...registry.environment, N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: '0.1' },
	});
	await n8n.start();
	const show = (...a: unknown[]) => process.stderr.write(a.map((x) => JSON.stringify(x)).join(' ') + '\n');
	try {
		let t = Date.now();
		const got = await n8n.api.call('POST', '/community-packages', { name: packageName });
		show('installed', Date.now() - t, got);
		show(registry.asked, registry.refused);
		show(await n8n.api.call('GET', '/community-packages'));
		receiver.on('/in', answers.ok());
		receiver.on('/later', answers.status(503), answers.status(503), answers.status(503), answers.ok());
		const own = await n8n.api.createWorkflow(
			spineWorkflow({ path: 'in', postbacks: [{ name: 'In', url: `${receiver.url}/{to}` }] }),
		);
		await n8n.api.activate(own.id);
		const other = await n8n.api.createWorkflow(
			workflow('Other', [
				{ name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, webhookId: crypto.randomUUID(), parameters: { path: 'other', httpMethod: 'GET' } },
			]),
		);
		await n8n.api.activate(other.id);
		show(await postHits(n8n.webhookUrl('in'), { to: 'in' }));
		await receiver.waitFor(1, { path: '/in' });
		show(await postHits(n8n.webhookUrl('in'), { to: 'later' }));
		await receiver.waitFor(1, { path: '/later' });
		t = Date.now();
		show('uninstall', await n8n.api.call('DELETE', `/community-packages?name=${packageName}`), Date.now() - t);
		show(await (await fetch(n8n.webhookUrl('other'))).text());
		show('after uninstall', await postHits(n8n.webhookUrl('in'), { to: 'in' }).catch(String));
		await new Promise((r) => setTimeout(r, 10_000));
		show('later', receiver.requests('/later').length, await stored.rows(n8n.userFolder));
		show(await n8n.api.publicationStatus(own.id));
		await n8n.restart();
		show('restarted');
		await n8n.waitForWebhook('other');
		show(await (await fetch(n8n.webhookUrl('other'))).text());
		show('after restart', await postHits(n8n.webhookUrl('in'), { to: 'in' }).catch(String));
		show(await n8n.api.publicationStatus(own.id), (await n8n.api.getWorkflow(own.id)).active);
		show(await n8n.api.runManually(own.id, { trigger: 'Postback Trigger' }).catch(String));
		show('reinstall', await n8n.api.call('POST', '/community-packages', { name: packageName }).then(() => 'ok', String));
		await new Promise((r) => setTimeout(r, 15_000));
		show(await n8n.api.publicationStatus(own.id), (await n8n.api.getWorkflow(own.id)).active);
		show('after reinstall', await postHits(n8n.webhookUrl('in'), { to: 'in' }).catch(String));
		show(await stored.rows(n8n.userFolder));
		show(await n8n.api.activate(own.id).catch(String));
		show('after publish', await postHits(n8n.webhookUrl('in'), { to: 'in' }).catch(String));
		await new Promise((r) => setTimeout(r, 10_000));
		show(await stored.rows(n8n.userFolder));
	} finally {
		show(n8n.logs().split('\n').filter((l) => !l.includes('igration')).slice(-60));
		await n8n.remove();
	}
});
