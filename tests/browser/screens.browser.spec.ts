import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from './chromium.js';
import { complaintsOf } from './screen-check.js';
import { startSeenDeployment, type SeenDeployment } from './seen-deployment.js';
import { signIn } from './sign-in.js';

type Seen = SeenDeployment['seen'];

const SCREENS: readonly [name: string, address: (seen: Seen) => string][] = [
  ['live', () => '/live'],
  ['lens', () => '/lens'],
  ['trace', ({ trace }) => `/traces/${trace}`],
  ['alerts', () => '/alerts'],
  ['alert', ({ alert }) => `/alerts/${alert}`],
  ['connections', () => '/connections'],
  ...['use', 'tools', 'rules', 'settings'].map(
    (tab) => [`connection-${tab}`, () => `/connections/everything?tab=${tab}`] as [string, () => string],
  ),
  ['policies', () => '/policies'],
  ['policy', ({ policy }) => `/policies/${policy}`],
  ['policy-yaml', ({ policy }) => `/policies/${policy}?view=yaml`],
  ['policy-versions', ({ policy }) => `/policies/${policy}?tab=versions`],
  ['policy-new', () => '/policies/new'],
  ['policy-new-for-a-connection', () => '/policies/new?connection=everything'],
  ['sessions', () => '/sessions'],
  ['session', ({ session }) => `/sessions?session=${session}`],
  ['api-keys', () => '/api-keys'],
  ...['channels', 'routes', 'deliveries'].map(
    (tab) => [`notifications-${tab}`, () => `/notifications?tab=${tab}`] as [string, () => string],
  ),
  ['detection', () => '/detection'],
  ['members', () => '/members'],
  ['system', () => '/system'],
  ['account', () => '/account'],
  ['not-found', () => '/nowhere'],
];

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `every screen, wide and narrow, light and dark${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: SeenDeployment;
    let browser: Browser;
    let page: Page;
    let complaints: string[] = [];

    beforeAll(async () => {
      portcullis = await startSeenDeployment();
      browser = await launchChromium();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on('dialog', (dialog) => void dialog.dismiss());
      await page.goto(`${portcullis.apiUrl}/sign-in`);
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });

    const look = async (name: string) => void complaints.push(...(await complaintsOf(page, name)));

    it('sign-in', async () => {
      complaints = [];
      await page.getByLabel('Email').waitFor();
      await look('sign-in');
      expect(complaints).toEqual([]);
      await signIn(page, portcullis.bootstrap);
      // From here on: what failed before was the question whether somebody is signed in.
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      page.on('response', (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
      });
    });

    it.each(SCREENS)('%s', async (name, address) => {
      complaints = [];
      await page.goto(`${portcullis.apiUrl}${address(portcullis.seen)}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
      await look(name);
      expect(complaints).toEqual([]);
    });
  },
);
