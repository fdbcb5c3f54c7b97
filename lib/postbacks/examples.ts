import type { PostbackDefinition } from './definition';

/** A template to start from. Inactive, as every new postback is until someone activates it. */
export interface PostbackExample {
	name: string;
	/** What it is for and what to replace in it. */
	description: string;
	definition: PostbackDefinition;
}

const custom = {
	type: 'custom',
	active: false,
	dialect: 'mobile',
	showRule: 'always',
} as const;

/**
 * The sample of "Mobile Services, Postbacks" and the recipes of Campaign Standard for the 4.x SDK
 * (PII, location), with hosts to be replaced.
 */
export const POSTBACK_EXAMPLES: readonly PostbackExample[] = [
	{
		name: 'Screen view to a server',
		description: 'Sends user, zip code and the previous session when the main menu is shown',
		definition: {
			...custom,
			id: 'screen-view',
			name: 'Screen view to a server',
			url: 'https://my.server.com/?user={user.name}&zip={user.zip}&c16={%sdkver%}&c27=cln,{a.PrevSessionLength}',
			body: 'sdkver={%sdkver%}&cb={%cachebust%}&clientId={n.client.id}&ts={%timestampU%}&tsz={%timestampZ%}',
			contentType: 'application/x-www-form-urlencoded',
			timeoutSeconds: 4,
			condition: { triggers: [{ key: 'pageName', matcher: 'eq', values: ['MainMenu'] }] },
		},
	},
	{
		name: 'Crash alert',
		description: 'Reports a crash on the launch after it, with app and device',
		definition: {
			...custom,
			id: 'crash-alert',
			name: 'Crash alert',
			url: 'https://my.server.com/crashes',
			body: '{"app":"{a.AppID}","device":"{a.DeviceName}","os":"{a.OSVersion}","time":"{%timestampz%}"}',
			contentType: 'application/json',
			condition: { triggers: [{ key: 'a.CrashEvent', matcher: 'ex' }] },
		},
	},
	{
		name: 'Campaign: profile data (PII)',
		description:
			'Passes what collectPII was given to Adobe Campaign Standard: replace host and key of the app, and gcm by apns on iOS',
		definition: {
			...custom,
			id: 'campaign-pii',
			name: 'Campaign: profile data (PII)',
			type: 'pii',
			url: 'https://campaign.example.com/rest/head/mobileAppV5/YOUR-APP-KEY/subscriptions/{%pushid%}',
			body: '{"marketingCloudId":"{%mcid%}","pushPlatform":"gcm","cusEmail":"{email}","cusFirstName":"{firstName}","cusLastName":"{lastName}","userKey":"{userKey}"}',
			contentType: 'application/json',
			condition: { triggers: [{ key: 'a.LaunchEvent', matcher: 'ex' }] },
		},
	},
	{
		name: 'Campaign: location',
		description:
			'Passes the point of interest to Adobe Campaign Standard: replace host and key of the app',
		definition: {
			...custom,
			id: 'campaign-location',
			name: 'Campaign: location',
			url: 'https://campaign.example.com/rest/head/mobileAppV5/YOUR-APP-KEY/locations/',
			body: '{"locationData":{"distances":"{a.loc.dist}","poiLabel":"{a.loc.poi}","latitude.a":"{a.loc.lat.a}","latitude.b":"{a.loc.lat.b}","latitude.c":"{a.loc.lat.c}","longitude.a":"{a.loc.lon.a}","longitude.b":"{a.loc.lon.b}","longitude.c":"{a.loc.lon.c}","marketingCloudId":"{mid}"}}',
			contentType: 'application/json',
			timeoutSeconds: 5,
			condition: { triggers: [{ key: 'campaign.test', matcher: 'ex' }] },
		},
	},
];
