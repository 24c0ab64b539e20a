import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { parseArguments } from '../prepare/arguments.mjs';
import { isInstalled } from '../prepare/install.mjs';
import { platformProblem, thisMachine } from '../prepare/platform.mjs';
import { LockHeld, startTimeOf, takeLock } from '../prepare/process-lock.mjs';
import { forbiddenSkips, summarize } from '../prepare/test-summary.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-prepare-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('platformProblem', () => {
  const good = { node: '20.19.0', platform: 'linux', arch: 'x64', glibc: '2.36' };

  it('is silent where Portcullis runs', () => {
    for (const machine of [
      good,
      { ...good, node: '22.0.0', arch: 'arm64' },
      { ...good, platform: 'darwin', glibc: undefined },
      thisMachine(),
    ]) {
      expect(platformProblem(machine)).toBeUndefined();
    }
  });

  it.each([
    [{ ...good, node: '20.18.3' }, 'Portcullis needs Node 20.19 or newer; this is 20.18.3.'],
    [{ ...good, node: '18.20.0' }, 'Portcullis needs Node 20.19 or newer; this is 18.20.0.'],
    [{ ...good, platform: 'win32' }, 'Portcullis runs on Linux and macOS, x64 or arm64; this is win32-x64.'],
    [
      { ...good, arch: 'riscv64' },
      'Portcullis runs on Linux and macOS, x64 or arm64; this is linux-riscv64.',
    ],
    [{ ...good, glibc: undefined }, expect.stringContaining('needs a Linux with glibc')],
  ])('of %o is one clear line', (machine, line) => {
    expect(platformProblem(machine)).toEqual(line);
  });
});

describe('takeLock', () => {
  it('lets one in and tells the other who holds it', () => {
    const file = join(folder, 'lock');
    const lock = takeLock(file);
    expect(() => takeLock(file)).toThrow(LockHeld);
    expect(() => takeLock(file)).toThrow(String(process.pid));
    lock.release();
    takeLock(file).release();
  });

  it.each([
    ['whose process is gone', { pid: 2 ** 22 + 1, started: '1' }],
    ['whose pid belongs to another process by now', { pid: process.pid, started: 'long ago' }],
    ['that is not readable', 'rubbish'],
  ])('takes over a lock %s', (_name, holder) => {
    const file = join(folder, 'lock');
    writeFileSync(file, typeof holder === 'string' ? holder : JSON.stringify(holder));
    const lock = takeLock(file);
    expect(lock.takenOver).toBe(true);
    expect(() => takeLock(file)).toThrow(LockHeld);
    lock.release();
  });

  it('does not release what another has taken since', () => {
    const file = join(folder, 'lock');
    const lock = takeLock(file);
    const other = JSON.stringify({ pid: process.ppid, started: startTimeOf(process.ppid) });
    writeFileSync(file, other);
    lock.release();
    expect(() => takeLock(file)).toThrow(String(process.ppid));
  });
});

describe('isInstalled', () => {
  const lockfile = (packages: object) =>
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  const installed = (packages: object) => {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  };
  const here = { os: [process.platform], cpu: [process.arch] };

  it('is false before the first installation and after a change of the lockfile', () => {
    lockfile({ '': {}, 'node_modules/a': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(false);
    installed({ 'node_modules/a': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(true);
    lockfile({ '': {}, 'node_modules/a': { version: '1.0.1' } });
    expect(isInstalled(folder)).toBe(false);
    lockfile({ '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } });
    expect(isInstalled(folder)).toBe(false);
  });

  it('misses an engine for this machine, not one for another, nor what npm left out', () => {
    const optional = { version: '1.0.0', optional: true };
    installed({});
    lockfile({
      'node_modules/@chdb/lib-x': { ...optional, os: ['aix'], cpu: ['ppc64'] },
      'node_modules/x': { ...optional, ...here },
    });
    expect(isInstalled(folder)).toBe(true);
    lockfile({ 'node_modules/@chdb/lib-x': { ...optional, ...here } });
    expect(isInstalled(folder)).toBe(false);
  });

  it('says so when there is no lockfile', () => {
    expect(() => isInstalled(folder)).toThrow('package-lock.json is missing');
  });
});

describe('parseArguments', () => {
  it('reads the options', () => {
    expect(parseArguments(['--bare'])).toEqual({ help: false, bare: true, demo: false });
    expect(parseArguments([])).toEqual({ help: false, bare: false, demo: false });
  });

  it('refuses what it does not know, and what contradicts itself', () => {
    expect(() => parseArguments(['--prot'])).toThrow('Unknown option --prot');
    expect(() => parseArguments(['--bare', '--demo'])).toThrow('--bare leaves out');
  });
});

describe('the summary of a test run', () => {
  const assertion = (status: string, title: string) => ({ status, ancestorTitles: ['a part'], title });

  it('counts tests, and a file that could not be run as a failure', () => {
    const report = {
      testResults: [
        {
          name: '/r/x.spec.ts',
          status: 'passed',
          assertionResults: [assertion('passed', 'a'), assertion('pending', 'b')],
        },
        {
          name: '/r/y.spec.ts',
          status: 'failed',
          assertionResults: [assertion('failed', 'c'), assertion('todo', 'd')],
        },
        { name: '/r/z.spec.ts', status: 'failed', assertionResults: [] },
      ],
    };
    expect(summarize(report, '/r')).toEqual({
      passed: 1,
      failed: 2,
      skipped: ['x.spec.ts > a part > b', 'y.spec.ts > a part > d'],
    });
  });

  it('allows a skip only by name and with a reason', () => {
    const summary = { passed: 0, failed: 0, skipped: ['x > a', 'x > b', 'kafka > 1', 'kafka > 2'] };
    expect(
      forbiddenSkips(summary, { 'x > a': 'needs users', 'x > b': ' ', 'kafka > *': 'needs Java' }),
    ).toEqual(['x > b']);
    expect(forbiddenSkips(summary, {})).toEqual(summary.skipped);
  });
});
