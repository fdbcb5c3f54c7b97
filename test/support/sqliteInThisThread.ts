import type { SqliteHost } from '../../lib/store/sqliteDialect';
import { SqliteSession } from '../../lib/store/sqliteSession';

/**
 * A database file whose statements run at once where they are asked for: a test with a fake clock knows
 * then that nothing is under way any more.
 */
export async function openInThisThread(path: string): Promise<SqliteHost> {
	const session = new SqliteSession(path);
	return {
		run: async (call) => session.run(call),
		rollback: async () => session.rollback(),
		close: async () => session.close(),
	};
}
