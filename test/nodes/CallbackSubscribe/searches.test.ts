import type { IDataObject, ILoadOptionsFunctions } from 'n8n-workflow';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { searchCallbacks, searchProperties } from '../../../nodes/CallbackSubscribe/searches';
import { searchProperties as searchForTrigger } from '../../../nodes/CallbackTrigger/searches';
import { give, locator } from './support';
import { fakeContext } from '../harness/contexts';
import { closeServers } from '../../lib/transport/support/servers';
import { OTHER_PROPERTY, PROPERTY, startReactorDouble } from '../../support/reactorDouble';
import { credentialsFor } from '../CallbackTrigger/support';

afterEach(async () => {
	forgetTokens();
	await closeServers();
});

async function contextFor(parameters: IDataObject) {
	const double = await startReactorDouble();
	const base = fakeContext({ credentials: credentialsFor(double) });
	const context = {
		...base,
		getCurrentNodeParameter: (name: string) => parameters[name],
	} as unknown as ILoadOptionsFunctions;
	return { double, context };
}

test('properties are found by a part of their name', async () => {
	const { context } = await contextFor({ source: 'adobe' });
	expect(await searchProperties.call(context, 'bl')).toEqual({
		results: [{ name: 'Blog', value: OTHER_PROPERTY }],
	});
	expect((await searchProperties.call(context)).results).toHaveLength(2);
});

test('the trigger finds them by its own field', async () => {
	const { context } = await contextFor({ service: 'adobe' });
	expect((await searchForTrigger.call(context)).results).toHaveLength(2);
});

test('callbacks are found by their URL', async () => {
	const { context, double } = await contextFor({ source: 'adobe', propertyId: PROPERTY });
	const { id } = double.put({ url: 'https://a.example/hook' });
	double.put({ url: 'https://b.example/hook' });
	expect(await searchCallbacks.call(context, 'A.example')).toEqual({
		results: [{ name: 'https://a.example/hook (rule.created)', value: id }],
	});
});

test('properties of the store are those that have callbacks', async () => {
	const id = `PR${'5'.repeat(32)}`;
	await give({
		operation: 'create',
		propertyId: locator(id),
		url: 'https://a.example',
		otherEventTypes: '*',
	});
	const { context } = await contextFor({ source: 'store' });
	expect(await searchProperties.call(context, '5555')).toEqual({
		results: [{ name: id, value: id }],
	});
});

test('another n8n does not list its properties, and says what to do', async () => {
	const { context } = await contextFor({ source: 'remote' });
	await expect(searchProperties.call(context)).rejects.toThrow(/choose "By ID"/);
});

test('callbacks without a property are refused with what to do', async () => {
	const { context } = await contextFor({ source: 'adobe', propertyId: '' });
	await expect(searchCallbacks.call(context)).rejects.toThrow(/Pick a property first/);
});
