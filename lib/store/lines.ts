/**
 * A delivery that may be claimed stands in a line. Each consumer (a trigger's node, or a queue) has three:
 * the plain one, one for deliveries whose lease lapsed (claimed apart, design 5 rule 3), and one for dead
 * letters that no workflow has been told of yet.
 */
export const ALONE = '!alone';
export const REPORT = '!report';

/** The endpoint of what goes to none: received events, and what could not be composed. They share a lane. */
export const NO_ENDPOINT = 'none';

export const triggerConsumer = (workflowId: string, nodeId: string) =>
	`trigger:${workflowId}/${nodeId}`;
export const queueConsumer = (queue: string) => `queue:${queue}`;

export const aloneLine = (consumer: string) => consumer + ALONE;
export const reportLine = (consumer: string) => consumer + REPORT;

/**
 * The queue whose pauses hold a line back; undefined for a trigger's line, and for reports, which go to no
 * endpoint.
 */
export function pausedWith(line: string): string | undefined {
	if (!line.startsWith('queue:') || line.endsWith(REPORT)) return undefined;
	return line.slice('queue:'.length).split('!')[0];
}
