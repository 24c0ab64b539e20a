import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const GUIDE = fileURLToPath(new URL('../../docs/guide/images/', import.meta.url));

/** Few of them, as a guide is read and not leafed through; each as it looks at 1280 pixels by day. */
const IN_GUIDE = new Set(['alert', 'lens', 'policy'].map((name) => `${name}-1280-light`));

/** The pictures of docs/guide are written with `PORTCULLIS_GUIDE=1`; other runs leave theirs in the system's temporary folder. */
const forGuide = process.env['PORTCULLIS_GUIDE'] === '1';
const OTHERS = join(tmpdir(), 'portcullis-screenshots');

export async function screenshot(page: Page, name: string): Promise<void> {
  const path = join(forGuide && IN_GUIDE.has(name) ? GUIDE : OTHERS, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
