/** The tables of push notifications in the delivery store. Times are epoch milliseconds of the store's clock. */
export interface PushSchema {
	push_devices: {
		/** See `deviceIdOf`. */
		id: string;
		app_id: string;
		platform: string;
		token: string;
		namespace: string;
		identity: string;
		profile_key: string;
		/** When it was last registered. */
		registered_at: number;
		/** Null: the token is good as far as anybody knows. */
		denylisted_at: number | null;
		denylisted_reason: string | null;
		updated_at: number;
	};
	push_consents: {
		profile_key: string;
		/** Empty: of every app. */
		app_id: string;
		consent: string;
		updated_at: number;
	};
	push_messages: {
		id: string;
		/** The channel configuration that it was sent with. */
		configuration: string;
		name: string;
		first_sent_at: number;
		last_sent_at: number;
	};
	/** One row for each device that a message was meant for, sent to or excluded. */
	push_feedback: {
		/** The delivery's; of an exclusion an id of its own. */
		delivery_id: string;
		message_id: string;
		app_id: string;
		platform: string;
		device_id: string | null;
		profile_key: string | null;
		namespace: string | null;
		identity: string | null;
		status: string;
		code: string | null;
		reason: string | null;
		failure_type: string | null;
		retry_count: number;
		first_attempt_at: number | null;
		requested_at: number | null;
		response_code: number | null;
		response_ms: number | null;
		/** What the provider, and then the device, calls it. */
		provider_message_id: string | null;
		delivered_at: number | null;
		opened_at: number | null;
		created_at: number;
	};
	/** Counts by message, app, platform and hour, so that a report reads few rows. */
	push_counts: {
		period: number;
		message_id: string;
		app_id: string;
		platform: string;
		targeted: number;
		waiting: number;
		sent: number;
		bounced: number;
		excluded: number;
		errors: number;
		delivered: number;
		opened: number;
		clicked: number;
		dismissed: number;
	};
	push_interactions: {
		id: string;
		event_type: string;
		/** When the device says it happened. */
		at: number;
		message_id: string | null;
		delivery_id: string | null;
		profile_key: string | null;
		/** The event as it is emitted, as JSON. */
		event: string;
		stored_at: number;
	};
}
