import type { NodeHint } from 'n8n-workflow';

/** How a sender without a trigger for its queue is mended. */
export const ADD_TRIGGER =
	'Add a Delivery Queue Trigger to this workflow and connect it to this node, or set Retries to "Route to the Retry Output" and connect a Wait node.';

/**
 * Shown in a sender's panel while the workflow is built. An expression sees the nodes of a workflow only by
 * their names, so this goes by the name that a trigger has when it is placed, with or without a number.
 * @param where a condition in JavaScript that has to hold besides
 */
export const queueTriggerHint = (where = 'true'): NodeHint => ({
	message: `This workflow has no node called "Delivery Queue Trigger". Retries need one that is connected to this node, whatever its name; without it nothing is sent once the workflow is published. ${ADD_TRIGGER}`,
	type: 'warning',
	location: 'outputPane',
	whenToDisplay: 'beforeExecution',
	displayCondition: `={{ ${where} && $parameter["retries"] !== "output" && ["", "1", "2", "3"].every((no) => { try { return !$("Delivery Queue Trigger" + no).params } catch (error) { return true } }) }}`,
});
