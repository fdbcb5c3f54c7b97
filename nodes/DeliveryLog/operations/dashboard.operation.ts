import type { IDataObject } from 'n8n-workflow';
import { dashboardPage } from '../../../lib/dashboard';
import { gatherFigures } from '../dashboard/figures';
import { actOn, signerOf } from '../dashboard/forms';
import { readPageSettings } from '../dashboard/settings';
import type { Operation } from '../operation';

export const dashboard: Operation = {
	/** One item with the page, and the status that the answer has. */
	async execute(context, index): Promise<IDataObject[]> {
		const settings = readPageSettings(context, index);
		const result = await actOn(context, settings);
		const signer = settings.actions ? await signerOf(context) : undefined;
		const figures = await gatherFigures(context, settings, signer);
		const html = dashboardPage({ ...figures, ...(result ? { notice: result.notice } : {}) });
		return [{ html, statusCode: result?.statusCode ?? 200 }];
	},
};
