// How the Lens screen feels in a real browser: a key in the bar, thousands of rows under the wheel, a long trace.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '@portcullis/clickhouse';
import { freePort, startClickHouseEngine, startDeployment } from '@portcullis/embedded';
import { generateAuditRows } from '@portcullis/testing';
import { chromium } from 'playwright-core';

const CHROMIUM = [
  process.env['PORTCULLIS_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));
const TEXT =
  'decision:deny tool:delete_record user:user1@example.com latency_ms:>100 | stats count(), p95(latency_ms) by connection';
const SCROLLED_ROWS = 5_000;
const SPANS = 3_000;
const LOADS = 7;
/** Where people land, and the first control there that does something. */
const LANDINGS = [
  ['/live', 'input[aria-label="Filter"]'],
  ['/lens', '.cm-content'],
  ['/connections', 'main h1'],
  ['/sign-in', 'input[type=password]'],
];
/** One picture of a screen of 60 in a second, in milliseconds. */
/** Pixels a frame: a hard flick of a wheel or a touchpad (200 rows a second), and the handle dragged down the whole list. */
const FLICK = 100;
const DRAG = 260;
const FRAME_MS = 1000 / 60;

export async function benchDashboard({ say, quick }) {
  if (CHROMIUM === undefined) {
    say('no Chromium was found: skipped');
    return 'skipped: no Chromium';
  }
  const built = spawnSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the dashboard does not build');
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-dashboard-bench-'));
  mkdirSync(join(dir, 'clickhouse'));
  const engine = await startClickHouseEngine({
    dir: join(dir, 'clickhouse', 'data'),
    port: await freePort(),
    password: 'bench',
  });
  let deployment;
  let browser;
  try {
    const env = {
      ...process.env,
      PORTCULLIS_CLICKHOUSE_URL: engine.url,
      PORTCULLIS_API_PORT: String(await freePort()),
      PORTCULLIS_GATEWAY_PORT: String(await freePort()),
    };
    deployment = await startDeployment({ dataDir: join(dir, 'deployment'), bare: true, env });
    await fill(engine.url, deployment.bootstrap.organizationId, quick ? 20_000 : 200_000);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    const results = {};
    for (const [path, control] of LANDINGS) {
      results[`interactive ${path}`] = await interactive(browser, deployment, path, control);
      const { p50, most, warm, kib, files } = results[`interactive ${path}`];
      say(
        `${path} usable after p50 ${p50} ms, most ${most} ms (${LOADS} loads with nothing cached: ${kib} KiB in ${files} files); ${warm} ms with the cache`,
      );
    }
    const page = await openPage(browser, deployment);

    const started = performance.now();
    await page.goto(`${deployment.apiUrl}/lens?from=now-7d`);
    await page.locator('.cm-content').waitFor();
    results.barAfterMs = Math.round(performance.now() - started);
    await page.locator('[role=grid] [role=row][aria-rowindex="2"]').waitFor();
    results.rowsAfterMs = Math.round(performance.now() - started);
    say(`Lens opened: the bar after ${results.barAfterMs} ms, rows after ${results.rowsAfterMs} ms`);

    results.keystroke = await keystrokes(page);
    say(
      `a key in the bar, until it is painted: p50 ${results.keystroke.p50} ms, p95 ${results.keystroke.p95} ms, most ${results.keystroke.most} ms (${results.keystroke.keys} keys)`,
    );

    await page.goto(`${deployment.apiUrl}/lens?from=now-7d`);
    results.flick = await scroll(page, 'Result', SCROLLED_ROWS, FLICK);
    say(told(`${results.flick.rows} rows scrolled by ${FLICK} pixels a frame`, results.flick));
    await page.goto(`${deployment.apiUrl}/lens?from=now-7d`);
    results.scroll = await scroll(page, 'Result', SCROLLED_ROWS, DRAG);
    say(told(`${results.scroll.rows} rows scrolled by ${DRAG} pixels a frame`, results.scroll));

    await page.goto(`${deployment.apiUrl}/traces/ig_trace_bench`);
    results.trace = await scroll(page, 'Calls of the trace', SPANS, DRAG);
    say(told(`a trace of ${SPANS} calls scrolled`, results.trace));
    results.blank = await blank(browser, results.scroll.frames);
    say(told('a page with nothing on it, for comparison', results.blank));
    results.load = loadavg()[0];
    say(`load average ${results.load.toFixed(1)}`);
    return results;
  } finally {
    await browser?.close();
    await deployment?.stop();
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function fill(url, tenant, rows) {
  const store = new ClickHouse({ url, application: 'dashboard-bench' });
  try {
    const now = Date.now();
    for (const statement of generateAuditRows({ rows, until: now, days: 7, tenants: [tenant] }))
      await store.command(statement, { maxExecutionMs: 600_000 });
    const clock = (ms) => new Date(ms).toISOString().replace('Z', '');
    await store.insertRows(
      'audit_events',
      Array.from({ length: SPANS }, (_, n) => ({
        tenant_id: tenant,
        event_time: clock(now - 600_000 + n * 40),
        event_id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
        type: 'tool_call',
        row_version: 2,
        method: 'tools/call',
        tool: `tool-${n % 7}`,
        connection: `connection-${n % 3}`,
        decision: 'allow',
        outcome: 'ok',
        trace: 'ig_trace_bench',
        latency_ms: 20 + (n % 50),
        policy_ms: 0.5,
        upstream_ms: 15,
        retention_class: 400,
        ingested_at: clock(now - 1000),
      })),
    );
  } finally {
    await store.close();
  }
}

/** From the start of the navigation to the first control a person can use, by the page's own clock, and what was fetched until then, as sent. */
async function interactive(browser, deployment, path, control) {
  const load = async (page) => {
    await page.goto(`${deployment.apiUrl}${path}`);
    await page.waitForFunction(() => window.usableAt !== undefined);
    return page.evaluate(() => {
      const fetched = [
        ...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource'),
      ].filter(({ name, startTime }) => !name.includes('/api/') && startTime < window.usableAt);
      return {
        usableAt: window.usableAt,
        bytes: fetched.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
        files: fetched.length,
      };
    });
  };
  const times = [];
  let cold;
  let warm;
  for (let round = 0; round < LOADS; round += 1) {
    const page = await openPage(browser, deployment, path === '/sign-in');
    await page.addInitScript((selector) => {
      new MutationObserver(() => {
        const found = document.querySelector(selector);
        if (found !== null && window.usableAt === undefined) window.usableAt = performance.now();
      }).observe(document, { childList: true, subtree: true });
    }, control);
    cold = await load(page);
    times.push(cold.usableAt);
    if (round === LOADS - 1) warm = await load(page);
    await page.context().close();
  }
  times.sort((a, b) => a - b);
  return {
    p50: at(times, 0.5),
    most: at(times, 1),
    warm: at([warm.usableAt], 1),
    kib: Math.round(cold.bytes / 1024),
    files: cold.files,
  };
}

/** A page of the owner's, let in by key: what is measured begins behind the sign-in. */
async function openPage(browser, { apiUrl, bootstrap }, stranger = false) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    ...(stranger ? {} : { extraHTTPHeaders: { authorization: `Bearer ${bootstrap.apiKey}` } }),
  });
  const page = await context.newPage();
  if (stranger) return page;
  const organization = { id: bootstrap.organizationId, name: 'Bench' };
  await page.route(`${apiUrl}/api/v1/me`, (route) =>
    route.fulfill({
      json: {
        data: {
          user: null,
          organization,
          organizations: [{ ...organization, role: 'owner' }],
          role: 'owner',
          scopes: ['admin'],
        },
        meta: {},
      },
    }),
  );
  return page;
}

/** From the press of a key to the end of the frame that shows it, completion and mistakes included. */
async function keystrokes(page) {
  await page.locator('.cm-content').click();
  await page.evaluate(() => {
    window.keyTimes = [];
    document.addEventListener(
      'keydown',
      (event) => {
        const pressed = event.timeStamp;
        requestAnimationFrame(() => {
          const painted = new MessageChannel();
          painted.port1.onmessage = () => window.keyTimes.push(performance.now() - pressed);
          painted.port2.postMessage(null);
        });
      },
      { capture: true },
    );
  });
  await page.keyboard.type(TEXT, { delay: 60 });
  await page.waitForFunction((keys) => window.keyTimes.length >= keys, TEXT.length);
  const times = (await page.evaluate(() => window.keyTimes)).sort((a, b) => a - b);
  return { keys: times.length, p50: at(times, 0.5), p95: at(times, 0.95), most: at(times, 1) };
}

/** Scrolls a grid from top to end and times every frame. */
async function scroll(page, name, rows, pixels) {
  const grid = page.getByRole('grid', { name });
  await grid.locator('[role=row][aria-rowindex="2"]').waitFor();
  // What is measured is scrolling, not the store: every row is there before.
  await grid.evaluate(async (element, wanted) => {
    const height = () => element.querySelector('[role=rowgroup]').getBoundingClientRect().height;
    const rowHeight = () =>
      element.querySelector('[aria-rowindex="2"]')?.getBoundingClientRect().height ?? 30;
    const least = wanted * rowHeight();
    for (let waited = 0; height() < least && waited < 60_000; waited += 50) {
      element.scrollTop = element.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    element.scrollTop = 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }, rows);
  const worked = await threadOf(page);
  const before = await worked();
  const frames = await grid.evaluate(
    (element, { most, pixels }) =>
      new Promise((resolve) => {
        const times = [];
        let before = performance.now();
        const step = (now) => {
          times.push(now - before);
          before = now;
          element.scrollTop += pixels;
          if (
            element.scrollTop + element.clientHeight >= most ||
            element.scrollTop + element.clientHeight >= element.scrollHeight - pixels
          )
            resolve(times);
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    { most: rows * 30, pixels },
  );
  const after = await worked();
  const perFrame = (part) => Math.round(((after[part] - before[part]) * 10_000) / frames.length) / 10;
  return {
    rows,
    ...frameTimes(frames),
    workMs: { tasks: perFrame('tasks'), script: perFrame('script'), style: perFrame('style') },
  };
}

/** What the page's one thread did, in seconds of the processor's: what of a late frame is the page's and not the machine's. */
async function threadOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return {
      tasks: of('TaskDuration'),
      script: of('ScriptDuration'),
      style: of('LayoutDuration') + of('RecalcStyleDuration'),
    };
  };
}

/** What the machine and the browser cost without a page: late frames there are nobody's fault here. */
async function blank(browser, frames) {
  const page = await browser.newPage();
  const times = await page.evaluate(
    (wanted) =>
      new Promise((resolve) => {
        const found = [];
        let before = performance.now();
        const step = (now) => {
          found.push(now - before);
          before = now;
          if (found.length > wanted) resolve(found);
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    frames,
  );
  await page.close();
  return frameTimes(times);
}

function frameTimes(times) {
  const measured = times.slice(1).sort((a, b) => a - b);
  return {
    frames: measured.length,
    p50: at(measured, 0.5),
    p95: at(measured, 0.95),
    p99: at(measured, 0.99),
    most: at(measured, 1),
    // A frame is late when the screen had to show the one before again.
    late: measured.filter((took) => took > FRAME_MS * 1.5).length,
  };
}

function told(what, { frames, p50, p95, p99, most, late, workMs }) {
  const worked =
    workMs === undefined
      ? ''
      : `; work in a frame ${workMs.tasks} ms (script ${workMs.script}, style and layout ${workMs.style})`;
  return `${what}: ${frames} frames, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, most ${most} ms; ${late} late${worked}`;
}

function at(sorted, share) {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 10) / 10;
}
