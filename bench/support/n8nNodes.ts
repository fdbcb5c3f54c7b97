import type { N8n } from '../../scripts/host/n8n.ts';
import { ProfilesWorkflow, type NodeJson } from './n8nRuns.ts';
import { AUDIENCES } from './profileSource.ts';

/** Where a node under test gets its profiles and sends them. */
export interface Route {
	source: string;
	/** Where they go. */
	url: string;
	/** They go with a bearer token from a credential. */
	token?: string;
}

/** HTTP Profile Destination, as it is by default: it compares profiles with what it has stored. */
export async function profileDestination(n8n: N8n, route: Route): Promise<ProfilesWorkflow> {
	const node: NodeJson = {
		name: 'HTTP Profile Destination',
		type: 'n8n-nodes-postback.httpProfileDestination',
		parameters: {
			endpoint: route.url,
			profileKey: 'ecid',
			audiences: { audience: AUDIENCES.map((id) => ({ id })) },
			attributes: ['person.name.firstName', 'person.name.lastName', 'personalEmail.address'],
			options: { allowedHosts: '127.0.0.1' },
			...(route.token === undefined ? {} : { authentication: 'bearerToken' }),
		},
		...(await withToken(n8n, 'postbackBearerTokenApi', route.token)),
	};
	const queue: NodeJson = {
		name: 'Delivery Queue Trigger',
		type: 'n8n-nodes-postback.deliveryQueueTrigger',
		parameters: {},
	};
	return await ProfilesWorkflow.publish(n8n, route.source, node, [queue]);
}

/** n8n's HTTP Request, as it is usually set up: with a JSON body from an expression. */
export async function httpRequest(n8n: N8n, route: Route): Promise<ProfilesWorkflow> {
	const node: NodeJson = {
		name: 'HTTP Request',
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			method: 'POST',
			url: route.url,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ JSON.stringify($json) }}',
			options: {},
			...(route.token === undefined
				? {}
				: { authentication: 'genericCredentialType', genericAuthType: 'httpBearerAuth' }),
		},
		...(await withToken(n8n, 'httpBearerAuth', route.token)),
	};
	return await ProfilesWorkflow.publish(n8n, route.source, node);
}

/** A node that does nothing: what n8n itself needs to have the profiles as items. */
export async function noOperation(n8n: N8n, source: string): Promise<ProfilesWorkflow> {
	const node: NodeJson = { name: 'No Operation', type: 'n8n-nodes-base.noOp', parameters: {} };
	return await ProfilesWorkflow.publish(n8n, source, node);
}

async function withToken(
	n8n: N8n,
	type: string,
	token: string | undefined,
): Promise<Pick<NodeJson, 'credentials'>> {
	if (token === undefined) return {};
	const { id, name } = await n8n.api.createCredential('Bench token', type, { token });
	return { credentials: { [type]: { id, name } } };
}
