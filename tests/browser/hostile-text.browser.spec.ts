import { readFile } from 'node:fs/promises';
import { until } from '@portcullis/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { launchChromium, missingChromium } from './chromium.js';
import { newMember } from './member.js';
import { signIn } from './sign-in.js';
import { FORMULA, HOSTILE, layTripwire, LONG, trippedBy } from './tripwire.js';

const missing = missingChromium();
const TRACE = 'trace-<b>bold';
const name = (of: string) => `${of} ${HOSTILE} ${LONG}`.slice(0, 195);

interface Hostile {
  policy: string;
  alert: string;
  session: string;
  row: string;
  invitation: string;
}

describe.skipIf(missing !== null)(`text that would act${missing === null ? '' : ` (${missing})`}`, () => {
  let portcullis: TestDeployment;
  let browser: Browser;
  let page: Page;
  let made: Hostile;
  const dialogs: string[] = [];

  const call = async (key: string, tool: string, user: string, args: object) => {
    const response = await fetch(`${portcullis.gatewayUrl}/v1/mcp/everything`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-igris-user': user,
        'x-igris-trace-id': TRACE,
        // As JSON is written in a header: outside ASCII only by escapes.
        'x-igris-metadata': JSON.stringify({ team: HOSTILE, [`key ${FORMULA}`]: FORMULA }).replace(
          /[\u0080-\uffff]/g,
          (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: args },
      }),
    });
    return response.text();
  };

  beforeAll(async () => {
    portcullis = await startTestDeployment();
    const { api } = portcullis;
    const rule = {
      name: name('rule'),
      target: { kind: 'mcp_tool', tool: '*get-env*' },
      action: 'alert',
      message: HOSTILE,
    };
    const document = {
      version: 1,
      name: name('policy'),
      description: HOSTILE,
      rules: [
        rule,
        {
          name: name('deny'),
          target: { kind: 'mcp_tool', tool: '*onerror*' },
          action: 'deny',
          message: HOSTILE,
        },
      ],
    };
    const policy = (
      await api<{ id: string }>('POST', '/policies', { yaml: JSON.stringify(document), note: HOSTILE })
    ).data.id;
    await api('POST', '/policies', {
      yaml: JSON.stringify({
        ...document,
        name: name('other'),
        rules: [{ ...rule, target: { kind: 'mcp_tool', tool: 'none' } }],
      }),
    });
    await api('PATCH', '/organization', { name: `organization ${HOSTILE}` });
    await api('PATCH', '/connections/everything', { name: name('connection') }).catch(async () => {
      const { data } = await api<{ id: string }>('GET', '/connections/everything');
      return api('PATCH', `/connections/${data.id}`, { name: name('connection') });
    });
    const { data: key } = await api<{ id: string; secret: string }>('POST', '/api-keys', {
      label: name('key'),
      agent: name('agent').slice(0, 100),
    });
    await newMember(portcullis, { name: name('member'), email: 'mallory@example.com', role: 'admin' });
    await api('POST', '/notification-channels', {
      name: name('channel'),
      type: 'webhook',
      settings: { url: 'http://127.0.0.1:9/' },
    });
    await api('POST', '/lens/views', {
      name: name('view').slice(0, 120),
      q: 'tool:echo',
      from: 'now-1h',
      to: 'now',
      columns: [],
      shared: true,
    });
    const invitation = (
      await api<{ token: string }>('POST', '/invitations', { email: 'new@example.com', role: 'auditor' })
    ).data.token;

    await call(key.secret, 'echo', encodeURI(HOSTILE), {
      message: HOSTILE,
      [HOSTILE]: LONG,
      nested: { list: [HOSTILE, FORMULA] },
    });
    await call(key.secret, 'get-env', 'ana@example.com', {});
    await call(key.secret, HOSTILE, FORMULA, { message: LONG });
    await call(key.secret, LONG, FORMULA, {});
    const stored = {
      q: `type:tool_call trace:"${TRACE}" | fields id, tool, session`,
      from: 'now-1h',
      limit: 10,
    };
    let rows: { id: string; tool: string; session: string }[] = [];
    await until(
      async () =>
        (rows = (await api<{ rows: typeof rows }>('POST', '/lens/query', stored)).data.rows).length === 4,
      { timeoutMs: 30_000 },
    );
    let alert: string | undefined;
    await until(
      async () =>
        (alert = (await api<{ id: string; rule: string | null }[]>('GET', '/alerts')).data.find((one) =>
          one.rule?.includes('onerror'),
        )?.id) !== undefined,
      { timeoutMs: 30_000 },
    );
    const session = await portcullis.sessionOf(key.id);
    await api('POST', `/sessions/${session}/suspend`, { reason: HOSTILE });
    made = {
      policy,
      alert: alert ?? '',
      session,
      row: rows.find(({ tool }) => tool.includes('onerror'))?.id ?? '',
      invitation,
    };

    browser = await launchChromium();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    await layTripwire(context);
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${portcullis.apiUrl}/sign-in`);
    await signIn(page, portcullis.bootstrap);
  });
  afterAll(async () => {
    await browser?.close();
    await portcullis?.stop();
  });

  /** `shows`: what must be there to be looked at at all. */
  const look = async (within = page.locator('main'), shows: RegExp = /onerror/) => {
    await expect
      .poll(async () => shows.test((await within.allInnerTexts()).join('\n')), { timeout: 15_000 })
      .toBe(true);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      // Tables become cards a moment after the page became narrow; what ran or asked stays found.
      await expect.poll(() => trippedBy(page), { timeout: 5_000 }).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(dialogs).toEqual([]);
  };

  it.each<[string, (of: Hostile) => string]>([
    ['live', () => '/live'],
    ['lens', () => '/lens'],
    ['lens, a row', ({ row }) => `/lens?row=${row}`],
    ['lens, groups', () => `/lens?q=${encodeURIComponent('| stats count() by tool, user, rule')}`],
    ['lens, times', () => `/lens?q=${encodeURIComponent('| timeseries count() by tool')}`],
    ['trace', () => `/traces/${encodeURIComponent(TRACE)}`],
    ['alerts', () => '/alerts'],
    ['alert', ({ alert }) => `/alerts/${alert}`],
    ['connections', () => '/connections'],
    ['connection', () => '/connections/everything'],
    ['tools', () => '/connections/everything?tab=tools'],
    ['effective rules', () => '/connections/everything?tab=rules'],
    ['settings', () => '/connections/everything?tab=settings'],
    ['policies', () => '/policies'],
    ['policy', ({ policy }) => `/policies/${policy}`],
    ['policy as YAML', ({ policy }) => `/policies/${policy}?view=yaml`],
    ['versions', ({ policy }) => `/policies/${policy}?tab=versions`],
    ['sessions', () => '/sessions?status=all'],
    ['session', ({ session }) => `/sessions?session=${session}`],
    ['API keys', () => '/api-keys'],
    ['notifications', () => '/notifications'],
    ['members', () => '/members'],
    ['account', () => '/account'],
    ['invitation', ({ invitation }) => `/invitations/${invitation}`],
  ])('is text on the screen: %s', async (_, address) => {
    await page.goto(`${portcullis.apiUrl}${address(made)}`);
    await look();
  });

  it('is text in dialogs, notices, menus and the palette', async () => {
    await page.goto(`${portcullis.apiUrl}/policies/${made.policy}`);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Delete policy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete policy' }).waitFor();
    await look();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.goto(`${portcullis.apiUrl}/members`);
    await page.getByRole('button', { name: /^Remove member/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove member' }).click();
    await page.getByText(/is no member any more/).waitFor();
    await look(page.locator('body'), /onerror[^]*is no member any more/);

    await page.goto(`${portcullis.apiUrl}/notifications?tab=deliveries`);
    await page.getByRole('button', { name: 'Replay dead letters' }).click();
    await page.getByRole('dialog').getByRole('combobox', { name: 'Channel' }).click();
    await page.getByRole('option', { name: /onerror/ }).waitFor();
    await look(page.locator('body'));
    await page.keyboard.press('Escape');

    await page.goto(`${portcullis.apiUrl}/lens`);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: /^view/ }).waitFor();
    await look();

    await page.goto(`${portcullis.apiUrl}/connections`);
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder(/Go to/).fill('connection');
    await page
      .getByRole('option', { name: /onerror/ })
      .first()
      .waitFor();
    await look();

    await page.goto(`${portcullis.apiUrl}/live`);
    await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor();
    await page.keyboard.press('!');
    await page.getByRole('dialog').waitFor();
    await look();
  });

  it('is text where a link names a column of Lens', async () => {
    const cols = 'what,args."onerror \u202egnp.exe"';
    await page.goto(`${portcullis.apiUrl}/lens?cols=${encodeURIComponent(cols)}`);
    await page.getByRole('columnheader', { name: 'onerror \\u{202e}gnp.exe' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('button', { name: /^Remove .*202e/ }).waitFor();
    await look(page.locator('body'));
  });

  it('is no formula in an export', async () => {
    await page.goto(`${portcullis.apiUrl}/lens?q=${encodeURIComponent('type:tool_call')}`);
    await page.getByRole('grid', { name: 'Result' }).getByRole('row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Share' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Export CSV' }).click(),
    ]);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toContain('HYPERLINK');
    expect(cellsOf(text).filter((cell) => /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)))).toEqual(
      [],
    );
  });
});

/** The cells of a CSV as a spreadsheet reads them. */
function cellsOf(csv: string): string[] {
  return [...csv.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, plain]) =>
    (quoted ?? plain ?? '').replaceAll('""', '"'),
  );
}
