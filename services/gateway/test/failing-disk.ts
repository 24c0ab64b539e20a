import { NODE_DISK, type SpoolDisk } from '../src/spool/spool-disk.js';

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the disk of this test`), { code });
}

/** A disk that can be told to fail. */
export class FailingDisk {
  /** Bytes that still fit; the write that goes over it is cut short, the next fails. */
  free = Infinity;
  failOpen = false;
  failSync = false;
  failTruncate = false;

  readonly disk: SpoolDisk = {
    ...NODE_DISK,
    openSync: ((...args: Parameters<typeof NODE_DISK.openSync>) => {
      if (this.failOpen && args[1] === 'wx') throw systemError('EMFILE');
      return NODE_DISK.openSync(...args);
    }) as typeof NODE_DISK.openSync,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (this.free === 0) throw systemError('ENOSPC');
      const fits = Math.min(length, this.free);
      this.free -= fits;
      return NODE_DISK.writeSync(fd, bytes, offset, fits, position);
    }) as typeof NODE_DISK.writeSync,
    ftruncateSync: ((fd: number, length: number) => {
      if (this.failTruncate) throw systemError('EIO');
      NODE_DISK.ftruncateSync(fd, length);
    }) as typeof NODE_DISK.ftruncateSync,
    fdatasync: ((fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      if (this.failSync) process.nextTick(done, systemError('EIO'));
      else NODE_DISK.fdatasync(fd, done);
    }) as typeof NODE_DISK.fdatasync,
  };
}
