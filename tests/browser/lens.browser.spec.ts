import { until } from '@portcullis/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { accessibilityViolations } from './accessibility.js';
import { launchChromium, missingChromium } from './chromium.js';
import { drawn } from './drawn.js';
import { Person } from './person.js';

const missing = missingChromium();
const HOSTILE = '<img src=x onerror="document.title=1">\u202egnp.exe';
const TRACE = 'ig_trace_browser/..?<b>';

let portcullis: TestDeployment;
let browser: Browser;
let page: Page;
let person: Person;

/** Calls of an agent, each through the gateway as an agent makes it. */
async function calls(): Promise<void> {
  for (const [tool, args, user] of [
    ['echo', { message: HOSTILE }, 'ana@example.com'],
    ['get-sum', { a: 1, b: 2 }, 'ana@example.com'],
    ['delete_everything', { path: '/' }, HOSTILE.slice(0, 30)],
    ['echo', { message: 'hello' }, 'bob@example.com'],
  ] as const) {
    await fetch(`${portcullis.gatewayUrl}/v1/mcp/everything`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${portcullis.bootstrap.agentKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-igris-user': encodeURI(user),
        'x-igris-trace-id': TRACE,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: args },
      }),
    }).then((answer) => answer.text());
  }
}

/** A busy machine takes its time. */
const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 20_000 });

