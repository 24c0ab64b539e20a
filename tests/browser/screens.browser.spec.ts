import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from './chromium.js';
import { startSeenDeployment, type SeenDeployment } from './seen-deployment.js';
import { complaintsOf } from './screen-check.js';
import { signIn } from './sign-in.js';

type Seen = SeenDeployment['seen'];
/** What is on a screen once it is there: what a person would wait for. */
type Shows = (page: Page, seen: Seen) => Locator;

const row: Shows = (page) => page.getByRole('row').nth(1);
const panel =
  (label: string, text: string): Shows =>
  (page) =>
    page.getByRole('complementary', { name: label }).getByText(text).first();
const text =
  (shown: string): Shows =>
  (page) =>
    page.getByRole('main').getByText(shown).first();

const SCREENS: readonly [name: string, address: (seen: Seen) => string, shows: Shows][] = [
  ['live', () => '/live', (page) => page.getByRole('table', { name: 'Live calls' }).getByRole('row').nth(1)],
  ['lens', () => '/lens', (page) => page.getByRole('grid', { name: 'Result' }).getByRole('row').nth(1)],
  [
    'trace',
    ({ trace }) => `/traces/${trace}`,
    (page) => page.getByRole('grid', { name: 'Calls of the trace' }).getByRole('row').nth(3),
  ],
  ['alerts', () => '/alerts', row],
  ['alert', ({ alert }) => `/alerts/${alert}`, panel('Alert', 'Evidence')],
  ['connections', () => '/connections', (page) => page.getByRole('link', { name: 'Production database' })],
  [
    'connection-create',
    () => '/connections?create=yes',
    (page) => page.getByRole('dialog').getByLabel('Address of the MCP server'),
  ],
  [
    'connection-use',
    () => '/connections/prod-db?tab=use',
    (page) => page.getByRole('tabpanel').getByText('/v1/mcp/prod-db').first(),
  ],
  ['connection-tools', () => '/connections/prod-db?tab=tools', text('query_rows')],
  ['connection-rules', () => '/connections/prod-db?tab=rules', text('no destructive tools')],
  [
    'connection-settings',
    () => '/connections/prod-db?tab=settings',
    (page) => page.getByRole('tabpanel').getByLabel('Name').first(),
  ],
  ['policies', () => '/policies', (page) => page.getByRole('link', { name: 'Guard rails' })],
  ['policy', ({ workPolicy }) => `/policies/${workPolicy}`, text('writes are worth an alert')],
  [
    'policy-yaml',
    ({ workPolicy }) => `/policies/${workPolicy}?view=yaml`,
    (page) => page.getByLabel('Policy as YAML'),
  ],
  [
    'policy-versions',
    ({ workPolicy }) => `/policies/${workPolicy}?tab=versions`,
    (page) => page.getByRole('tabpanel').getByText('Version 1', { exact: true }),
  ],
  ['policy-new', () => '/policies/new', text('no destructive tools')],
  ['sessions', () => '/sessions', row],
  ['session', ({ session }) => `/sessions?session=${session}`, panel('Session', 'Last tool')],
  ['api-keys', () => '/api-keys', text('claude-ci')],
  ['notifications-channels', () => '/notifications?tab=channels', text('New channel')],
  ['notifications-routes', () => '/notifications?tab=routes', (page) => page.getByRole('tabpanel')],
  ['notifications-deliveries', () => '/notifications?tab=deliveries', (page) => page.getByRole('tabpanel')],
  ['members', () => '/members', row],
  ['member-invite', () => '/members?invite=yes', (page) => page.getByRole('dialog').getByLabel('Email')],
  ['system', () => '/system', text('gateway')],
  ['account', () => '/account', text('Sign-ins')],
  ['not-found', () => '/no/such/page', text('There is no such page')],
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
      await page.goto(`${portcullis.apiUrl}/sign-in`);
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });

    it('sign-in', async () => {
      await page.getByLabel('Email').waitFor();
      expect(await complaintsOf(page, 'sign-in')).toEqual([]);
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

    it.each(SCREENS)('%s', async (name, address, shows) => {
      complaints = [];
      await page.goto(`${portcullis.apiUrl}${address(portcullis.seen)}`);
      await shows(page, portcullis.seen).waitFor();
      // Parts that come on their own keep their place until then.
      await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
      expect([...(await complaintsOf(page, name)), ...complaints]).toEqual([]);
    });
  },
);
