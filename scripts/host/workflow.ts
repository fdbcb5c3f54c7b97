/** A node as it stands in a workflow's JSON. */
export interface WorkflowNode {
	id?: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	webhookId?: string;
	disabled?: boolean;
	onError?: string;
	credentials?: Record<string, { id: string; name: string }>;
	[key: string]: unknown;
}

/** A workflow as n8n exports it and takes it in. */
export interface WorkflowJson {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, { main: Array<Array<{ node: string; type: 'main'; index: number }>> }>;
	settings?: Record<string, unknown>;
	[key: string]: unknown;
}

/** A wire from an output (the first unless a number is given) of one node to another node. */
export type Wire = [from: string, to: string] | [from: string, to: string, output: number];

/** A workflow out of nodes and wires; what is left out of a node gets a harmless value. */
export function workflow(
	name: string,
	nodes: Array<Partial<WorkflowNode> & { name: string; type: string }>,
	wires: Wire[] = [],
	settings: Record<string, unknown> = {},
): WorkflowJson {
	const connections: WorkflowJson['connections'] = {};
	for (const [from, to, output = 0] of wires) {
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= output) main.push([]);
		main[output].push({ node: to, type: 'main', index: 0 });
	}
	return {
		name,
		nodes: nodes.map((node, i) => ({
			id: crypto.randomUUID(),
			typeVersion: 1,
			position: [i * 220, 0],
			parameters: {},
			...node,
		})),
		connections,
		settings: { executionOrder: 'v1', ...settings },
	};
}
