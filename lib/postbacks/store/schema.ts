/** The tables of postbacks in the delivery store. */
export interface PostbackSchema {
	postback_visitors: { scope: string; postback_id: string; visitor: string };
	postback_states: { scope: string; postback_id: string; active: number };
}
