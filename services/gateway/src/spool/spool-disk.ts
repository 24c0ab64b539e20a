import { closeSync, fdatasync, fsync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** The calls of `node:fs` by which a spool is written: what a test replaces to have a disk that fails. */
export const NODE_DISK = { openSync, writeSync, ftruncateSync, closeSync, unlinkSync, fdatasync, fsync };
export type SpoolDisk = typeof NODE_DISK;
