import type { Outcome } from '../delivery/channel';

/** What an attempt at a provider tells besides what every outcome does. */
export interface PushOutcome extends Outcome {
	/** The provider's own code. */
	code?: string;
}
