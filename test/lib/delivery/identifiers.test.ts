import { validate, version } from 'uuid';
import { newDeliveryId } from '../../../lib/delivery/identifiers';

test('an id is msg_ and a UUIDv7 without hyphens', () => {
	const id = newDeliveryId();
	expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
	const uuid = id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
	expect(validate(uuid)).toBe(true);
	expect(version(uuid)).toBe(7);
});

test('an id holds the time at which it was made', () => {
	const before = Date.now();
	const madeAt = parseInt(newDeliveryId().slice(4, 16), 16);
	expect(madeAt).toBeGreaterThanOrEqual(before - 1_000);
	expect(madeAt).toBeLessThanOrEqual(Date.now() + 1_000);
});

test('ids sort as texts in the order in which they were made, and none comes twice', () => {
	const ids = Array.from({ length: 50_000 }, newDeliveryId);
	expect([...ids].sort()).toEqual(ids);
	expect(new Set(ids).size).toBe(ids.length);
});

test('an id cannot be guessed from the one before', () => {
	const ends = Array.from({ length: 1_000 }, () => newDeliveryId().slice(-11));
	expect(new Set(ends).size).toBe(ends.length);
});

test('ids go on rising when the clock is set back', () => {
	const before = newDeliveryId();
	const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
	try {
		expect(newDeliveryId() > before).toBe(true);
	} finally {
		now.mockRestore();
	}
});
