import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from './chromium.js';
import { Person } from './person.js';
import { startSeenDeployment, type SeenDeployment } from './seen-deployment.js';
import { signIn } from './sign-in.js';

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `what a person does for an answer${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: SeenDeployment;
    let browser: Browser;
    let page: Page;
    let person: Person;

    beforeAll(async () => {
      portcullis = await startSeenDeployment();
      browser = await launchChromium();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(`${portcullis.apiUrl}/sign-in`);
      await signIn(page, portcullis.bootstrap);
      person = new Person(page);
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });

    it('on call: stops what an alert is about in two clicks, sees that it is in force, and the agent is refused', async () => {
      expect((await portcullis.callTool('echo', { message: 'before' })).text).toContain('Echo: before');
      await page.goto(`${portcullis.apiUrl}/alerts/${portcullis.seen.alert}`);
      await page.getByRole('button', { name: 'Stop it' }).waitFor();
      person.count();
      await person.click(page.getByRole('button', { name: 'Stop it' }));
      await person.click(page.getByRole('button', { name: 'Stop now' }));
      await page.getByText(/in force on 1 of 1 gateway/i).waitFor();
      expect(person.count()).toEqual({ clicks: 2, keys: 0 });
      const { text } = await portcullis.callTool('echo', { message: 'after' });
      expect(text).not.toContain('Echo: after');
      expect(text).toContain('Alert:');
    });
  },
);
