/** Installs the pinned n8n, and nothing more. */
import { ensureHost } from './host/install.ts';

await ensureHost();
