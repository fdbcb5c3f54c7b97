/** What `npm start` and `npm run dev` have in common. */
import { createServer } from 'node:net';
import { EXAMPLE_RECEIVER_PORT, startExampleReceiver } from './demo/example-receiver.ts';
import { OWNER } from './host/client.ts';
import type { Receiver } from './receiver.ts';

/** Fails with advice when the port is taken, since n8n itself only writes a stack trace. */
export async function assertFree(port: number, command: string): Promise<void> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	}).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== 'EADDRINUSE') throw error;
		console.error(`Port ${port} is taken. Choose another one: ${command} -- --port ${port + 1}`);
		process.exit(1);
	});
	await new Promise((resolve) => server.close(resolve));
}

/** n8n is worth starting without it: it is only for trying things out. */
export async function tryReceiver(): Promise<Receiver | undefined> {
	try {
		return await startExampleReceiver();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
		console.error(
			`Port ${EXAMPLE_RECEIVER_PORT} is taken: the receiver of the examples is not started.`,
		);
		return undefined;
	}
}

/** Where n8n is, and who may log in. */
export const addressOf = (port: number): string => `n8n runs at http://localhost:${port}

  e-mail    ${OWNER.email}
  password  ${OWNER.password}`;
