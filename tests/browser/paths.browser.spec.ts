import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityViolations } from './accessibility.js';
import { launchChromium, missingChromium } from './chromium.js';
import { newMember, signedIn } from './member.js';
import { Person } from './person.js';
import { guidePicture } from './screenshots.js';
import { startWorkingDeployment, type WorkingDeployment } from './working-deployment.js';
import { signIn } from './sign-in.js';

const missing = missingChromium();
/** A busy machine takes its time. */
const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 20_000 });

describe.skipIf(missing !== null)(
  `what a person does for an answer${missing === null ? '' : ` (${missing})`}`,
  () => {
    let portcullis: WorkingDeployment;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let person: Person;

    beforeAll(async () => {
      portcullis = await startWorkingDeployment();
      browser = await launchChromium();
      ({ context, page } = await signedIn(browser, portcullis, portcullis.bootstrap, {
        permissions: ['clipboard-read', 'clipboard-write'],
      }));
      page.setDefaultTimeout(15_000);
    });
    afterAll(async () => {
      await browser?.close();
      await portcullis?.stop();
    });
    beforeEach(() => {
      person = new Person(page);
    });

    it('administrator: from a connection to its rules, a simulated call, a published change, and who made it', async () => {
      const insert = { agent: 'claude-ci', connection: 'prod-db', tool: 'insert_row' } as const;
      expect((await portcullis.workplace.call(insert)).text).toContain('insert_row: done');
      const simulation = page.getByRole('region', { name: 'Simulate a call' });
      await page.goto(`${portcullis.apiUrl}/policies`);
      await page.getByRole('link', { name: 'Guard rails' }).waitFor();
      await guidePicture(page, 'policies');
      await page.goto(`${portcullis.apiUrl}/connections`);
      await page.getByRole('link', { name: 'Production database' }).waitFor();
      await eventually(() => page.locator('main').innerText()).toMatch(/Calls a minute\s+\d/);
      await guidePicture(page, 'connections');

      // What may this agent do?
      await person.click(page.getByRole('link', { name: 'Production database' }));
      await person.click(page.getByRole('tab', { name: 'Effective rules' }));
      const rules = page
        .getByRole('tabpanel')
        .getByRole('listitem')
        .filter({ has: page.getByRole('link') });
      await eventually(() => rules.count()).toBe(3);
      expect(await rules.first().innerText()).toContain('no destructive tools');
      await person.click(simulation.getByLabel('Tool'));
      await person.type('insert_row');
      await person.press('Enter');
      await eventually(() => simulation.getByRole('status').innerText()).toMatch(
        /alert\s+by writes are worth an alert/i,
      );
      await guidePicture(page, 'effective-rules');
      expect(person.count()).toEqual({ clicks: 3, keys: 11 });

      // Change it, and see what that would do before it counts.
      await person.click(rules.nth(1).getByRole('link', { name: 'Production database' }));
      await person.click(
        page.getByRole('group', { name: 'Rule', exact: true }).getByText('deny', { exact: true }),
      );
      await person.click(simulation.getByLabel('Tool'));
      await person.type('insert_row');
      await simulation.getByText('Ask this draft').waitFor();
      await person.press('Enter');
      await eventually(() => simulation.getByRole('status').innerText()).toMatch(
        /deny\s+by writes are worth an alert/i,
      );
      await page.getByText('The last day').waitFor();
      await guidePicture(page, 'simulate');
      await person.press('Control+s');
      const dialog = page.getByRole('dialog', { name: 'Publish version 2' });
      await person.type('Writes only by hand.', dialog.getByLabel('Note'));
      expect(await dialog.getByRole('region', { name: 'What changes' }).innerText()).toMatch(
        /− .*action: alert[^]*\+ .*action: deny/,
      );
      expect(await accessibilityViolations(page)).toEqual([]);
      await guidePicture(page, 'publish');
      await person.click(dialog.getByRole('button', { name: 'Publish' }));
      await page.getByText(/^Version 2 is (in force|published)/).waitFor();
      expect(person.count()).toEqual({ clicks: 4, keys: 32 });
      await eventually(async () => (await portcullis.workplace.call(insert)).text).toContain(
        'writes are worth an alert',
      );

      // Who changed that?
      await person.click(page.getByRole('tab', { name: 'Versions' }));
      const newest = page.getByRole('tabpanel', { name: 'Versions' }).getByRole('listitem').first();
      await eventually(() => newest.innerText()).toContain('Version 2');
      expect(await newest.innerText()).toContain('Writes only by hand.');
      expect(await newest.innerText()).toMatch(/^Owner, /m);
      expect(await newest.getByRole('region', { name: 'Change of version 2' }).innerText()).toContain(
        'action: deny',
      );
      await guidePicture(page, 'versions');
      expect(person.count()).toEqual({ clicks: 1, keys: 0 });
    });

    it('administrator: keeps a draft when somebody else publishes, and says what it would undo', async () => {
      const read = async () =>
        (
          await portcullis.api<{ version: number; document: { description?: string; rules: object[] } }>(
            'GET',
            `/policies/${portcullis.seen.workPolicy}`,
          )
        ).data;
      const { version } = await read();
      await page.goto(`${portcullis.apiUrl}/policies/${portcullis.seen.workPolicy}?view=yaml`);
      const editor = page.getByLabel('Policy as YAML');
      await person.click(editor);
      await person.press('Control+End');
      await person.type('description: my draft');
      await page.getByText('Not published yet').waitFor();
      const theirs = {
        version: 1,
        name: 'Production database',
        rules: [{ name: 'nothing at all', target: { kind: 'mcp_tool', tool: '*' }, action: 'deny' }],
      };
      await portcullis.api('PUT', `/policies/${portcullis.seen.workPolicy}`, {
        yaml: JSON.stringify(theirs),
        note: 'Closed for the night.',
      });

      const overtaken = `Version ${version + 1} was published in the meantime`;
      await person.press('Control+s');
      await person.click(page.getByRole('dialog').getByRole('button', { name: 'Publish' }));
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('alert').getByText(overtaken).waitFor();
      expect(await dialog.getByLabel('What changes').innerText()).toContain('nothing at all');
      expect(await accessibilityViolations(page)).toEqual([]);
      await guidePicture(page, 'conflict');
      await person.click(dialog.getByRole('button', { name: 'Go on editing' }));
      expect(await editor.innerText()).toContain('description: my draft');
      await page.getByRole('alert').getByText(overtaken).waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);

      // Looking at what the other did costs nothing of one's own.
      await person.click(page.getByRole('tab', { name: 'Versions' }));
      await page.getByText('Closed for the night.').waitFor();
      await person.click(page.getByRole('tab', { name: 'Rules' }));
      expect(await editor.innerText()).toContain('description: my draft');
      await person.press('Control+s');
      await person.click(
        page.getByRole('dialog').getByRole('button', { name: `Publish over version ${version + 1}` }),
      );
      await page.getByText(`Version ${version + 2} is in force.`).waitFor();
      const after = await read();
      expect(after).toMatchObject({ version: version + 2, document: { description: 'my draft' } });
      expect(after.document.rules).toHaveLength(2);
    });

    it('analyst: types, sees, narrows, opens, follows, keeps, sends and takes away', async () => {
      const rows = page.getByRole('grid', { name: 'Result' }).getByRole('row');
      const query = () => new URL(page.url()).searchParams.get('q') ?? '';
      const drawer = page.getByRole('complementary', { name: 'Event' });
      await page.goto(`${portcullis.apiUrl}/lens`);
      await rows.nth(1).waitFor();

      // Type, see.
      await person.press('/');
      await person.type('type:tool_call agent:claude-ci');
      await guidePicture(page, 'lens-bar');
      await person.press('Enter');
      await eventually(query).toBe('type:tool_call agent:claude-ci');
      expect(person.count()).toEqual({ clicks: 0, keys: 32 });

      // Narrow, open, follow.
      await person.click(
        page.getByRole('region', { name: 'Values of tool' }).getByRole('button', { name: /^delete_row/ }),
      );
      await eventually(query).toBe('type:tool_call agent:claude-ci tool:delete_row');
      await eventually(() => rows.count()).toBe(3);
      await person.click(rows.nth(1));
      await drawer
        .getByRole('region', { name: 'Decision' })
        .getByText('no destructive tools')
        .first()
        .waitFor();
      await guidePicture(page, 'lens-row');
      await person.click(drawer.getByRole('link', { name: 'Trace' }));
      const lines = page.getByRole('grid', { name: 'Calls of the trace' }).getByRole('row');
      await eventually(() => lines.count()).toBeGreaterThanOrEqual(7);
      await guidePicture(page, 'trace');
      expect(person.count()).toEqual({ clicks: 3, keys: 0 });
      await page.goBack();
      await person.press('Escape');

      // Keep.
      await person.click(page.getByRole('button', { name: 'Views' }));
      await person.click(page.getByRole('menuitem', { name: /^Save this/ }));
      await person.type('Deletes', page.getByRole('dialog', { name: 'Save as a view' }).getByLabel('Name'));
      await person.press('Enter');
      await page.getByRole('button', { name: 'Deletes' }).waitFor();
      expect(person.count()).toEqual({ clicks: 2, keys: 9 });

      // Send: whoever opens the link sees the same, whatever happened since.
      await person.click(page.getByRole('button', { name: 'Share' }));
      await guidePicture(page, 'share');
      await person.click(page.getByRole('menuitem', { name: /^Copy link/ }));
      expect(person.count()).toEqual({ clicks: 2, keys: 0 });
      const link = new URL((await page.evaluate('navigator.clipboard.readText()')) as string);
      expect(link.searchParams.get('from')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(link.searchParams.get('to')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      await portcullis.workplace.call({
        agent: 'claude-ci',
        connection: 'prod-db',
        tool: 'delete_row',
        args: { later: true },
      });
      const stored = { q: 'type:tool_call tool:delete_row', from: 'now-1h', limit: 10 };
      await eventually(
        async () =>
          (await portcullis.api<{ rows: object[] }>('POST', '/lens/query', stored)).data.rows.length,
      ).toBe(3);
      const colleague = await newMember(portcullis, {
        name: 'Cleo',
        email: 'cleo@example.com',
        role: 'auditor',
      });
      const elsewhere = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const theirs = await elsewhere.newPage();
      await theirs.goto(link.href);
      await signIn(theirs, colleague);
      const theirRows = theirs.getByRole('grid', { name: 'Result' }).getByRole('row');
      await eventually(() => theirRows.count()).toBe(3);
      expect(await theirRows.nth(1).innerText()).toContain('delete_row');
      expect(new URL(theirs.url()).searchParams.get('to')).toBe(link.searchParams.get('to'));
      await elsewhere.close();

      // Take away.
      await person.click(page.getByRole('button', { name: 'Share' }));
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        person.click(page.getByRole('menuitem', { name: 'Export CSV' })),
      ]);
      const lines2 = (await readFile(await file.path(), 'utf8')).trim().split(/\r?\n/);
      expect(lines2).toHaveLength(3);
      expect(lines2[0]).toContain('tool');
      expect(person.count()).toEqual({ clicks: 2, keys: 0 });
    });

    it('analyst: sees what is usual drawn, and calls as they happen', async () => {
      const q = 'type:tool_call | stats count() by tool, decision';
      await page.goto(`${portcullis.apiUrl}/lens?q=${encodeURIComponent(q)}`);
      await page.getByRole('list', { name: 'Largest groups' }).waitFor();
      await guidePicture(page, 'lens-stats');
      await page.goto(`${portcullis.apiUrl}/live`);
      await page.getByRole('status').getByText('live', { exact: true }).waitFor();
      const rows = page.getByRole('table', { name: 'Live calls' }).getByRole('row');
      await portcullis.workplace.call({
        agent: 'support-bot',
        connection: 'crm',
        tool: 'find_customer',
        user: 'emil@example.com',
      });
      await eventually(() => rows.nth(1).innerText()).toContain('emil@example.com');
      await guidePicture(page, 'live');
    });

    it('on call: stops what an alert is about in two clicks, sees that it is in force, and the agent is refused', async () => {
      const read = { agent: 'claude-ci', connection: 'prod-db', tool: 'query_rows' } as const;
      expect((await portcullis.workplace.call(read)).text).toContain('query_rows: done');
      await page.goto(`${portcullis.apiUrl}/alerts`);
      await page.getByRole('row').nth(1).waitFor();
      await guidePicture(page, 'alerts');
      await page.goto(`${portcullis.apiUrl}/alerts/${portcullis.seen.alert}`);
      const stop = page.getByRole('button', { name: /^(Stop it|Suspend the session)$/ });
      await stop.waitFor();
      await guidePicture(page, 'alert');
      await page.getByRole('link', { name: 'Show the calls behind it' }).click();
      await page.getByRole('grid', { name: 'Result' }).getByRole('row').nth(1).waitFor();
      await guidePicture(page, 'evidence');
      await page.goBack();
      await stop.waitFor();
      person.count();
      await person.click(stop);
      await page.getByRole('dialog').getByRole('button', { name: 'Stop now' }).waitFor();
      await guidePicture(page, 'stop');
      await person.click(page.getByRole('button', { name: 'Stop now' }));
      await page.getByText(/in force on 1 of 1 gateway/i).waitFor();
      await guidePicture(page, 'stopped');
      expect(person.count()).toEqual({ clicks: 2, keys: 0 });
      const { text } = await portcullis.workplace.call(read);
      expect(text).not.toContain('query_rows: done');
      await context.close();
    });
  },
);
