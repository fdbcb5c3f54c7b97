/**
 * The picture of an example on the canvas, in docs/images.
 * @param file of workflows/
 */
export const pictureOf = (file: string): string =>
	// dashboard.png is the page that the dashboard shows.
	file === 'dashboard.json' ? 'dashboard-workflow.png' : file.replace('.json', '.png');
