import { reconcile, type Arrivals, type Stored } from './reconcile.ts';
import { intoPage, isGood, toLine, toTable, type Row } from './report.ts';

const arrived = (taken: number, ids = ['a'], answers: number[] = []): Arrivals => ({
	taken,
	ids: new Set(ids),
	answers: new Set(answers),
});

const stored = (message: number, status: string, reason: string | null = null): Stored => ({
	id: 'a',
	message,
	status,
	reason,
	settled: status !== 'pending' && status !== 'retrying',
});

describe('messages that are owed', () => {
	it('are delivered when the receiver took them, whatever the store says', () => {
		const { tally } = reconcile([1], new Map([[1, arrived(1)]]), [stored(1, 'retrying')]);
		expect(tally).toMatchObject({ sent: 1, delivered: 1, queued: 0, lost: 0, duplicates: 0 });
	});

	it('are duplicates beyond the first time', () => {
		const { tally } = reconcile([1], new Map([[1, arrived(3)]]), []);
		expect(tally).toMatchObject({ delivered: 1, duplicates: 2 });
	});

	it('are lost when the store calls them delivered and the receiver never took them', () => {
		const { tally, problems } = reconcile([1], new Map(), [stored(1, 'delivered')]);
		expect(tally).toMatchObject({ delivered: 0, lost: 1 });
		expect(problems).toHaveLength(1);
	});

	it('are lost when nobody knows of them, or the workflow is said to have left them out', () => {
		const { tally } = reconcile([1, 2], new Map(), [stored(2, 'closed', 'not sent')]);
		expect(tally.lost).toBe(2);
	});

	it('are queued or dead when the store says so', () => {
		const rows = [stored(1, 'pending'), stored(2, 'dead', 'HTTP 410')];
		const arrivals = new Map([[2, arrived(0, ['a'], [410])]]);
		const { tally, problems } = reconcile([1, 2], arrivals, rows);
		expect(tally).toMatchObject({ queued: 1, dead: 1, lost: 0 });
		expect(problems).toEqual([]);
	});
});

describe('problems', () => {
	it('are messages that come under a second id', () => {
		const { problems } = reconcile([1], new Map([[1, arrived(1, ['a', 'b'])]]), []);
		expect(problems).toEqual(['message 1 came under several ids: a, b']);
	});

	it('are messages that are stored twice', () => {
		const rows = [stored(1, 'pending'), stored(1, 'pending')];
		expect(reconcile([1], new Map(), rows).problems).toEqual(['message 1 is stored 2 times']);
	});

	it('are dead letters for an answer that the receiver never gave', () => {
		const { problems } = reconcile([1], new Map(), [stored(1, 'dead', 'HTTP 410')]);
		expect(problems).toHaveLength(1);
	});

	it('are not dead letters that a crash explains', () => {
		const rows = [stored(1, 'dead', 'poison'), stored(2, 'dead', 'never reached a sender')];
		expect(reconcile([1, 2], new Map(), rows).problems).toEqual([]);
	});
});

describe('a report', () => {
	const tally = { sent: 3, delivered: 2, dead: 1, queued: 0, lost: 0, duplicates: 4 };
	const row: Row = { fault: 'f', title: 't', seed: 7, tally, failures: [], seconds: 1 };

	it('has one line for machines', () => {
		expect(toLine(row)).toBe(
			'{"fault":"f","sent":3,"delivered":2,"dead":1,"queued":0,"lost":0,"duplicates":4,"seed":7}',
		);
	});

	it('is bad when something is lost, a check failed, or nothing came of it', () => {
		expect(isGood(row)).toBe(true);
		expect(isGood({ ...row, tally: { ...tally, lost: 1 } })).toBe(false);
		expect(isGood({ ...row, failures: ['x'] })).toBe(false);
		expect(isGood({ ...row, tally: undefined })).toBe(false);
		expect(isGood({ ...row, tally: undefined, skipped: 'needs root' })).toBe(true);
	});

	it('stands in a page, beside the rows of other faults', () => {
		const page = 'a\n<!-- table of npm run test:faults -->\n<!-- end of the table -->\nb\n';
		const order = ['e', 'f', 'g'];
		const first = intoPage(page, [row, { ...row, fault: 'e' }, { ...row, fault: 'gone' }], order);
		const next = intoPage(first, [{ ...row, seed: 8 }], order);
		expect(
			next
				.split('\n')
				.filter((line) => line.startsWith('|'))
				.slice(2),
		).toEqual([
			'| e | t | 3 | 2 | 1 | 0 | 0 | 4 | 7 | kept |',
			'| f | t | 3 | 2 | 1 | 0 | 0 | 4 | 8 | kept |',
		]);
		expect(next.startsWith('a\n')).toBe(true);
		expect(next.endsWith('\nb\n')).toBe(true);
	});

	it('is refused by a page without a place for it', () => {
		expect(() => intoPage('no marks', [row], ['f'])).toThrow('no place');
	});

	it('says why a fault was not done', () => {
		const skipped = { ...row, tally: undefined, skipped: 'needs root' };
		expect(toTable([skipped])).toContain('not done: needs root');
	});
});
