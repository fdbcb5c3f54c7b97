import type { Entrance } from '../support/entrance';
import { fcmTokens, oauth2Tokens, pushAnswers, reactorAnswers, retryAfter } from './answers';
import { callbackApi } from './callbackApi';
import { bareEvents, callbackEvents } from './callbackEvents';
import { definitions, fieldDefinitions, pastedDefinitions } from './definitions';
import { deliveryItems, headers, masking, signatures } from './headers';
import { hits } from './hits';
import { hosts } from './hosts';
import { jsonata } from './jsonata';
import { ownPort } from './ownPort';
import { postbackTrigger } from './postbackTrigger';
import { profileChanges, profileMappings, profiles } from './profiles';
import { deviceTokens, interactions, pushMessages, pushRegistrations } from './push';
import { callbackService, receivers } from './servers';
import { templates } from './templates';

/** Every place where something from outside comes in. */
export const ENTRANCES: readonly Entrance[] = [
	hits,
	postbackTrigger,
	ownPort,
	definitions,
	pastedDefinitions,
	fieldDefinitions,
	templates,
	jsonata,
	callbackApi,
	callbackEvents,
	bareEvents,
	profiles,
	profileChanges,
	profileMappings,
	deliveryItems,
	headers,
	signatures,
	masking,
	pushAnswers,
	fcmTokens,
	oauth2Tokens,
	reactorAnswers,
	retryAfter,
	callbackService,
	receivers,
	pushRegistrations,
	deviceTokens,
	interactions,
	pushMessages,
	hosts,
];
