import { NodeOperationError, type IDataObject, type ITriggerFunctions } from 'n8n-workflow';
import { DefinitionError } from '../../lib/postbacks';
import { allowList } from '../shared/allowList';
import { listOf } from '../shared/credentials';
import { engineParameters, matchingOf, type Matching } from './engines';

/**
 * Compiles the postbacks, so that a mistake in them is told where the workflow is published or tested.
 * @throws NodeOperationError that names the field
 */
export function compile(
	context: Pick<ITriggerFunctions, 'getNode' | 'getNodeParameter'>,
	scope: string,
): Matching {
	const node = context.getNode();
	try {
		const settings = context.getNodeParameter('settings', {}) as IDataObject;
		allowList(listOf(settings.allowedIps));
		return matchingOf(scope, engineParameters(context));
	} catch (error) {
		// n8n shows only the message of an error at publication, not its description.
		const what =
			error instanceof DefinitionError
				? context.getNodeParameter('emit', 'deliveries') === 'event'
					? 'What events are taken is set up wrongly'
					: 'A postback is set up wrongly'
				: 'A setting is wrong';
		throw new NodeOperationError(node, `${what}: ${(error as Error).message}`);
	}
}
