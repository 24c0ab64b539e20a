import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { accessibilityViolations } from './accessibility.js';
import { launchChromium, missingChromium } from './chromium.js';
import { newMember, signedIn } from './member.js';

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `a person in several organizations${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: TestDeployment;
    let browser: Browser;

    beforeAll(async () => {
      portcullis = await startTestDeployment();
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });

    const switcher = (page: Page) => page.getByRole('button', { name: /^Organization/ });
    const item = (page: Page, name: string | RegExp) => page.getByRole('menuitem', { name });

    it('creates one from the switcher, works in it at once, and goes back', async () => {
      const { page, context } = await signedIn(browser, portcullis, portcullis.bootstrap);
      await switcher(page).click();
      await item(page, 'Create organization').click();
      const dialog = page.getByRole('dialog', { name: 'Create an organization' });
      await dialog.getByLabel('Name').fill('Payments team');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      expect(await accessibilityViolations(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Create organization' }).click();
      await switcher(page).getByText('Payments team').waitFor();
      // Nothing of the first one is in it.
      await page.goto(`${portcullis.apiUrl}/connections`);
      await page.getByText('No connections yet').waitFor();
      await switcher(page).click();
      await item(page, /^My organization/).click();
      await switcher(page).getByText('My organization').waitFor();
      await page.goto(`${portcullis.apiUrl}/connections`);
      await page.getByRole('link', { name: 'MCP reference server' }).waitFor();
      await context.close();
    });

    it('offers that to nobody who may not', async () => {
      const auditor = await newMember(portcullis, {
        name: 'Cleo',
        email: 'cleo@example.com',
        role: 'auditor',
      });
      const { page, context } = await signedIn(browser, portcullis, auditor);
      await switcher(page).click();
      await item(page, /^My organization/).waitFor();
      expect(await item(page, 'Create organization').count()).toBe(0);
      await context.close();
    });
  },
);
