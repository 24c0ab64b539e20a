import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from './chromium.js';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { signIn } from './sign-in.js';

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `who may see the dashboard${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: TestDeployment;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      portcullis = await startTestDeployment();
      browser = await launchChromium();
      page = await browser.newPage();
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });

    it('says that a password is wrong, and not which of the two', async () => {
      await page.goto(`${portcullis.apiUrl}/sign-in`);
      await page.getByLabel('Email').fill(portcullis.bootstrap.email);
      await page.getByRole('textbox', { name: 'Password' }).fill('not the password of anybody');
      await page.getByRole('button', { name: 'Sign in' }).click();
      expect(await page.getByRole('alert').innerText()).toBe('No account has this email and password.');
    });

    it('leads from a page to the sign-in page when the session has ended, and back', async () => {
      await page.goto(`${portcullis.apiUrl}/policies`);
      await signIn(page, portcullis.bootstrap);
      await page.context().clearCookies();
      await page.goto(`${portcullis.apiUrl}/policies`);
      await signIn(page, portcullis.bootstrap);
      await page.getByRole('heading', { name: 'Policies', level: 1 }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/policies');
    });
  },
);
