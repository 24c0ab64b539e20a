import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { launchChromium, missingChromium } from './chromium.js';
import { drawn } from './drawn.js';
import { newMember, signedIn, type Member } from './member.js';
import { complaintsOf } from './screen-check.js';

/** Screens that show nothing without an answer, and what each then says is not there. */
const SCREENS: readonly [name: string, address: string, missing: RegExp][] = [
  ['first-steps', '/welcome', /How far you are could not be loaded/],
  ['lens', '/lens', /The query did not run/],
  ['trace', '/traces/tr_any', /This trace cannot be shown/],
  ['alerts', '/alerts', /Alerts could not be loaded/],
  ['connections', '/connections', /Connections could not be loaded/],
  ['connection', '/connections/everything', /This connection could not be shown/],
  ['policy', '/policies/00000000-0000-7000-8000-000000000000', /This policy could not be shown/],
  ['policies', '/policies', /Policies could not be loaded/],
  ['sessions', '/sessions', /Sessions could not be loaded/],
  ['api-keys', '/api-keys', /API keys could not be loaded/],
  ['channels', '/notifications', /Channels could not be loaded/],
  ['detection', '/detection', /Detection could not be loaded/],
  ['members', '/members', /Members could not be loaded/],
  ['account', '/account', /Your sign-ins could not be loaded/],
  ['system', '/system', /The state of the system could not be loaded/],
];

