export interface ProcessStat {
  readonly name: string;
  readonly isZombie: boolean;
  readonly parent: number;
  readonly started: string | undefined;
}
export function processStat(pid: number | string): ProcessStat;
