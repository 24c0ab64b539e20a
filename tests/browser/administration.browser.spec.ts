import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { accessibilityViolations } from './accessibility.js';
import { launchChromium, missingChromium } from './chromium.js';
import { newMember, signedIn } from './member.js';
import { Person } from './person.js';
import { callForEveryVerdict, first, sampleCaller } from './sample-calls.js';

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `who runs an organization${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: TestDeployment;
    let browser: Browser;

    beforeAll(async () => {
      portcullis = await startTestDeployment({ env: { PORTCULLIS_ALLOW_PRIVATE_RECEIVERS: 'true' } });
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

    describe('policies', () => {
      let page: Page;
      let context: BrowserContext;
      let id: string;
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      const policies = async () =>
        (
          await portcullis.api<{ id: string; name: string; connection: string | null; version: number }[]>(
            'GET',
            '/policies',
          )
        ).data;

      beforeAll(async () => {
        ({ page, context } = await signedIn(browser, portcullis, portcullis.bootstrap));
        id = await first(
          async () => (await policies()).find(({ name }) => name === 'everything: sample')?.id,
        );
      });
      afterAll(async () => context?.close());

      it('go back to an earlier version in two clicks, and the versions say so', async () => {
        const { data } = await portcullis.api<{ document: object; name: string }>('GET', `/policies/${id}`);
        await portcullis.api('PUT', `/policies/${id}`, {
          name: data.name,
          rules: [{ name: 'nothing at all', target: { kind: 'mcp_tool', tool: '*' }, action: 'deny' }],
        });
        await page.goto(`${portcullis.apiUrl}/policies/${id}?tab=versions`);
        const oldest = page.getByRole('listitem').filter({ hasText: 'Version 1' }).last();
        await oldest.waitFor();
        const latest = page.getByRole('listitem').filter({ hasText: 'Version 2' });
        expect(await latest.getByRole('region', { name: 'Change of version 2' }).innerText()).toContain(
          'nothing at all',
        );
        const person = new Person(page);
        await person.click(oldest.getByRole('button', { name: 'Roll back to this' }));
        expect(await page.getByRole('region', { name: 'What changes' }).innerText()).toMatch(
          /− .*nothing at all/,
        );
        expect(await accessibilityViolations(page)).toEqual([]);
        await person.click(button('Roll back'));
        await page.getByText('Version 1 is in force again.').waitFor();
        await page.getByRole('listitem').getByText(', back to version 1').waitFor();
        expect(person.count()).toEqual({ clicks: 2, keys: 0 });
        expect((await policies()).find((policy) => policy.id === id)?.version).toBe(3);
        const call = sampleCaller(portcullis);
        await expect.poll(async () => (await call('get-sum', { a: 1, b: 2 })).text).toContain('3');
      });

      it('are ordered with the pointer and with the keyboard', async () => {
        for (const name of ['first', 'second', 'third'])
          await portcullis.api('POST', '/policies', {
            name,
            rules: [{ name: `of ${name}`, target: { kind: 'mcp_tool', tool: `${name}-*` }, action: 'deny' }],
          });
        await page.goto(`${portcullis.apiUrl}/policies`);
        const list = page.getByRole('list', { name: 'Policies of the organization' });
        const shown = () => list.getByRole('link').allInnerTexts();
        const stored = async () =>
          (await policies()).filter(({ connection }) => connection === null).map(({ name }) => name);
        await expect.poll(shown).toEqual(['first', 'second', 'third']);

        await button('Move third').press('Alt+ArrowUp');
        await expect.poll(stored).toEqual(['first', 'third', 'second']);
        await expect.poll(shown).toEqual(['first', 'third', 'second']);

        const [from, to] = [
          await button('Move second').boundingBox(),
          await button('Move first').boundingBox(),
        ];
        await page.mouse.move(from!.x + 8, from!.y + 8);
        await page.mouse.down();
        await page.mouse.move(from!.x + 8, from!.y - 10, { steps: 5 });
        await page.mouse.move(to!.x + 8, to!.y + 2, { steps: 10 });
        await page.mouse.up();
        await expect.poll(stored).toEqual(['second', 'first', 'third']);
        await expect.poll(shown).toEqual(['second', 'first', 'third']);
        await page.reload();
        await expect.poll(shown).toEqual(['second', 'first', 'third']);
      });

      it('ask before a draft is left, and keep it', async () => {
        await page.goto(`${portcullis.apiUrl}/policies/${id}?rule=0`);
        await page.getByRole('group', { name: 'Rule', exact: true }).getByLabel('Name').fill('renamed');
        const asked = page.waitForEvent('dialog').then(async (dialog) => {
          await dialog.dismiss();
          return dialog.message();
        });
        await page.getByRole('link', { name: 'Alerts' }).click();
        expect(await asked).toMatch(/Leave without publishing/);
        await page.getByText('Not published yet').waitFor();
        await button('Discard').click();
      });
    });

    it('turns a detector off for one connection, and sees that it is', async () => {
      const { page, context } = await signedIn(browser, portcullis, portcullis.bootstrap);
      await page.goto(`${portcullis.apiUrl}/detection`);
      const line = page.getByRole('row').filter({ hasText: 'everything' });
      await line.getByRole('button', { name: 'Change everything' }).click();
      const dialog = page.getByRole('dialog', { name: 'everything' });
      const spike = dialog.getByRole('checkbox', { name: 'Rate spike' });
      expect(await spike.isChecked()).toBe(true);
      await spike.uncheck();
      expect(await dialog.getByRole('checkbox', { name: 'First use' }).isChecked()).toBe(true);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await line.getByText('Rate spike').waitFor();
      const { data } = await portcullis.api<{ connections: { slug: string; off: string[] | null }[] }>(
        'GET',
        '/anomaly-settings',
      );
      expect(data.connections).toMatchObject([{ slug: 'everything', off: ['rate_spike'] }]);
      await context.close();
    });

    describe('notifications', () => {
      let receiver: Server;
      let refuses = true;
      let page: Page;
      let context: BrowserContext;

      beforeAll(async () => {
        receiver = createServer((request, response) => {
          request.resume();
          request.on('end', () => response.writeHead(refuses ? 400 : 204).end());
        });
        await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
        ({ page, context } = await signedIn(browser, portcullis, portcullis.bootstrap));
      });
      afterAll(async () => {
        await context?.close();
        await new Promise((resolve) => receiver.close(resolve));
      });

      it('send what a receiver refused again, say how much that is, and what came of it', async () => {
        const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
        const { data: channel } = await portcullis.api<{ id: string }>('POST', '/notification-channels', {
          name: 'SIEM intake',
          type: 'webhook',
          settings: { url },
        });
        const defaultRoute = {
          channels: [channel.id],
          groupBy: ['alert'],
          groupWait: 0,
          groupInterval: 10,
          repeatInterval: 3_600,
          sendResolved: false,
        };
        await portcullis.api('PUT', '/notification-routes', { routes: [], defaultRoute });
        await callForEveryVerdict(sampleCaller(portcullis), 1);
        const deliveries = async (status: string) =>
          (await portcullis.api<{ kind: string }[]>('GET', `/notification-deliveries?status=${status}`)).data;
        const dead = await first(async () => {
          const rows = await deliveries('dead');
          return rows.length > 0 && (await deliveries('pending')).length === 0 ? rows.length : undefined;
        });

        await page.goto(`${portcullis.apiUrl}/notifications?tab=deliveries`);
        await page.getByRole('row').nth(dead).getByText('The receiver refused it (400).').waitFor();
        const open = page.getByRole('button', { name: 'Replay dead letters…' });
        await open.click();
        const dialog = page.getByRole('dialog', { name: 'Replay dead letters' });
        await dialog.getByRole('status').getByText('will be sent again').waitFor();
        expect(await dialog.getByRole('listitem').innerText()).toMatch(
          new RegExp(`^SIEM intake\\s+${dead}$`),
        );
        expect(await accessibilityViolations(page)).toEqual([]);
        refuses = false;
        await dialog.getByRole('button', { name: `Replay ${dead}`, exact: true }).click();
        await dialog.getByText(/on (its|their) way again/).waitFor();
        await dialog.getByRole('button', { name: 'Close' }).last().click();
        // The keyboard is back where it was before the dialog.
        await open.and(page.locator(':focus')).waitFor();
        await expect.poll(async () => (await deliveries('delivered')).length).toBe(dead);
        expect(await deliveries('dead')).toEqual([]);
        await page.getByRole('row').nth(1).getByText('delivered').waitFor();
      });

      it('and other lists are walked with j and k, and what has the focus opens', async () => {
        await page.goto(`${portcullis.apiUrl}/notifications?tab=routes`);
        const everythingElse = page.getByRole('button', { name: 'Everything else' });
        await everythingElse.waitFor();
        await page.keyboard.press('j');
        await everythingElse.and(page.locator(':focus')).waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await everythingElse.and(page.locator(':focus')).waitFor();

        await portcullis.api('POST', '/invitations', { email: 'mia@example.com', role: 'admin' });
        await page.goto(`${portcullis.apiUrl}/members`);
        const invited = page.getByRole('table', { name: 'Open invitations' }).getByRole('row').nth(1);
        await invited.waitFor();
        const members = await page.getByRole('table', { name: 'Members' }).getByRole('row').count();
        // Past the last member stands the first invitation.
        for (let row = 0; row < members; row += 1) await page.keyboard.press('j');
        await expect.poll(() => invited.getAttribute('data-current')).toBe('true');
        await page.keyboard.press('Enter');
        await page
          .getByRole('button', { name: /^Withdraw/ })
          .and(page.locator(':focus'))
          .waitFor();

        await page.goto(`${portcullis.apiUrl}/account`);
        await page.getByRole('table', { name: 'Sign-ins' }).getByRole('row').nth(1).waitFor();
        await page.keyboard.press('j');
        await expect
          .poll(() =>
            page
              .getByRole('table', { name: 'Sign-ins' })
              .getByRole('row')
              .nth(1)
              .getAttribute('data-current'),
          )
          .toBe('true');
        await page.keyboard.press('?');
        const overview = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
        await overview.getByText('Next', { exact: true }).waitFor();
        await overview.getByText('Previous', { exact: true }).waitFor();
      });
    });
  },
);