/** Those of them that ask again by themselves, and what they ask for. */
const ASKING_AGAIN = Object.entries({
  'first-steps': 'connections',
  alerts: 'alerts',
  sessions: 'sessions',
  channels: 'notification-channels',
  system: 'system',
}).map(([screen, question]) => {
  const [, address, words] = SCREENS.find(([name]) => name === screen)!;
  return [screen, address, words, `/api/v1/${question}`] as const;
});

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `screens whose questions are not answered${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: TestDeployment;
    let browser: Browser;
    let owner: Member;
    let context: BrowserContext;
    let page: Page;
    /** What the API does with what a page asks; who is signed in is always answered. */
    let answer: (route: Route) => Promise<void>;

    beforeAll(async () => {
      portcullis = await startTestDeployment();
      browser = await launchChromium();
      owner = await newMember(portcullis, { name: 'Olga', email: 'olga@example.com', role: 'admin' });
      ({ context, page } = await signedIn(browser, portcullis, owner));
      page.on('dialog', (dialog) => void dialog.accept());
      await context.route(
        ({ pathname }) => /^\/api\/v1\/(?!me$|auth\/(?!sessions$))/.test(pathname),
        (route) => answer(route),
      );
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });
    beforeEach(() => {
      answer = (route) => route.continue();
    });

    const open = (address: string) => page.goto(`${portcullis.apiUrl}${address}`);
    const refuse = (status: number, title: string) => (route: Route) =>
      route.fulfill({ status, json: { type: 'about:blank', title, status, code: 'test.state' } });

    /** Nothing is answered until what this returns is called. */
    const hold = () => {
      const held: Route[] = [];
      answer = (route) => Promise.resolve(void held.push(route));
      return async () => {
        answer = (route) => route.continue();
        // The page may have given some up meanwhile.
        await Promise.all(held.map((route) => route.continue().catch(() => undefined)));
      };
    };

    it.each(SCREENS)('%s says what failed and is there after another try', async (name, address, words) => {
      answer = refuse(503, 'The store cannot be reached.');
      await open(address);
      const alert = page.getByRole('alert').filter({ hasText: words });
      await alert.waitFor();
      expect(await alert.textContent()).toContain('The store cannot be reached.');
      expect(await complaintsOf(page, `failing-${name}`)).toEqual([]);
      // There is none of this name.
      if (name === 'trace' || name === 'policy') return;
      // Some ask again by themselves: nothing is answered before the person has.
      const release = hold();
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.waitFor({ state: 'detached' });
      await release();
      await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
      expect(await alert.count()).toBe(0);
    });

    it.each(ASKING_AGAIN)(
      '%s goes on saying what failed while it asks again by itself, and is there when it is answered',
      async (_name, address, words, question) => {
        answer = refuse(503, 'The store cannot be reached.');
        await open(address);
        const alert = page.getByRole('alert').filter({ hasText: words });
        await alert.waitFor();
        const asked = page.waitForRequest((request) => new URL(request.url()).pathname === question);
        const release = hold();
        await asked;
        await drawn(page);
        expect(await alert.isVisible()).toBe(true);
        await release();
        await alert.waitFor({ state: 'detached' });
      },
    );

    it('says of when a page is that cannot be brought up to date, and brings it there', async () => {
      await open('/alerts');
      await page.getByText('Nothing is firing').waitFor();
      answer = refuse(503, 'The store cannot be reached.');
      const banner = page.getByRole('status').filter({ hasText: 'Not all of this page is up to date' });
      await banner.waitFor();
      expect(await banner.textContent()).toContain('The store cannot be reached.');
      expect(await complaintsOf(page, 'stale-alerts')).toEqual([]);
      const release = hold();
      await banner.getByRole('button', { name: 'Try again' }).click();
      await release();
      await banner.waitFor({ state: 'detached' });
    });

    it.each(SCREENS)('%s says that a role may not, and offers no other try', async (_name, address) => {
      answer = refuse(403, 'This needs a scope that your role does not have.');
      await open(address);
      const alert = page.getByRole('alert').filter({ hasText: 'Your role does not show this' }).first();
      await alert.waitFor();
      expect(await alert.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await page.setViewportSize({ width: 390, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBe(0);
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it.each([
      ['members', '/members'],
      ['lens', '/lens'],
    ])('%s is as fit for everyone when it is refused', async (name, address) => {
      answer = refuse(403, 'This needs a scope that your role does not have.');
      await open(address);
      await page.getByText('Your role does not show this').first().waitFor();
      expect(await complaintsOf(page, `refused-${name}`)).toEqual([]);
    });

    it.each(SCREENS)('%s shows that it is loading, as fit for everyone', async (name, address) => {
      const release = hold();
      await open(address);
      await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'attached' });
      expect(await complaintsOf(page, `loading-${name}`)).toEqual([]);
      await release();
    });

    it('tells the past of Live that could not be loaded, and looks again', async () => {
      answer = (route) =>
        route.request().url().endsWith('/lens/query')
          ? refuse(503, 'The store cannot be reached.')(route)
          : route.continue();
      await open('/live');
      const note = page.getByRole('status').filter({ hasText: 'What was called before could not be loaded' });
      await note.waitFor();
      expect(await complaintsOf(page, 'failing-live')).toEqual([]);
      const release = hold();
      await note.getByRole('button', { name: 'Try again' }).click();
      await release();
      await note.waitFor({ state: 'detached' });
    });

    it('tells an invitation that could not be looked up from one that cannot be used', async () => {
      const visitor = await browser.newContext({ reducedMotion: 'reduce' });
      try {
        const theirs = await visitor.newPage();
        const asked = '**/api/v1/auth/invitations/*';
        await theirs.route(asked, refuse(503, 'The store cannot be reached.'));
        await theirs.goto(`${portcullis.apiUrl}/invitations/no-such-token`);
        await theirs.getByText('The invitation could not be loaded').waitFor();
        expect(await complaintsOf(theirs, 'failing-invitation')).toEqual([]);
        await theirs.unroute(asked);
        await theirs.getByRole('button', { name: 'Try again' }).click();
        await theirs.getByText('This invitation cannot be used').waitFor();
        expect(await theirs.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      } finally {
        await visitor.close();
      }
    });

    it.each([
      // A result stays as it is until it is asked for again; what is asked for all the time is how the services are.
      ['lens', '/lens', '/health'],
      ['alerts', '/alerts', '/alerts'],
      ['sessions', '/sessions', '/sessions'],
    ])(
      '%s says that the network is gone, and comes up to date when it is back',
      async (name, address, asked) => {
        await open(address);
        await page.waitForLoadState('networkidle');
        const banner = page.getByRole('status').filter({ hasText: 'This browser has no network' });
        try {
          await context.setOffline(true);
          await banner.getByText('It is tried again by itself.').waitFor();
          expect(await complaintsOf(page, `offline-${name}`)).toEqual([]);
        } finally {
          const again = page.waitForResponse(
            (response) => new URL(response.url()).pathname === `/api/v1${asked}` && response.ok(),
          );
          await context.setOffline(false);
          await again;
        }
        await banner.getByText('It is tried again by itself.').waitFor({ state: 'detached' });
      },
    );

    it('refuses at once what is asked without a network, and does not do it later', async () => {
      await open('/connections/everything');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      const orders: string[] = [];
      page.on('request', (request) => request.method() !== 'GET' && orders.push(request.url()));
      await page.keyboard.press('!');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Everything', { exact: true }).click();
      await dialog.getByLabel('Reason').fill('tried without a network');
      await context.setOffline(true);
      await dialog.getByRole('button', { name: /^Stop/ }).click();
      await dialog.getByText('The server cannot be reached.').waitFor();
      await context.setOffline(false);
      await page.getByText('It is tried again by itself.').waitFor({ state: 'detached' });
      expect(orders.filter((url) => url.endsWith('/kill-switches'))).toHaveLength(1);
      expect((await portcullis.api<unknown[]>('GET', '/kill-switches')).data).toEqual([]);
    });

    it('says that the server cannot be reached while the browser has no network', async () => {
      await open('/policies');
      await page.getByRole('heading', { name: 'Policies', level: 1 }).waitFor();
      await page.getByRole('link', { name: 'Sessions' }).hover();
      await page.getByRole('link', { name: 'Members' }).hover();
      await page.waitForLoadState('networkidle');
      answer = (route) => route.abort('internetdisconnected');
      await page.getByRole('link', { name: 'Members' }).click();
      const alert = page.getByRole('alert').filter({ hasText: /Members could not be loaded/ });
      await alert.waitFor();
      expect(await alert.textContent()).toContain('The server cannot be reached.');
      const release = hold();
      await alert.getByRole('button', { name: 'Try again' }).click();
      await release();
      await page.getByText('olga@example.com').first().waitFor();
    });

    describe('a draft', () => {
      const name = () => page.getByLabel('Policy name');
      const stored = () => page.evaluate<string>('JSON.stringify({ ...sessionStorage })');

      it('of a policy outlasts a reload, and is gone when it is discarded', async () => {
        await open('/policies/new');
        await name().fill('Only mornings');
        await page.getByText('Not published yet').waitFor();
        await page.reload();
        await page.getByText('Not published yet').waitFor();
        expect(await name().inputValue()).toBe('Only mornings');
        await page.getByRole('button', { name: 'Discard' }).click();
        await page.getByText('Not published yet').waitFor({ state: 'detached' });
        expect(await stored()).not.toContain('Only mornings');
      });

      it('of a channel leaves its address and its secret out', async () => {
        await open('/notifications');
        await page.getByRole('button', { name: 'New channel' }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: 'Name' }).fill('On call');
        await dialog
          .getByLabel('URL')
          .or(dialog.getByLabel('Address'))
          .first()
          .fill('https://hooks.example.com/T0/hush');
        await dialog.getByLabel('Signing secret').fill('whsec_hush');
        await expect.poll(stored).toContain('On call');
        expect(await stored()).not.toContain('hush');
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        expect(await stored()).not.toContain('On call');
        const opener = page.getByRole('button', { name: 'New channel' }).first();
        await opener.and(page.locator(':focus')).waitFor();
      });

      it('is not left behind by signing out', async () => {
        await open('/policies/new');
        await name().fill('Only evenings');
        await expect.poll(stored).toContain('Only evenings');
        await page.getByRole('button', { name: /Olga/ }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByLabel('Email').waitFor();
        expect(await stored()).not.toContain('Only evenings');
      });
    });
  },
);
