// The package names a declaration file that it does not carry.
declare module '@adobe/aep-rules-engine' {
	interface Consequence {
		id: string;
		type: string;
		detail: unknown;
	}
	interface RuleSet {
		version: number;
		rules: Array<{ condition: object; consequences: Consequence[] }>;
	}
	export default function RulesEngine(rules: RuleSet): {
		execute(context: Record<string, unknown>): Consequence[][];
	};
}
