import type { Page } from 'playwright-core';
import { accessibilityViolations } from './accessibility.js';
import { screenshot } from './screenshots.js';

const WIDTHS = [1280, 390] as const;
const SCHEMES = ['light', 'dark'] as const;

/** Looks at a screen wide and narrow, by day and by night; answers what is wrong with it. Leaves it wide and light. */
export async function complaintsOf(page: Page, name: string): Promise<string[]> {
  const complaints: string[] = [];
  for (const colorScheme of SCHEMES)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const at = `${name} at ${width}, ${colorScheme}`;
      await screenshot(page, `${name}-${width}-${colorScheme}`);
      for (const violation of await accessibilityViolations(page)) complaints.push(`${at}: ${violation}`);
      const overflow = (await page.evaluate(
        'document.documentElement.scrollWidth - window.innerWidth',
      )) as number;
      if (overflow > 0) complaints.push(`${at}: the page scrolls sideways by ${overflow}px`);
    }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  return complaints;
}
