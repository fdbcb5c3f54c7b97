import { MessageError, toJson, type Button, type PushMessage } from './message';

/** What a message is personalised with, such as an item's data. */
export type Variables = Readonly<Record<string, unknown>>;

/** `{key}`, `{key.of.something}`, `{key|what stands there without it}`; `\{` is a brace. */
const VARIABLE = /\\\{|\{([A-Za-z_$][\w$-]*(?:\.[\w$-]+)*)(?:\|([^{}]*))?\}/g;

/**
 * A message with its variables filled in. Links take values percent-encoded; raw payloads and custom data
 * are gone through as deep as they are.
 * @throws MessageError for a variable that has neither a value nor a text in its place, so that nobody is
 * greeted by the name of a variable
 */
export function personalise(message: PushMessage, variables: Variables): PushMessage {
	const text = (value: string | undefined) => fill(value, variables, String);
	const link = (value: string | undefined) => fill(value, variables, encode);
	const { click, buttons, customData, raw } = message;
	const filled: PushMessage = { ...message };
	for (const field of TEXTS) filled[field] = text(message[field]);
	filled.image = link(message.image);
	if (click) filled.click = { ...click, uri: link(click.uri) };
	if (buttons) {
		filled.buttons = buttons.map(
			(button): Button => ({ ...button, label: text(button.label) ?? '', uri: link(button.uri) }),
		);
	}
	if (customData) filled.customData = fillDeep(customData, variables) as Variables;
	if (raw) {
		filled.raw = { ...raw };
		if (raw.apns) filled.raw.apns = fillDeep(raw.apns, variables) as Variables;
		if (raw.fcm) filled.raw.fcm = fillDeep(raw.fcm, variables) as Variables;
	}
	return withoutUndefined(filled);
}

const TEXTS = ['title', 'subtitle', 'body', 'sound', 'collapseKey', 'thread', 'category'] as const;

// A lone surrogate has no encoding.
const encode = (value: string) => encodeURIComponent(Buffer.from(value).toString());

function fill(
	text: string | undefined,
	variables: Variables,
	encode: (value: string) => string,
): string | undefined {
	if (text === undefined || !text.includes('{')) return text;
	return text.replace(VARIABLE, (whole, path: string | undefined, otherwise?: string) => {
		if (path === undefined) return '{';
		const value = valueAt(variables, path);
		if (value !== undefined) return encode(value);
		if (otherwise !== undefined) return otherwise;
		throw new MessageError(
			`The variable ${whole} has no value; give the item one, or write {${path}|something} for items without it`,
		);
	});
}

function valueAt(variables: Variables, path: string): string | undefined {
	let value: unknown = Object.hasOwn(variables, path) ? variables[path] : variables;
	if (value === variables) {
		for (const step of path.split('.')) {
			if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
				return undefined;
			}
			value = (value as Variables)[step];
		}
	}
	if (value === undefined || value === null || value === '') return undefined;
	return typeof value === 'object' ? toJson(value) : String(value as string | number);
}

/** Deeper data is left as it is. */
const DEEPEST = 20;

function fillDeep(value: unknown, variables: Variables, depth = 0): unknown {
	if (typeof value === 'string') return fill(value, variables, String);
	if (typeof value !== 'object' || value === null || depth >= DEEPEST) return value;
	if (Array.isArray(value)) return value.map((one) => fillDeep(one, variables, depth + 1));
	return Object.fromEntries(
		Object.entries(value).map(([key, one]) => [key, fillDeep(one, variables, depth + 1)]),
	);
}

function withoutUndefined(message: PushMessage): PushMessage {
	return Object.fromEntries(
		Object.entries(message).filter(([, value]) => value !== undefined),
	) as PushMessage;
}
