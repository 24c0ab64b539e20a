import type { Page } from 'playwright-core';

/** Resolves when the browser has drawn what the page made of all that reached it before. */
export const drawn = (page: Page): Promise<void> =>
  page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
