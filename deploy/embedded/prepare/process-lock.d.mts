export declare class LockHeld extends Error {
  readonly pid: number;
  constructor(pid: number);
}
export declare function takeLock(file: string): { takenOver: boolean; release: () => void };
export declare function startTimeOf(pid: number): string | undefined;
