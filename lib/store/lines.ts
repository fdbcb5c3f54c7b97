/**
 * A delivery that may be claimed stands in a line. Each consumer (a trigger's node, or a queue) has three:
 * the plain one, one for deliveries whose lease lapsed (claimed alone, design 5 rule 3), and one for dead
 * letters that no workflow has been told of yet.
 */
export const ALONE = '!alone';
export const REPORT = '!report';

export const triggerConsumer = (workflowId: string, nodeId: string) =>
	`trigger:${workflowId}/${nodeId}`;
export const queueConsumer = (queue: string) => `queue:${queue}`;

export const aloneLine = (consumer: string) => consumer + ALONE;
export const reportLine = (consumer: string) => consumer + REPORT;

/** The queue that a line belongs to; undefined for a trigger's. */
export function queueOfLine(line: string): string | undefined {
	return line.startsWith('queue:') ? line.slice('queue:'.length).split('!')[0] : undefined;
}