describe.skipIf(missing !== null)('the Lens screen', () => {
  beforeAll(async () => {
    portcullis = await startTestDeployment();
    await calls();
    await until(
      async () => (await portcullis.api<unknown[]>('GET', '/audit-events?type=tool_call')).data.length === 4,
      { timeoutMs: 30_000 },
    );
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await portcullis?.stop();
  });
  beforeEach(async () => {
    // Let in by key: this is about what is behind the sign-in.
    const context = await browser.newContext({
      extraHTTPHeaders: { authorization: `Bearer ${portcullis.bootstrap.apiKey}` },
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    person = new Person(page);
    const organization = { id: portcullis.bootstrap.organizationId, name: 'Test' };
    await page.route('**/api/v1/me', (route) =>
      route.fulfill({
        json: {
          data: {
            user: null,
            organization,
            organizations: [{ ...organization, role: 'owner' }],
            mayCreateOrganizations: false,
            role: 'owner',
            scopes: ['admin'],
          },
          meta: {},
        },
      }),
    );
    return () => context.close();
  });

  const rows = () => page.getByRole('grid', { name: 'Result' }).getByRole('row');
  const query = () => new URL(page.url()).searchParams.get('q') ?? '';
  const drawer = () => page.getByRole('complementary', { name: 'Event' });

  it('goes from typing to a row and back with the keyboard alone', async () => {
    await page.goto(`${portcullis.apiUrl}/lens`);
    await rows().nth(1).waitFor();
    await person.press('/');
    await person.type('type:tool_call tool:echo');
    await person.press('Enter');
    await page.waitForURL(/tool%3Aecho/);
    await eventually(() => rows().count()).toBe(3);
    await person.press('Escape');
    await person.press('j');
    await person.press('Enter');
    await drawer().getByText('called').first().waitFor();
    expect(await drawer().getByRole('region', { name: 'Arguments' }).textContent()).toContain('hello');
    await person.press('Escape');
    await eventually(() => drawer().count()).toBe(0);
    expect(person.count().clicks).toBe(0);
  });

  it('cuts what is longer than its cell, and nothing else, however wide the window becomes', async () => {
    await page.setViewportSize({ width: 2400, height: 800 });
    await page.goto(`${portcullis.apiUrl}/lens?q=type:tool_call`);
    await rows().nth(1).waitFor();
    await page.evaluate('document.fonts.ready');
    const cells = async () => {
      const told = await page.evaluate<{ cut: number; spilt: string[] }>(`(() => {
        const all = [...document.querySelectorAll('[role=gridcell]')];
        return {
          cut: all.filter((cell) => cell.hasAttribute('data-cut')).length,
          spilt: all
            .filter((cell) => cell.scrollWidth > cell.clientWidth && !cell.hasAttribute('data-cut'))
            .map((cell) => cell.textContent),
        };
      })()`);
      expect(told.spilt).toEqual([]);
      return told.cut;
    };
    const wide = await cells();
    await page.setViewportSize({ width: 900, height: 800 });
    await eventually(cells).toBeGreaterThan(wide);
    await page.setViewportSize({ width: 2400, height: 800 });
    await eventually(cells).toBe(wide);
  });

  it('asks for values and leaves them out by a click, and goes back', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=type:tool_call`);
    await person.click(
      page.getByRole('region', { name: 'Values of tool' }).getByRole('button', { name: /^echo/ }),
    );
    await eventually(query).toBe('type:tool_call tool:echo');
    await eventually(() => rows().count()).toBe(3);
    await person.click(page.getByRole('button', { name: 'Leave out tool echo' }));
    await eventually(query).toBe('type:tool_call -tool:echo');
    await eventually(() => rows().count()).toBe(3);
    await page.goBack();
    await eventually(query).toBe('type:tool_call tool:echo');
  });

  it('keeps the last good result under a mistake, and corrects it by a click', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=tool:echo`);
    await eventually(() => rows().count()).toBe(3);
    await person.press('/');
    await person.type(' decison:allow');
    await person.press('Enter');
    expect(query()).toBe('tool:echo');
    expect(await rows().count()).toBe(3);
    await person.click(page.getByRole('button', { name: 'Write decision', exact: true }));
    await person.press('Enter');
    await eventually(query).toBe('tool:echo decision:allow');
  });

  it('completes with what is in the data', async () => {
    await page.goto(`${portcullis.apiUrl}/lens`);
    await rows().nth(1).waitFor();
    await person.press('/');
    await person.type('tool:');
    await page.getByRole('option', { name: /^get-sum/ }).waitFor();
  });

  it('shows what is hostile as text, in the row, the drawer and the trace', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=${encodeURIComponent('tool:echo onerror')}`);
    await person.click(rows().nth(1));
    await drawer().getByText('\\u{202e}').first().waitFor();
    expect(await drawer().locator('img').count()).toBe(0);
    expect(await drawer().textContent()).not.toContain('\u202e');
    await person.click(drawer().getByRole('link', { name: 'Trace' }));
    const lines = page.getByRole('grid', { name: 'Calls of the trace' }).getByRole('row');
    // The four calls below the heading, and what detection had to say about them.
    await eventually(() => lines.count()).toBeGreaterThanOrEqual(5);
    await person.click(lines.nth(2));
    await drawer().waitFor();
    expect(await page.title()).not.toBe('1');
  });

  it('draws groups and times, with the table below', async () => {
    await page.goto(
      `${portcullis.apiUrl}/lens?q=${encodeURIComponent('type:tool_call | stats count() by tool')}`,
    );
    await page.getByRole('list', { name: 'Largest groups' }).waitFor();
    await eventually(() => rows().count()).toBe(4);
    await page.goto(`${portcullis.apiUrl}/lens?q=${encodeURIComponent('| timeseries count() by decision')}`);
    await page.getByRole('img', { name: /^Over time: / }).waitFor();
  });

  it('opens the row that was pressed, whatever comes under the pointer before it is let go; marking text opens none', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=type:tool_call`);
    const box = await rows().nth(1).boundingBox();
    const [x, y] = [(box?.x ?? 0) + 60, (box?.y ?? 0) + 10];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 80, y);
    await page.mouse.up();
    await drawn(page);
    expect(new URL(page.url()).searchParams.has('row')).toBe(false);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.evaluate(`{
      const cover = document.createElement('div');
      cover.style.cssText = 'position: absolute; inset: 0; z-index: 9';
      document.querySelector('[role=grid]').append(cover);
    }`);
    await page.mouse.up();
    await drawer().getByRole('region', { name: 'Arguments' }).waitFor();
    await page.keyboard.press('Escape');
    await drawer().waitFor({ state: 'detached' });
    await rows()
      .nth(1)
      .evaluate((row: { click(): void }) => row.click());
    await drawer().getByRole('region', { name: 'Arguments' }).waitFor();
  });

  it('keeps a view under a name, and shares it', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=tool:echo&cols=time,tool`);
    await person.click(page.getByRole('button', { name: 'Views' }));
    await person.click(page.getByRole('menuitem', { name: /^Save this/ }));
    await person.paste(page.getByLabel('Name'), 'Echoes');
    await page.getByRole('switch').check();
    await person.click(page.getByRole('button', { name: 'Save', exact: true }));
    await page.getByRole('button', { name: 'Echoes' }).waitFor();
    const { data } = await portcullis.api<{ name: string; q: string; shared: boolean; columns: string[] }[]>(
      'GET',
      '/lens/views',
    );
    expect(data).toMatchObject([{ name: 'Echoes', q: 'tool:echo', shared: true, columns: ['time', 'tool'] }]);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is fit for everyone, %s at %i', async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 860 });
    await page.goto(`${portcullis.apiUrl}/lens?q=type:tool_call`);
    await person.click(rows().nth(1));
    await drawer().getByRole('region', { name: 'Arguments' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.goto(`${portcullis.apiUrl}/traces/${encodeURIComponent(TRACE)}`);
    await page.getByRole('grid', { name: 'Calls of the trace' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
  });
});
