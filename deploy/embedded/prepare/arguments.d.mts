export declare const HELP: string;
export declare function parseArguments(argv: readonly string[]): {
  help: boolean;
  bare: boolean;
  demo: boolean;
};
