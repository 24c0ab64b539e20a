import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityViolations } from './accessibility.js';
import { launchChromium, missingChromium } from './chromium.js';
import { Person } from './person.js';
import { startSeenDeployment, type SeenDeployment } from './seen-deployment.js';
import { screenshot } from './screenshots.js';
import { signIn } from './sign-in.js';

const missing = missingChromium();

describe.skipIf(missing !== null)(
  `what may this agent do, and who changed that${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: SeenDeployment;
    let browser: Browser;
    let page: Page;
    let person: Person;

    beforeAll(async () => {
      portcullis = await startSeenDeployment();
      browser = await launchChromium();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
      await page.goto(`${portcullis.apiUrl}/sign-in`);
      await signIn(page, portcullis.bootstrap);
      person = new Person(page);
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });
    beforeEach(() => void person.count());

    const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
    const simulation = () => page.getByRole('region', { name: 'Simulate a call' });
    /** The one that is open in fields. */
    const rule = () => page.getByRole('group', { name: 'Rule', exact: true });
    const policy = (tab = '') => `${portcullis.apiUrl}/policies/${portcullis.seen.policy}${tab}`;
    const version = async () =>
      (await portcullis.api<{ version: number }>('GET', `/policies/${portcullis.seen.policy}`)).data.version;
    const publish = (rules: object[], name = 'everything: sample') =>
      portcullis.api('PUT', `/policies/${portcullis.seen.policy}`, { name, rules });

    it('goes from a connection to a published rule in eight clicks, and the next call feels it', async () => {
      expect((await portcullis.callTool('get-sum', { a: 1, b: 2 })).text).toContain('3');
      await page.goto(`${portcullis.apiUrl}/connections/everything`);
      await page.getByRole('tab', { name: 'Effective rules' }).waitFor();
      person.count();

      // What may it do? The rules in force, and what they make of one call.
      await person.click(page.getByRole('tab', { name: 'Effective rules' }));
      await person.click(simulation().getByLabel('Tool'));
      await person.type('get-sum');
      await person.press('Enter');
      await simulation().getByText('tools, 600 a minute for each key').first().waitFor();
      expect(await simulation().getByRole('status').innerText()).toMatch(/^allow/i);

      // The rule that let it through, open where it is written.
      const decided = page.getByRole('listitem').filter({ hasText: 'tools, 600 a minute' });
      await person.click(decided.getByRole('link'));
      await person.click(rule().getByText('deny', { exact: true }));
      await person.click(simulation().getByLabel('Tool'));
      await person.type('get-sum');
      await person.press('Enter');
      await simulation().getByText('Ask this draft').waitFor();
      await expect.poll(() => simulation().getByRole('status').innerText()).toMatch(/^deny/i);
      await screenshot(page, 'policy-simulate-1280-light');

      await person.click(button('Publish…'));
      const changes = page.getByRole('region', { name: 'What changes' });
      expect(await changes.innerText()).toMatch(/− .*action: allow[\s\S]*\+ .*action: deny/);
      await person.type('Sums are off until Monday.', page.getByRole('dialog').getByLabel('Note'));
      await screenshot(page, 'policy-publish-1280-light');
      expect(await accessibilityViolations(page)).toEqual([]);
      await person.click(button('Publish'));
      await page.getByText(/^Version 2 is (in force|published)/).waitFor();
      await expect
        .poll(async () => (await portcullis.callTool('get-sum', { a: 1, b: 2 })).text)
        .toContain('tools, 600 a minute');

      // Who changed that?
      await person.click(page.getByRole('tab', { name: 'Versions' }));
      const latest = page.getByRole('listitem').filter({ hasText: 'Version 2' });
      await latest.getByText('Sums are off until Monday.').waitFor();
      // Their name: the owner's, in a new organization.
      expect(await latest.innerText()).toMatch(/Owner, /);
      expect(await latest.getByRole('region', { name: 'Change of version 2' }).innerText()).toContain(
        'action: deny',
      );
      await screenshot(page, 'policy-versions-1280-light');

      const { clicks, keys } = person.count();
      expect(clicks).toBeLessThanOrEqual(8);
      // Two names of a tool, two times Enter, and the note.
      expect(keys).toBe(2 * 'get-sum'.length + 2 + 'Sums are off until Monday.'.length);
    });

    it('rolls back in two clicks, and says so in the versions', async () => {
      await page.goto(policy('?tab=versions'));
      const first = page.getByRole('listitem').filter({ hasText: 'Version 1' }).last();
      await first.waitFor();
      person.count();
      await person.click(first.getByRole('button', { name: 'Roll back to this' }));
      expect(await page.getByRole('region', { name: 'What changes' }).innerText()).toMatch(
        /\+ .*action: allow/,
      );
      await person.click(button('Roll back'));
      await page.getByText('Version 1 is in force again.').waitFor();
      await page.getByRole('listitem').getByText(', back to version 1').waitFor();
      expect(person.count()).toEqual({ clicks: 2, keys: 0 });
      expect(await version()).toBe(3);
      await expect
        .poll(async () => (await portcullis.callTool('get-sum', { a: 1, b: 2 })).text)
        .toContain('3');
    });

    it('keeps a draft when somebody else published in the meantime, and says so', async () => {
      await page.goto(policy('?rule=2'));
      await rule().getByText('deny', { exact: true }).click();
      await publish([{ name: 'theirs', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' }]);
      await button('Publish…').click();
      await button('Publish').click();
      await page
        .getByRole('dialog')
        .getByRole('alert')
        .getByText('Version 4 was published in the meantime')
        .waitFor();
      expect(await version()).toBe(4);
      expect(await accessibilityViolations(page)).toEqual([]);
      await button('Go on editing').click();
      await page.getByText('Not published yet').waitFor();
      expect(await rule().getByLabel('Name').inputValue()).toBe('tools, 600 a minute for each key');
      await button('Discard').click();
    });

    it('orders policies with the pointer and with the keyboard', async () => {
      for (const name of ['first', 'second', 'third'])
        await portcullis.api('POST', '/policies', {
          name,
          rules: [{ name: `of ${name}`, target: { kind: 'mcp_tool', tool: `${name}-*` }, action: 'deny' }],
        });
      await page.goto(`${portcullis.apiUrl}/policies`);
      const list = page.getByRole('list', { name: 'Policies of the organization' });
      const shown = () => list.getByRole('link').allInnerTexts();
      const stored = async () =>
        (await portcullis.api<{ name: string; connection: string | null }[]>('GET', '/policies')).data
          .filter(({ connection }) => connection === null)
          .map(({ name }) => name);
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

    it('asks before a draft is left, and keeps it', async () => {
      await page.goto(policy('?rule=0'));
      await rule().getByLabel('Name').fill('renamed');
      const asked = page.waitForEvent('dialog').then(async (dialog) => {
        await dialog.dismiss();
        return dialog.message();
      });
      await page.getByRole('link', { name: 'Alerts' }).click();
      expect(await asked).toMatch(/Leave without publishing/);
      await page.getByText('Not published yet').waitFor();
      await button('Discard').click();
    });
  },
);
