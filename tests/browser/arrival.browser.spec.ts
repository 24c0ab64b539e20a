import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { launchChromium, missingChromium } from './chromium.js';
import { newMember, signedIn } from './member.js';
import { complaintsOf } from './screen-check.js';
import { guidePicture } from './screenshots.js';
import { signIn } from './sign-in.js';
import { startOfficeServer } from './workplace.js';

const missing = missingChromium();
/** A busy machine takes its time. */
const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 30_000 });

describe.skipIf(missing !== null)(`coming in, and staying${missing === null ? '' : ` (${missing})`}`, () => {
  let portcullis: TestDeployment;
  let office: Awaited<ReturnType<typeof startOfficeServer>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let agentKey: string;

  const call = async (user: string) => {
    const response = await fetch(`${portcullis.gatewayUrl}/v1/mcp/customer-records`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${agentKey}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'x-igris-user': user,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'find_customer', arguments: {} },
      }),
    });
    return response.text();
  };

  beforeAll(async () => {
    // Nothing in it yet: this is how everybody begins.
    portcullis = await startTestDeployment({ bare: true });
    office = await startOfficeServer();
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await browser?.close();
    await portcullis?.stop();
    await office?.stop();
  });

  it('says that a password is wrong, and not which of the two', async () => {
    await page.goto(`${portcullis.apiUrl}/sign-in`);
    await page.getByLabel('Email').fill(portcullis.bootstrap.email);
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password of anybody');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').innerText()).toBe('No account has this email and password.');
    expect(await complaintsOf(page, 'sign-in-refused')).toEqual([]);
  });

  it('tries again by itself while too many people sign in at once, and keeps what was typed', async () => {
    const visitor = await browser.newContext({ reducedMotion: 'reduce' });
    try {
      const theirs = await visitor.newPage();
      theirs.setDefaultTimeout(20_000);
      let turnedAway = 0;
      await theirs.route('**/api/v1/auth/sign-in', async (route) => {
        if (turnedAway === 2) return route.fallback();
        turnedAway += 1;
        await route.fulfill({
          status: 503,
          contentType: 'application/problem+json',
          headers: { 'retry-after': '1' },
          json: { type: 'about:blank', title: 'Too many people.', status: 503, code: 'auth.busy' },
        });
      });
      await theirs.goto(`${portcullis.apiUrl}/sign-in`);
      const signedIn = signIn(theirs, portcullis.bootstrap);
      await theirs.getByText('Many people are signing in. Yours is tried again by itself.').waitFor();
      await signedIn;
      expect(turnedAway).toBe(2);
    } finally {
      await visitor.close();
    }
  });

  it('leads from a page to the sign-in page when nobody is signed in, and back', async () => {
    await page.goto(`${portcullis.apiUrl}/policies`);
    await page.getByText('To go on to the page you asked for.').waitFor();
    await signIn(page, portcullis.bootstrap);
    await page.getByRole('heading', { name: 'Policies', level: 1 }).waitFor();
    await page.getByText('No policies yet').waitFor();
    expect(new URL(page.url()).pathname).toBe('/policies');
    expect(await complaintsOf(page, 'policies-empty')).toEqual([]);
  });

  it('leads from nothing to the first governed call in three steps, each ticked off when it happened', async () => {
    await page.goto(portcullis.apiUrl);
    await page.waitForURL('**/welcome');
    const step = (title: RegExp) =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, level: 2 }) });
    await step(/^Connect an MCP server \(next\)/).waitFor();
    expect(await complaintsOf(page, 'welcome')).toEqual([]);

    await page.getByRole('link', { name: 'Create connection' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a connection' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Customer records');
    await dialog.getByLabel('Address of the MCP server').fill(office.url);
    await dialog.getByRole('button', { name: 'Create and test' }).click();
    await dialog
      .getByText(/office/)
      .first()
      .waitFor();
    expect(await complaintsOf(page, 'connection-created')).toEqual([]);

    await page.goto(`${portcullis.apiUrl}/welcome`);
    await step(/^Connect an MCP server \(done\)/).waitFor();
    await step(/^Paste the configuration into your agent \(next\)/).waitFor();
    await page.getByRole('textbox', { name: 'Agent' }).fill('support-bot');
    await page.getByRole('button', { name: 'Create a key' }).click();
    await page.getByText('The key of support-bot is in the text below').waitFor();
    const snippet = await page.getByRole('tabpanel').innerText();
    agentKey =
      /pck_[A-Za-z0-9_-]+|Bearer ([^"'\s]+)/.exec(snippet)?.[1] ??
      /pck_[A-Za-z0-9_-]+/.exec(snippet)?.[0] ??
      '';
    expect(agentKey).not.toBe('');
    await step(/^Let it call a tool \(later\)/)
      .getByText('Waiting for the first call.')
      .waitFor();

    // Denied, as nothing allows it yet: the first call is one that is governed.
    expect(await call('ana@example.com')).toContain('policy.');
    await step(/^Let it call a tool \(done\)/)
      .getByText('find_customer')
      .waitFor();
    await step(/^Paste the configuration into your agent \(done\)/).waitFor();
    await page.getByRole('heading', { name: 'You are set up', level: 1 }).waitFor();
    expect(await complaintsOf(page, 'welcome-done')).toEqual([]);
    await guidePicture(page, 'first-call');
    await page.goto(portcullis.apiUrl);
    await page.waitForURL('**/live');
  });

  it('lets in whoever was invited, by a link that works once, with the role and no more', async () => {
    await page.goto(`${portcullis.apiUrl}/members`);
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Invite member' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite a member' });
    await dialog.getByLabel('Email').fill('cleo@example.com');
    await dialog.getByRole('radio', { name: 'auditor' }).check();
    await guidePicture(page, 'invite');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    const link =
      /https?:\S+\/invitations\/\S+/.exec(await dialog.getByText(/\/invitations\//).innerText())?.[0] ?? '';
    expect(await complaintsOf(page, 'invited')).toEqual([]);

    const theirs = await (
      await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
    ).newPage();
    await theirs.goto(link);
    await theirs.getByText('cleo@example.com was invited as auditor.').waitFor();
    expect(await complaintsOf(theirs, 'invitation')).toEqual([]);
    await theirs.getByLabel('Your name').fill('Cleo');
    await theirs.getByRole('textbox', { name: 'Choose a password' }).fill('correct horse battery staple');
    await theirs.getByRole('button', { name: 'Join' }).click();
    await theirs.getByRole('navigation', { name: 'Main' }).waitFor();
    const { data } = await portcullis.api<{ name: string; email: string; role: string }[]>('GET', '/members');
    expect(data).toContainEqual(
      expect.objectContaining({ name: 'Cleo', email: 'cleo@example.com', role: 'auditor' }),
    );
    // What the role does not allow is not offered.
    await theirs.getByRole('link', { name: 'Lens' }).waitFor();
    expect(await theirs.getByRole('button', { name: /Stop calls/ }).count()).toBe(0);

    await theirs.context().clearCookies();
    await theirs.goto(link);
    await theirs.getByText('This invitation cannot be used').waitFor();
    expect(await complaintsOf(theirs, 'invitation-used')).toEqual([]);
    await theirs.context().close();
  });

  it('says that a sign-in was ended elsewhere, and comes back to where the person was', async () => {
    const { page: theirs, context: second } = await signedIn(browser, portcullis, portcullis.bootstrap);
    const where = `${portcullis.apiUrl}/lens?q=tool%3Afind_customer`;
    for (const address of [where, `${portcullis.apiUrl}/live`]) {
      await theirs.goto(address);
      await theirs
        .getByRole('heading', { level: 1, name: address === where ? 'Lens' : 'Live' })
        .waitFor({ state: 'attached' });
      const sessions = (await (
        await context.request.get(`${portcullis.apiUrl}/api/v1/auth/sessions`)
      ).json()) as { data: { id: string; current: boolean }[] };
      for (const { id, current } of sessions.data) {
        if (!current)
          await context.request.delete(`${portcullis.apiUrl}/api/v1/auth/sessions/${id}`, {
            headers: { origin: portcullis.apiUrl },
          });
      }
      await theirs
        .getByText('Your sign-in has ended. Sign in again to go on where you were.')
        .waitFor({ timeout: 60_000 });
      expect(await complaintsOf(theirs, 'sign-in-ended')).toEqual([]);
      await signIn(theirs, portcullis.bootstrap);
      await eventually(() => new URL(theirs.url()).pathname).toBe(new URL(address).pathname);
      await eventually(() => new URL(theirs.url()).searchParams.get('q')).toBe(
        new URL(address).searchParams.get('q'),
      );
    }
    await second.close();
  });

  it('brings a draft back with the person when a sign-in ends over it', async () => {
    const { page: theirs, context: second } = await signedIn(browser, portcullis, portcullis.bootstrap);
    theirs.setDefaultTimeout(20_000);
    const endOthers = async () => {
      const sessions = (await (
        await context.request.get(`${portcullis.apiUrl}/api/v1/auth/sessions`)
      ).json()) as { data: { id: string; current: boolean }[] };
      for (const { id, current } of sessions.data) {
        if (!current)
          await context.request.delete(`${portcullis.apiUrl}/api/v1/auth/sessions/${id}`, {
            headers: { origin: portcullis.apiUrl },
          });
      }
    };
    const signInAgain = async (press: () => Promise<unknown>) => {
      await endOthers();
      await press();
      await theirs
        .getByText('Your sign-in has ended. Sign in again to go on where you were.')
        .waitFor({ timeout: 60_000 });
      await signIn(theirs, portcullis.bootstrap);
    };
    const dialog = theirs.getByRole('dialog');

    await theirs.goto(`${portcullis.apiUrl}/policies/new`);
    await theirs.getByLabel('Policy name').fill('half a policy');
    await signInAgain(async () => {
      await theirs.getByRole('button', { name: 'Publish…' }).click();
      await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
    });
    await expect.poll(() => theirs.getByLabel('Policy name').inputValue()).toBe('half a policy');
    expect(new URL(theirs.url()).pathname).toBe('/policies/new');

    await theirs.goto(`${portcullis.apiUrl}/notifications?tab=channels`);
    await theirs.getByRole('button', { name: 'New channel' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('half a channel');
    await dialog.getByLabel('Address').fill('https://example.com/alerts');
    await signInAgain(() => dialog.getByRole('button', { name: 'Create' }).click());
    await expect
      .poll(() => dialog.getByRole('textbox', { name: 'Name' }).inputValue())
      .toBe('half a channel');
    await expect.poll(() => dialog.getByLabel('Address').inputValue()).toBe('https://example.com/alerts');

    await theirs.goto(`${portcullis.apiUrl}/notifications?tab=routes`);
    await theirs.getByRole('button', { name: 'New route' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('half a route');
    await signInAgain(() => dialog.getByRole('button', { name: 'Save' }).click());
    await expect.poll(() => dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('half a route');

    await theirs.goto(`${portcullis.apiUrl}/lens?q=tool%3Afind_customer`);
    const bar = theirs.getByLabel('Lens query');
    await bar.click();
    await theirs.keyboard.press('End');
    await theirs.keyboard.type(' decision:');
    // Nothing is pressed: the page asks for its state by itself.
    await signInAgain(async () => undefined);
    await expect.poll(() => bar.innerText()).toBe('tool:find_customer decision:');

    // Another person finds nothing of it.
    await theirs.goto(`${portcullis.apiUrl}/notifications?tab=channels&edit=new`);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('a secret of mine');
    await endOthers();
    await dialog.getByLabel('Address').fill('https://example.com/alerts');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await theirs.getByText('Your sign-in has ended.').waitFor();
    const colleague = await newMember(portcullis, { name: 'Dana', email: 'dana@example.com', role: 'admin' });
    await signIn(theirs, colleague);
    await dialog.getByRole('textbox', { name: 'Name' }).waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('');
    await second.close();
  });

  it('goes on without a gap or a repeat when the network, or the server, comes back', async () => {
    await page.goto(`${portcullis.apiUrl}/live`);
    const state = (word: string) => page.getByRole('status').getByText(word, { exact: true });
    const users = async () =>
      (await page.getByRole('table', { name: 'Live calls' }).getByRole('row').allInnerTexts()).flatMap(
        (row) => /[a-z]+-\d@example\.com/.exec(row) ?? [],
      );
    await state('live').waitFor();
    await call('before-1@example.com');
    await eventually(users).toEqual(['before-1@example.com']);

    await context.setOffline(true);
    await state('offline, trying again').waitFor();
    expect(await complaintsOf(page, 'live-offline')).toEqual([]);
    for (const user of ['away-1@example.com', 'away-2@example.com', 'away-3@example.com']) await call(user);
    await context.setOffline(false);
    await state('live').waitFor({ timeout: 30_000 });
    const afterNetwork = [
      'away-3@example.com',
      'away-2@example.com',
      'away-1@example.com',
      'before-1@example.com',
    ];
    await eventually(users).toEqual(afterNetwork);

    portcullis.kill('api');
    await state('offline, trying again').waitFor();
    await call('killed-1@example.com');
    await portcullis.waitHealthy(60_000);
    await state('live').waitFor({ timeout: 60_000 });
    await call('killed-2@example.com');
    await eventually(users).toEqual(['killed-2@example.com', 'killed-1@example.com', ...afterNetwork]);
  });
});
