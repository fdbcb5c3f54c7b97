import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { createSigner, type Signer } from '../../lib/delivery/signature';
import { postbackLook } from '../../lib/postbacks/store/look';
import { callbackSignerOf, lookForCallbacks, withCallbackHealth } from '../shared/callbackSending';
import { SIGNING_CREDENTIAL, signingSecretsOf } from '../shared/credentials';
import { httpSenderOf } from '../shared/httpSender';
import { numberOption } from '../shared/parameters';
import type { SenderRun } from '../shared/runSender';
import type { ReadItems } from './requests';

const DAY = 24 * 3600_000;

/**
 * Reads the settings of an HTTP sender.
 * @throws NodeOperationError that names the field that is wrong
 */
export async function httpSender(
	context: IExecuteFunctions,
	items: ReadItems,
	options: IDataObject,
): Promise<SenderRun> {
	const deduplicationDays = numberOption(
		context.getNode(),
		options,
		['deduplicationDays', 'Deduplication Days'],
		14,
	);
	const sender = await httpSenderOf(context, {
		options,
		literalOrigins: items.literalOrigins,
		retryPolicy: 'automatic',
		signing: async () => {
			const signer = await signerOf(context);
			return { signerOf: callbackSignerOf(context), ...(signer ? { signer } : {}) };
		},
	});
	const inactiveLook = options.endInactive === false ? undefined : postbackLook;
	return {
		...sender,
		channel: withCallbackHealth(context, sender),
		inputs: items.inputs,
		invalid: items.invalid,
		role: 'sender:http',
		deduplicationMs: Math.max(1, deduplicationDays) * DAY,
		lookOf: (store) => lookForCallbacks(store, inactiveLook?.(store)),
	};
}

async function signerOf(context: IExecuteFunctions): Promise<Signer | undefined> {
	if (context.getNodeParameter('sign', 0, false) !== true) return undefined;
	const data = await context.getCredentials<IDataObject>(SIGNING_CREDENTIAL);
	return createSigner(signingSecretsOf(data));
}
