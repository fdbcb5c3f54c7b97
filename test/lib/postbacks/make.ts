import {
	type ComposedPostback,
	createPostbackEngine,
	flattenHit,
	type Hit,
	type PostbackDefinition,
	type PostbackEngine,
	type PostbackSettings,
	type ProcessedHit,
} from '../../../lib/postbacks';

/** 2024-05-01T10:00:00.123Z */
export const NOW = Date.UTC(2024, 4, 1, 10, 0, 0, 123);
export const env = { now: NOW, random: () => 0.5 };

/** A valid, active definition that matches every hit. */
export function definition(over: Partial<PostbackDefinition> = {}): PostbackDefinition {
	return {
		id: 'p1',
		name: 'My postback',
		type: 'custom',
		active: true,
		dialect: 'mobile',
		url: 'https://example.com/',
		condition: {},
		showRule: 'always',
		...over,
	};
}

/** Processes and insists that no Promise was needed. */
export function processNow(engine: PostbackEngine, hit: Hit): ProcessedHit {
	const result = engine.process(hit, env);
	if (result instanceof Promise) throw new Error('a Promise without a JSONata body');
	return result;
}

/** Composes one definition for one hit. */
export function composeOne(
	over: Partial<PostbackDefinition>,
	hit: object,
	settings: PostbackSettings = {},
): ComposedPostback {
	const engine = createPostbackEngine([definition(over)], settings);
	const { composed } = processNow(engine, flattenHit(hit));
	const [first] = composed;
	if (first === undefined || composed.length !== 1) throw new Error('not exactly one postback');
	return first;
}

/** The request of {@link composeOne}, which must not have failed. */
export function requestOf(...parameters: Parameters<typeof composeOne>) {
	const { request, error } = composeOne(...parameters);
	if (request === undefined) throw new Error(error.message);
	return request;
}

/** What a function throws; fails when it throws nothing. */
export function thrown(run: () => unknown): unknown {
	try {
		run();
	} catch (error) {
		return error;
	}
	throw new Error('nothing was thrown');
}
