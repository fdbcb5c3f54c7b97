import { takeKeys } from '../deduplication';
import { keepMeta, readMeta } from '../meta';
import type { Unit } from '../unit';

const KEY = 'dashboard.key';
const SCOPE = 'dashboard';

/**
 * The key that signs the forms of dashboard pages: made once for a store, so that every process that shares
 * it signs alike. It opens nothing by itself; whoever has it still needs the page's own way in.
 * @param make gives a new one
 */
export async function formKey(unit: Unit, make: () => string): Promise<string> {
	return (await readMeta(unit, KEY)) ?? (await keepMeta(unit, KEY, make()));
}

/**
 * Takes a form's token for used. Gives whether it was unused until now.
 * @param use names this use; when the transaction runs again it is the same
 */
export async function useForm(
	unit: Unit,
	{ token, use, expiresAt }: { token: string; use: string; expiresAt: number },
): Promise<boolean> {
	const key = { scope: SCOPE, key: token };
	const owner = await takeKeys(unit, [{ ...key, expiresAt, deliveryId: use }]);
	return owner(key) === use;
}
