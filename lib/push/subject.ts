/** Whom a delivery is for: a registered device, or a token that nobody registered. */
export interface PushSubject {
	deviceId?: string;
}

const DEVICE = 'device:';
const TOKEN = 'token:';

/** A delivery's subject. @param id of the device, or what it would be if it were registered */
export function subjectOf(id: string, isRegistered: boolean): string {
	return `${isRegistered ? DEVICE : TOKEN}${id}`;
}

/** Reads {@link subjectOf}; undefined for what is none. */
export function parseSubject(subject: string | undefined): PushSubject | undefined {
	if (subject?.startsWith(DEVICE)) return { deviceId: subject.slice(DEVICE.length) };
	return subject?.startsWith(TOKEN) ? {} : undefined;
}
