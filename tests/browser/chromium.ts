import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Why there is no browser to test with; null when there is one. `PORTCULLIS_CHROMIUM` names one that is elsewhere. */
export function missingChromium(): string | null {
  return executable() === undefined
    ? 'No Chromium was found (Debian: apt-get install chromium; elsewhere set PORTCULLIS_CHROMIUM).'
    : null;
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = executable();
  if (executablePath === undefined) throw new Error(missingChromium() ?? '');
  // Root, as in CI, has no sandbox to give.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

function executable(): string | undefined {
  return [process.env['PORTCULLIS_CHROMIUM'] ?? '', ...PLACES].find(
    (path) => path !== '' && existsSync(path),
  );
}
