import { createReader } from './attributes';
import { readPath, writePath, type Segment } from './path';

/** What tells profiles apart: an identity's namespace, or a path of the profile. */
export type ProfileKey =
	| { kind: 'identity'; text: string; namespace: string }
	| {
			kind: 'path';
			text: string;
			segments: readonly Segment[];
			read: (profile: object) => unknown;
	  };

export type ProfileKeyReading = { ok: true; key: ProfileKey } | { ok: false; problem: string };

/**
 * Reads what an operator names as the profile key: a namespace of the identity map (`ecid`,
 * `identityMap.ecid`) or a path (`personalEmail.address`, `/crmId`).
 */
export function readProfileKey(text: string): ProfileKeyReading {
	const trimmed = text.trim();
	if (trimmed === '') {
		return {
			ok: false,
			problem:
				'Profile Key is empty: name an identity namespace such as ecid, or a path such as personalEmail.address',
		};
	}
	const reading = readPath(trimmed);
	if (!reading.ok) return { ok: false, problem: `Profile Key: ${reading.problem}` };
	const { segments } = reading;
	const [first, second] = segments;
	if (segments.length === 1 && typeof first === 'string' && !trimmed.startsWith('/')) {
		return { ok: true, key: { kind: 'identity', text: first, namespace: first } };
	}
	if (segments.length === 2 && first === 'identityMap' && typeof second === 'string') {
		return { ok: true, key: { kind: 'identity', text: second, namespace: second } };
	}
	if (segments.some((segment) => typeof segment !== 'string')) {
		return {
			ok: false,
			problem: `Profile Key: "${trimmed}" names many values: name one, such as with [0]`,
		};
	}
	return {
		ok: true,
		key: { kind: 'path', text: writePath(segments), segments, read: createReader(segments) },
	};
}
