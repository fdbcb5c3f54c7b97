import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Bytes that are in use after everything that nobody holds is gone. */
export function heapInUse(): number {
	collect();
	return process.memoryUsage().heapUsed;
}
