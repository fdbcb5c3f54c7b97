import { randomBytes, randomUUID } from 'node:crypto';
import {
	FORM_MS,
	problemOf,
	signForm,
	textOf,
	type FormAction,
	type Notice,
	type TokenProblem,
} from '../../../lib/dashboard';
import { barsOf } from '../../../lib/dashboard';
import { cancel, cancelFitting } from '../../../lib/store/log/cancel';
import { isFitting } from '../../../lib/store/log/entries';
import { formKey, useForm } from '../../../lib/store/log/pageActions';
import { replayFitting, replayIds } from '../../../lib/store/log/replay';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import type { Unit } from '../../../lib/store/unit';
import { longWork } from '../longWork';
import type { OperationContext } from '../operation';
import { replayer, wakeQueues } from '../replays';
import { listFilter } from './figures';
import type { PageSettings } from './settings';

export type Signer = (action: string, target: string) => string;

/** What came of a form: what the page tells of it, and the status of the answer. */
export interface FormResult {
	notice: Notice;
	statusCode: number;
}

const PROBLEMS: Record<TokenProblem, string> = {
	missing: 'The form came without its token, so nothing was done.',
	forged:
		'The form was not made by this page, or for other filters, so nothing was done. Try again from here.',
	expired: 'The page was too old, so nothing was done. Try again from here.',
};
const USED = 'This was done already, so nothing was done again.';
const OUT_OF_REACH = 'There is no such delivery on this page.';

const refused = (text: string, statusCode: number): FormResult => ({
	notice: { kind: 'refused', text },
	statusCode,
});
const done = (text: string): FormResult => ({ notice: { kind: 'done', text }, statusCode: 200 });

const newKey = () => randomBytes(32).toString('base64url');

/** The key of a store's forms, made when there is none. */
async function keyOf(store: DeliveryStore): Promise<string> {
	return await store.write(async (unit) => await formKey(unit, newKey));
}

/** A form is good for this node alone: another may show, and allow, something else. */
const scopeOf = ({ node }: OperationContext) =>
	`${node.getWorkflow().id ?? ''}/${node.getNode().id}`;

/** Signs the forms of a page. */
export async function signerOf(context: OperationContext): Promise<Signer> {
	const { store } = context;
	const key = await keyOf(store);
	const scope = scopeOf(context);
	const now = store.now();
	return (action, target) =>
		signForm(key, { scope, action, target }, now, randomBytes(16).toString('base64url'));
}

/** What an action on all that fit the filters means: it is signed, so that it cannot be widened. */
export function manyTarget({ query, filter }: PageSettings): string {
	return JSON.stringify([query.period, Object.entries(filter).sort()]);
}

/**
 * Does what a form asks for, once. A form that was not made by this page does nothing.
 * @returns undefined where no form was sent
 */
export async function actOn(
	context: OperationContext,
	settings: PageSettings,
): Promise<FormResult | undefined> {
	const { form } = settings;
	const action = textOf(form.action);
	if (action === '' && textOf(form.token) === '') return undefined;
	if (!settings.actions) return refused('This page only shows; it changes nothing.', 403);
	const isMany = action === 'replayAll' || action === 'cancelAll';
	const target = isMany ? manyTarget(settings) : textOf(form.id);
	const token = textOf(form.token);
	const meant: FormAction = { scope: scopeOf(context), action, target };
	const problem = problemOf(await keyOf(context.store), meant, token, context.store.now());
	if (problem) return refused(PROBLEMS[problem], 403);
	if (isMany && textOf(form.sure) !== '1')
		return refused('Tick the box, so that all are meant.', 400);
	const use = useOf(context.store, token);
	if (action === 'replay') return await replayOne(context, settings, target, use);
	if (action === 'cancel') return await cancelOne(context, settings, target, use);
	return isMany
		? await many(context, settings, action, use)
		: refused(`There is no action "${action}".`, 400);
}

type Use = (unit: Unit) => Promise<boolean>;

/** Takes the token for used, in the transaction of what it is used for. */
function useOf(store: DeliveryStore, token: string): Use {
	const use = randomUUID();
	const expiresAt = store.now() + 2 * FORM_MS;
	return async (unit) => await useForm(unit, { token, use, expiresAt });
}

async function replayOne(
	context: OperationContext,
	{ fixed, expiresMs }: PageSettings,
	id: string,
	use: Use,
): Promise<FormResult> {
	const { store } = context;
	const replaying = replayer({ force: false, expiresAt: store.now() + expiresMs });
	const result = await store.write(async (unit) => {
		if (!(await isFitting(unit, id, fixed))) return undefined;
		return (await use(unit)) ? await replayIds(unit, [id], replaying) : 'used';
	});
	if (result === undefined) return refused(OUT_OF_REACH, 404);
	if (result === 'used') return refused(USED, 409);
	await wakeQueues(context, new Map(result.queues));
	const [refusal] = result.refused;
	return refusal
		? refused(`Not replayed: ${refusal.reason}.`, 409)
		: done(`${id} is sent again, through its queue.`);
}

async function cancelOne(
	{ store }: OperationContext,
	{ fixed }: PageSettings,
	id: string,
	use: Use,
): Promise<FormResult> {
	const result = await store.write(async (unit) => {
		if (!(await isFitting(unit, id, fixed))) return undefined;
		return (await use(unit)) ? await cancel(unit, [id]) : 'used';
	});
	if (result === undefined) return refused(OUT_OF_REACH, 404);
	if (result === 'used') return refused(USED, 409);
	if (result.cancelled > 0) return done(`${id} is cancelled and will not be sent.`);
	return refused(
		`Not cancelled: ${result.underWay > 0 ? 'it is on its way at this moment' : 'it has ended already'}.`,
		409,
	);
}

async function many(
	context: OperationContext,
	settings: PageSettings,
	action: 'replayAll' | 'cancelAll',
	use: Use,
): Promise<FormResult> {
	const { store } = context;
	if (!(await store.write(use))) return refused(USED, 409);
	const [begin] = barsOf(settings.query.period, store.now());
	if (action === 'cancelAll') {
		const { cancelled, underWay } = await longWork(
			context,
			'Cancel',
			async (part) => await cancelFitting(store, { filter: settings.filter, ...part }),
		);
		const left = underWay > 0 ? ` ${underWay} are on their way at this moment and were left.` : '';
		return done(`${cancelled} deliveries are cancelled.${left}`);
	}
	const replay = replayer({ force: false, expiresAt: store.now() + settings.expiresMs });
	const filter = listFilter({ ...settings, query: { ...settings.query, state: 'dead' } }, begin);
	const {
		replayed,
		refused: not,
		queues,
	} = await longWork(
		context,
		'Replay',
		async (part) => await replayFitting(store, { filter, replay, ...part }),
	);
	await wakeQueues(context, queues);
	const reasons = not.map(({ reason, count }) => `${count} not: ${reason}`).join('; ');
	return done(
		`${replayed} dead letters are sent again, through their queues.${reasons === '' ? '' : ` ${reasons}.`}`,
	);
}
