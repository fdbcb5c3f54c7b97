import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { N8nClient } from './host/client.ts';
import type { WorkflowJson } from './host/workflow.ts';
import { rootDir } from './paths.ts';

/** A workflow of `workflows/` and where it is in n8n. */
export interface Imported {
	id: string;
	name: string;
	file: string;
	/** Whether it was put there just now. */
	isNew: boolean;
}

/** The example workflows, by file name. */
export async function exampleWorkflows(): Promise<Array<{ file: string; json: WorkflowJson }>> {
	const folder = join(rootDir, 'workflows');
	const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
	const read = async (file: string) => ({
		file,
		json: JSON.parse(await readFile(join(folder, file), 'utf8')) as WorkflowJson,
	});
	return await Promise.all(files.map(read));
}

/** Saves the example workflows in n8n, unpublished; one that is there by name is left as it is. */
export async function importWorkflows(api: N8nClient): Promise<Imported[]> {
	const saved = await api.listWorkflows();
	const imported: Imported[] = [];
	for (const { file, json } of await exampleWorkflows()) {
		const { name } = json;
		const found = saved.find((workflow) => workflow.name === name);
		const { id } = found ?? (await api.createWorkflow(json));
		imported.push({ id, name, file, isNew: !found });
	}
	return imported;
}
