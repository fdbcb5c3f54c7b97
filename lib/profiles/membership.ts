import { isDate, toMillis } from './dates';
import { shorten } from './errors';

/** HTTP API destination, exported data: the states that a membership is exported with. */
export const MEMBERSHIP_STATUSES = ['realized', 'existing', 'exited'] as const;
export type MembershipStatus = (typeof MEMBERSHIP_STATUSES)[number];

/** What is told of an audience beyond the membership; times in UNIX milliseconds. */
export interface AudienceDetails {
	name?: string;
	createdAt?: number;
	updatedAt?: number;
	mappingCreatedAt?: number;
	mappingUpdatedAt?: number;
}

/** A profile's membership of one audience. */
export interface Membership extends AudienceDetails {
	/** `ups` for audiences of the platform itself. */
	namespace: string;
	audience: string;
	status: MembershipStatus;
	/** As it came. */
	lastQualificationTime?: string;
}

const TIMES = ['createdAt', 'updatedAt', 'mappingCreatedAt', 'mappingUpdatedAt'] as const;

// The current page names the end of a membership "exiting" where it speaks of what causes an export.
const STATUS_OF: ReadonlyMap<unknown, MembershipStatus> = new Map<unknown, MembershipStatus>([
	...MEMBERSHIP_STATUSES.map((status): [string, MembershipStatus] => [status, status]),
	['exiting', 'exited'],
]);

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where something stands, for a message. */
export const at = (path: string, name: string) => `${path}[${JSON.stringify(shorten(name))}]`;

/**
 * Reads `segmentMembership`: namespace → audience → `{ lastQualificationTime, status, … }`.
 * @param problems gets a sentence for each thing that is wrong, with its path and the mend
 * @returns the memberships in their order
 */
export function readMemberships(value: unknown, problems: string[]): Membership[] {
	const memberships: Membership[] = [];
	const path = 'segmentMembership';
	if (!isFields(value)) {
		problems.push(`${path} is no object: give { namespace: { audience: { status, … } } }`);
		return memberships;
	}
	for (const namespace of Object.keys(value)) {
		const audiences = value[namespace];
		if (!isFields(audiences)) {
			problems.push(`${at(path, namespace)} is no object: give { audience: { status, … } }`);
			continue;
		}
		for (const audience of Object.keys(audiences)) {
			const membership = readMembership(namespace, audience, audiences[audience], problems);
			if (membership) memberships.push(membership);
		}
	}
	return memberships;
}

function readMembership(
	namespace: string,
	audience: string,
	value: unknown,
	problems: string[],
): Membership | undefined {
	// Made only when it is needed: nearly all memberships are fine.
	const complain = (field: string, problem: string) => {
		problems.push(`${at(at('segmentMembership', namespace), audience)}${field} ${problem}`);
	};
	if (!isFields(value)) {
		complain('', 'is no object: give { lastQualificationTime, status }');
		return undefined;
	}
	const { lastQualificationTime: time } = value;
	const status = STATUS_OF.get(value.status);
	if (status === undefined) {
		complain('.status', `${describeStatus(value.status)}: give realized, existing or exited`);
		return undefined;
	}
	const membership: Membership = { namespace, audience, status };
	if (time !== undefined && time !== null) {
		if (typeof time === 'string' && isDate(time)) membership.lastQualificationTime = time;
		else {
			const mend = 'give a date in ISO 8601, such as 2022-01-11T21:24:39Z, or leave it out';
			complain('.lastQualificationTime', `is no date: ${mend}`);
		}
	}
	readDetails(value, membership, complain);
	return membership;
}

function describeStatus(status: unknown): string {
	if (status === undefined || status === null) return 'is missing';
	return typeof status === 'string'
		? `is "${shorten(status)}", which is no status of a membership`
		: 'is no text';
}

function readDetails(
	value: Fields,
	details: AudienceDetails,
	complain: (field: string, problem: string) => void,
): void {
	const { name } = value;
	if (typeof name === 'string') details.name = name;
	else if (name !== undefined && name !== null)
		complain('.name', 'is no text: give the audience’s name');
	for (const field of TIMES) {
		const given = value[field];
		if (given === undefined || given === null) continue;
		const millis = toMillis(given);
		if (millis === undefined) {
			complain(`.${field}`, 'is no date: give UNIX milliseconds or a date in ISO 8601');
		} else details[field] = millis;
	}
}

/** Whether a profile in this state of an audience belongs to it. */
export const isMember = (status: MembershipStatus | 'none') =>
	status === 'realized' || status === 'existing';

/** One text for an audience of a namespace. */
export const audienceKey = (namespace: string, audience: string) => `${namespace}\n${audience}`;
