import { lazily, methodsOf } from '../../../nodes/shared/lazily';

test('a part is loaded when it is first asked for, and once', () => {
	const load = jest.fn(() => ({ name: 'part' }));
	const part = lazily(load);
	expect(load).not.toHaveBeenCalled();
	expect(part()).toBe(part());
	expect(load).toHaveBeenCalledTimes(1);
});

test('a part that could not be loaded is tried again', () => {
	const load = jest.fn<string, []>().mockImplementationOnce(() => {
		throw new Error('disk is gone');
	});
	load.mockReturnValue('part');
	const part = lazily(load);
	expect(part).toThrow('disk is gone');
	expect(part()).toBe('part');
});

test('methods have their names at once, and load their part when they are called', async () => {
	const search = async function (this: { id: string }, filter: string) {
		return `${this.id} ${filter}`;
	};
	const load = jest.fn(() => ({ search, other: search }));
	const methods = methodsOf(lazily(load), ['search']);
	expect(Object.keys(methods)).toEqual(['search']);
	expect(load).not.toHaveBeenCalled();
	await expect(methods.search.call({ id: 'node' }, 'text')).resolves.toBe('node text');
});

test('a method whose part cannot be loaded rejects', async () => {
	const methods = methodsOf<Record<'search', () => Promise<void>>, 'search'>(() => {
		throw new Error('disk is gone');
	}, ['search']);
	await expect(methods.search()).rejects.toThrow('disk is gone');
});
