import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const GUIDE = fileURLToPath(new URL('../../docs/guide/images/', import.meta.url));

/** The pictures of docs/guide are written with `PORTCULLIS_GUIDE=1`; other runs leave theirs in the system's temporary folder. */
const forGuide = process.env['PORTCULLIS_GUIDE'] === '1';
const OTHERS = join(tmpdir(), 'portcullis-screenshots');

export async function screenshot(page: Page, name: string): Promise<void> {
  await shoot(page, join(OTHERS, `${name}.png`));
}

/** A step of a path as docs/guide shows it: at 1280 pixels by day. */
export async function guidePicture(page: Page, name: string): Promise<void> {
  // What is still on its way is no picture of anything.
  await expect
    .poll(() => page.locator('.mantine-Skeleton-root, .mantine-Loader-root').count(), { timeout: 20_000 })
    .toBe(0);
  await shoot(page, join(forGuide ? GUIDE : OTHERS, `${name}.png`));
}

async function shoot(page: Page, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
