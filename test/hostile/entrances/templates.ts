import fc from 'fast-check';
import { flattenHit } from '../../../lib/postbacks';
import { compileTemplate, expandTemplate } from '../../../lib/postbacks/template';
import { entrance, must, refusable } from '../support/entrance';
import { HitError } from '../../../lib/postbacks/errors';
import { damagedText } from '../support/texts';
import { damaged } from '../support/values';
import { VALID_HITS } from './hits';

const MOST = 10_000;

export const templates = entrance({
	name: 'templates',
	inputs: fc.record({
		text: damagedText(
			fc.constantFrom(
				'https://a.example/{user.name}?z={user.zip}&t={%timestampz%}&c={%cachebust%}',
				'{%~all_url%}{%urlenc(user.name)%}{%~all_json%}',
				'{"a":"{a.AppID}","all":{%all_json%}}',
				'{%sdkver%}{%%}{}{ a }{a{b}c}',
			),
		),
		dialect: fc.constantFrom('mobile' as const, 'launch' as const),
		encoding: fc.constantFrom('none' as const, 'percent' as const, 'json' as const),
		hit: damaged(VALID_HITS[0], VALID_HITS[1]),
	}),
	take: ({ text, dialect, encoding, hit: source }) => {
		const hit = refusable(() => flattenHit(source), HitError);
		if (!hit) return;
		const context = { hit, now: Date.now(), cachebust: 1, sdkVersion: '' };
		const expanded = expandTemplate(compileTemplate(text, dialect), context, encoding, MOST);
		must((expanded ?? '').length <= MOST, 'longer than it may be');
	},
});
