import type { Unit } from '../store/unit';
import type { ChannelConfiguration } from './configuration';
import type { Addressee } from './deliveries';
import { deviceIdOf, type Device } from './devices/device';
import { problemOfToken } from './devices/registration';
import {
	exclusion,
	NO_CONSENT,
	selectDevices,
	unreachable,
	type Exclusion,
	type Selection,
} from './exclusions';
import { consentsOf, type ConsentOf } from './store/consents';
import { devicesById, devicesOfProfiles } from './store/devices';
import type { Target, TokenTarget } from './targets';

/** Somebody who is not sent to, and why. */
export interface Excluded {
	profileKey?: string;
	/** Without one nobody knows a device. */
	device?: Pick<Addressee, 'id' | 'appId' | 'platform' | 'token' | 'identity'>;
	exclusion: Exclusion;
	/** The token was given up before. */
	denylisted?: boolean;
}

/** Which devices the target of one request comes down to. */
export interface Plan {
	send: Addressee[];
	excluded: Excluded[];
}

/** What the store knows of all targets of a batch. */
export interface Known {
	byProfile: ReadonlyMap<string, readonly Device[]>;
	byId: ReadonlyMap<string, Device>;
	consentOf: ConsentOf;
}

/** Asks the store about the targets of many requests at once. */
export async function loadKnown(
	unit: Unit,
	targets: readonly Target[],
	configuration: ChannelConfiguration,
): Promise<Known> {
	const keys = targets.flatMap(({ profileKey }) => (profileKey ? [profileKey] : []));
	const ids = targets.flatMap(({ tokens = [] }) =>
		tokens.map((token) => idOf(token, configuration)),
	);
	const byProfile = await devicesOfProfiles(unit, keys);
	const byId = await devicesById(unit, ids);
	const owners = [...byId.values()].map(({ profileKey }) => profileKey);
	return { byProfile, byId, consentOf: await consentsOf(unit, [...keys, ...owners]) };
}

/** Knows nobody, for runs without a store. */
export const nobodyKnown: Known = Object.freeze({
	byProfile: new Map(),
	byId: new Map(),
	consentOf: () => 'unknown' as const,
});

const appIdOf = ({ platform, appId }: TokenTarget, { ios, android }: ChannelConfiguration) =>
	appId || ((platform === 'fcm' ? android?.appId : ios?.appId) ?? '');

const idOf = (target: TokenTarget, configuration: ChannelConfiguration) =>
	deviceIdOf(appIdOf(target, configuration), target.platform, target.token);

/** Works out whom a message goes to. A token that is there twice is sent to once. Pure. */
export function planFor(target: Target, known: Known, configuration: ChannelConfiguration): Plan {
	const plan: Plan = { send: [], excluded: [] };
	const { profileKey, tokens = [] } = target;
	if (!profileKey && tokens.length === 0) {
		const details = 'neither a profile key nor a token is given';
		plan.excluded.push({ exclusion: exclusion('PushMalformedProfile', details) });
		return plan;
	}
	if (profileKey) {
		const devices = known.byProfile.get(profileKey) ?? [];
		const consentOf = (appId: string) => known.consentOf(profileKey, appId);
		add(plan, selectDevices(devices, consentOf, configuration), profileKey);
	}
	for (const token of tokens) addToken(plan, token, known, configuration);
	const seen = new Set<string>();
	plan.send = plan.send.filter(({ id }) => !seen.has(id) && seen.add(id));
	return plan;
}

function add(plan: Plan, selection: Selection, profileKey: string): void {
	plan.send.push(...selection.send.map((device) => ({ ...device, isRegistered: true })));
	plan.excluded.push(...selection.excluded.map((one) => ({ ...one, profileKey })));
}

function addToken(
	plan: Plan,
	target: TokenTarget,
	{ byId, consentOf }: Known,
	configuration: ChannelConfiguration,
): void {
	const id = idOf(target, configuration);
	const registered = byId.get(id);
	if (!registered) {
		const { platform, token } = target;
		const device = { id, appId: appIdOf(target, configuration), platform, token };
		const why = malformed(target) ?? unreachable(blank(device), configuration);
		if (why) plan.excluded.push({ device, exclusion: why });
		else plan.send.push({ ...device, isRegistered: false });
		return;
	}
	const { profileKey } = registered;
	const refused = consentOf(profileKey, registered.appId) === 'no';
	const why = refused ? NO_CONSENT : unreachable(registered, configuration);
	if (!why) plan.send.push({ ...registered, isRegistered: true });
	else {
		const denylisted = !refused && registered.denylisted !== undefined;
		plan.excluded.push({ profileKey, device: registered, exclusion: why, denylisted });
	}
}

function malformed({ platform, token }: TokenTarget): Exclusion | undefined {
	const problem = problemOfToken(token, platform);
	return problem === undefined
		? undefined
		: exclusion('PushMalformedProfile', `the token ${problem}`);
}

const blank = (device: Pick<Device, 'id' | 'appId' | 'platform' | 'token'>): Device => ({
	...device,
	identity: { namespace: '', id: '' },
	profileKey: '',
	registeredAt: 0,
});
