/** Names a trigger in the store: its workflow and its node. */
export function postbackScope(workflowId: string | undefined, nodeId: string): string {
	return `${workflowId ?? 'unsaved'}/${nodeId}`;
}
