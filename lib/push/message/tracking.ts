/** What a message is sent for; without either the SDK's events tell of the delivery alone. */
export interface TrackingSettings {
	journeyVersionId?: string;
	journeyVersionInstanceId?: string;
	campaignId?: string;
	campaignVersionId?: string;
	batchInstanceId?: string;
	/** transactional or marketing. */
	messageType?: string;
}

/** How tracking data names one notification. */
export interface MessageExecution extends Record<string, string> {
	messageExecutionID: string;
	messageID: string;
}

/**
 * `_xdm`, which the SDK gives back with every interaction; without it the SDK tracks nothing (open source
 * of the SDK, tracking). Campaigns stand under `mixins`, journeys under `cjm`.
 * @param executionId the delivery's, so that an interaction leads to it
 */
export function trackingData(
	settings: TrackingSettings,
	executionId: string,
	messageId: string,
): Record<string, unknown> {
	const execution: MessageExecution = { messageExecutionID: executionId, messageID: messageId };
	const names: [keyof TrackingSettings, string][] = [
		['messageType', 'messageType'],
		['journeyVersionId', 'journeyVersionID'],
		['journeyVersionInstanceId', 'journeyVersionInstanceId'],
		['campaignId', 'campaignID'],
		['campaignVersionId', 'campaignVersionID'],
		['batchInstanceId', 'batchInstanceID'],
	];
	for (const [from, to] of names) {
		const value = settings[from];
		if (value) execution[to] = value;
	}
	const data = { _experience: { customerJourneyManagement: { messageExecution: execution } } };
	return settings.campaignId ? { mixins: data } : { cjm: data };
}
