import type { Outcome } from '../delivery/channel';

/** What an attempt at a provider tells besides what every outcome does. */
export interface PushOutcome extends Outcome {
	/** Nothing of the queue would be taken: what somebody has to mend first. */
	pauseQueue?: string;
	/** The wait that the provider asks for is about this delivery alone. */
	onlyThisDelivery?: boolean;
	/** The provider's own code. */
	code?: string;
}
