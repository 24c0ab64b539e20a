import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const GUIDE = fileURLToPath(new URL('../../docs/guide/images/', import.meta.url));

/** The pictures of docs/guide are written with `PORTCULLIS_GUIDE=1`; other runs leave theirs in the system's temporary folder. */
const FOLDER = process.env['PORTCULLIS_GUIDE'] === '1' ? GUIDE : join(tmpdir(), 'portcullis-screenshots');

export async function screenshot(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
