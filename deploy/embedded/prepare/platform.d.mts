export interface Machine {
  node: string;
  platform: string;
  arch: string;
  glibc: string | undefined;
}
export declare function platformProblem(machine: Machine): string | undefined;
export declare function thisMachine(): Machine;
export declare function glibcVersion(): string | undefined;
