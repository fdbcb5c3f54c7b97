import type { Unit } from '../../store/unit';

/**
 * Holds a destination until the transaction ends. What is exported of a profile is decided from what is
 * stored of it, of others that may become one with it, and of its mappings: two executions that have the
 * same ones in hand decide one after the other, also about profiles that are not stored yet.
 */
export async function holdDestination(unit: Unit, destination: string): Promise<void> {
	await unit.shared?.lock('profiles', [destination]);
}
