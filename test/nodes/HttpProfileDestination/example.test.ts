import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject, INode } from 'n8n-workflow';
import { Receiver } from '../../../scripts/receiver.ts';
import { SAMPLE } from '../../lib/profiles/make';
import { properties } from '../../../nodes/HttpProfileDestination/properties';
import { counts, runDestination, serveQueue } from './support';

const file = join(__dirname, '..', '..', '..', 'workflows', 'profile-export.json');
const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as { nodes: INode[] };
const ours = nodes.filter(({ type }) => type.endsWith('.httpProfileDestination'));

test.each(ours.map((node) => [node.name, node]))(
	'%s of the example has only known fields',
	(_, node) => {
		const known = properties.map(({ name }) => name);
		for (const name of Object.keys(node.parameters)) expect(known).toContain(name);
	},
);

test('the destination of the example exports the profile of the page on the original', async () => {
	const receiver = await Receiver.start();
	await serveQueue('example');
	const [{ parameters }] = ours;
	const done = await runDestination({
		items: [SAMPLE],
		url: `${receiver.url}/profiles`,
		workflowId: 'example',
		parameters: { ...(parameters as IDataObject), endpoint: `${receiver.url}/profiles` },
	});
	await receiver.close();
	expect(counts(done)).toEqual([1, 0, 0, 0]);
	const body = receiver.requests()[0].body.toString();
	expect(body).toContain('"status":"realized","name":"Newsletter readers"');
});
