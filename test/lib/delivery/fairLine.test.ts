import fc from 'fast-check';
import { FairLine, inTurns } from '../../../lib/delivery/fairLine';

const job = (endpoint: string, n = 0) => ({ endpoint, n });
const all = () => Infinity;

describe('fair line', () => {
	it('takes turns between endpoints, in the order of each', () => {
		const jobs = [job('a', 1), job('a', 2), job('a', 3), job('b', 1), job('c', 1), job('c', 2)];
		expect(inTurns(jobs).map(({ endpoint, n }) => `${endpoint}${n}`)).toEqual([
			'a1',
			'b1',
			'c1',
			'a2',
			'c2',
			'a3',
		]);
	});

	it('gives one endpoint half of the places while others wait, and all when it is alone', () => {
		const line = new FairLine<ReturnType<typeof job>>(4);
		for (let n = 0; n < 9; n++) line.add(job('a', n));
		for (let n = 0; n < 3; n++) line.add(job('b', n));
		const taken = Array.from({ length: 5 }, () => line.take(all)?.endpoint);
		expect(taken).toEqual(['a', 'b', 'a', 'b', undefined]);
		line.drain('b');
		expect([line.take(all)?.endpoint, line.take(all)?.endpoint, line.take(all)]).toEqual([
			'a',
			'a',
			undefined,
		]);
	});

	it('skips endpoints without room', () => {
		const line = new FairLine<ReturnType<typeof job>>(4);
		line.add(job('a'));
		line.add(job('b'));
		expect(line.take((endpoint) => (endpoint === 'a' ? 0 : 1))?.endpoint).toBe('b');
		expect(line.take(() => 0)).toBeUndefined();
		expect(line.waiting).toBe(1);
	});

	it('gives out what waits for an endpoint, or all of it', () => {
		const line = new FairLine<ReturnType<typeof job>>(4);
		for (const endpoint of ['a', 'b', 'a', 'c']) line.add(job(endpoint));
		expect(line.drain('a')).toHaveLength(2);
		expect(line.endpoints()).toEqual(['b', 'c']);
		expect(line.drainAll().map(({ endpoint }) => endpoint)).toEqual(['b', 'c']);
		expect([line.waiting, line.take(all), line.drain('x')]).toEqual([0, undefined, []]);
		line.add(job('a'));
		expect(line.take(all)?.endpoint).toBe('a');
	});

	it('loses nothing and gives nothing twice, whatever the order of calls', () => {
		const step = fc.oneof(
			fc.record({ do: fc.constant('add' as const), endpoint: fc.constantFrom('a', 'b', 'c') }),
			fc.record({ do: fc.constantFrom('take' as const, 'done' as const, 'drainAll' as const) }),
			fc.record({ do: fc.constant('drain' as const), endpoint: fc.constantFrom('a', 'b', 'c') }),
		);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const line = new FairLine<ReturnType<typeof job>>(3);
				const added: number[] = [];
				const got: number[] = [];
				const underWay: ReturnType<typeof job>[] = [];
				for (const one of steps) {
					if (one.do === 'add') {
						added.push(added.length);
						line.add(job(one.endpoint, added.length - 1));
					} else if (one.do === 'take' && underWay.length < 3) {
						const taken = line.take(all);
						// Nothing blocks: with a free place and something waiting, one can always start.
						if (!taken) return line.waiting === 0;
						underWay.push(taken);
						got.push(taken.n);
					} else if (one.do === 'done') {
						const over = underWay.shift();
						if (over) line.done(over);
					} else if (one.do === 'drain') {
						for (const { n } of line.drain(one.endpoint)) got.push(n);
					} else if (one.do === 'drainAll') {
						for (const { n } of line.drainAll()) got.push(n);
					}
					if (added.length !== got.length + line.waiting) return false;
				}
				for (const { n } of line.drainAll()) got.push(n);
				return [...got].sort((a, b) => a - b).join() === added.join();
			}),
		);
	});
});
