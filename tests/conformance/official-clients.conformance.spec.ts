import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';

const run = promisify(execFile);
const PYTHON_CLIENT = 'mcp==1.30.0';
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/python-mcp', import.meta.url));

/** The interpreter of a virtual environment with the official Python client, or why there is none. */
async function pythonWithClient(): Promise<{ python: string } | { reason: string }> {
  const python = join(CACHE, 'bin', 'python');
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', CACHE]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PYTHON_CLIENT], {
      timeout: 150_000,
    });
    return { python };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

const found = await pythonWithClient();
if ('reason' in found) process.stderr.write(`SKIPPED: the official Python client: ${found.reason}\n`);

let portcullis: TestDeployment;

beforeAll(async () => {
  portcullis = await startTestDeployment();
});

afterAll(async () => {
  await portcullis?.stop();
});

describe('a refusal of one call', () => {
  it('reaches the official TypeScript client whole and leaves it usable', async () => {
    const client = new Client({ name: 'conformance', version: '1' });
    const headers = { authorization: `Bearer ${portcullis.bootstrap.agentKey}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${portcullis.gatewayUrl}/v1/mcp/everything`), {
        requestInit: { headers },
      }) as never,
    );
    const echo = (message: string) => client.callTool({ name: 'echo', arguments: { message } });
    await echo('one');
    const refused = await echo('please drop table users').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(McpError);
    expect(refused).toMatchObject({
      code: -31403,
      data: { reason: 'policy.denied', rule: 'no destructive wording' },
    });
    expect(await echo('two')).toMatchObject({ content: [{ text: 'Echo: two' }] });
    await client.close();
  });

  it.skipIf('reason' in found)('reaches the official Python client whole and leaves it usable', async () => {
    if ('reason' in found) return;
    const script = fileURLToPath(new URL('./python_client.py', import.meta.url));
    const { stdout } = await run(
      found.python,
      [script, `${portcullis.gatewayUrl}/v1/mcp/everything`, portcullis.bootstrap.agentKey],
      { timeout: 60_000 },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      first: 'Echo: one',
      refused: { code: -31403, data: { reason: 'policy.denied', rule: 'no destructive wording' } },
      again: 'Echo: two',
    });
  });
});
