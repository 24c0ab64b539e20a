import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestDeployment } from '../e2e/deployment.js';

/** What an organization at work looks like: two servers of its own, three agents, policies, a morning's calls. */
export interface Workplace {
  /** The trace of an incident: an agent that went from the customers' records to the database. */
  readonly trace: string;
  readonly agentKeys: Readonly<Record<'claude-ci' | 'support-bot' | 'night-report', string>>;
  call(call: WorkCall): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
}

export interface WorkCall {
  readonly agent: keyof Workplace['agentKeys'];
  readonly connection: 'prod-db' | 'crm';
  readonly tool: string;
  readonly args?: object;
  readonly user?: string;
  readonly trace?: string;
}

const TOOLS = ['query_rows', 'insert_row', 'delete_row', 'find_customer', 'update_customer', 'send_email'];

const GUARD_RAILS = {
  version: 1,
  name: 'Guard rails',
  rules: [
    {
      name: 'no destructive tools',
      target: { kind: 'mcp_tool', tool: '{delete,drop,truncate}_*' },
      action: 'deny',
      message: 'Destructive tools are off. Ask #data-platform.',
    },
  ],
};
const DATABASE = {
  version: 1,
  name: 'Production database',
  rules: [
    {
      name: 'writes are worth an alert',
      target: { kind: 'mcp_tool', tool: '{insert,update}_*' },
      action: 'alert',
      severity: 'high',
    },
    {
      name: 'reads, 600 a minute for each key',
      target: { kind: 'mcp_tool', tool: 'query_*' },
      action: 'allow',
      limit: { calls: 600, per: '1m', key: ['key'] },
    },
  ],
};
const CUSTOMERS = {
  version: 1,
  name: 'Customer records',
  rules: [
    {
      name: 'no mail to everybody',
      target: { kind: 'mcp_tool', tool: 'send_email' },
      conditions: { 'arguments.to': { eq: 'all@example.com' } },
      action: 'deny',
    },
    { name: 'customer tools', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' },
  ],
};

export async function openWorkplace(deployment: TestDeployment): Promise<Workplace> {
  const server = await startOfficeServer();
  const connect = (slug: string, name: string) =>
    deployment.api('POST', '/connections', { slug, name, upstreamUrl: server.url, authType: 'none' });
  await connect('prod-db', 'Production database');
  await connect('crm', 'Customer records');
  await deployment.api('POST', '/policies', {
    ...policyBody(GUARD_RAILS),
    note: 'After the incident of last week.',
  });
  await deployment.api('POST', '/policies', { ...policyBody(DATABASE), connection: 'prod-db' });
  await deployment.api('POST', '/policies', { ...policyBody(CUSTOMERS), connection: 'crm' });
  const key = async (label: string) => (await deployment.createAgentKey(label)).secret;
  const agentKeys = {
    'claude-ci': await key('claude-ci'),
    'support-bot': await key('support-bot'),
    'night-report': await key('night-report'),
  };
  const trace = 'tr_renewal_reminders';
  const call: Workplace['call'] = async ({
    agent,
    connection,
    tool,
    args = {},
    user = 'ana@example.com',
    trace: of,
  }) => {
    const response = await fetch(`${deployment.gatewayUrl}/v1/mcp/${connection}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${agentKeys[agent]}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'x-igris-user': user,
        ...(of === undefined ? {} : { 'x-igris-trace-id': of }),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: args },
      }),
    });
    return { status: response.status, text: await response.text() };
  };
  await morning(call, trace);
  return { trace, agentKeys, call, stop: server.stop };
}

async function morning(call: Workplace['call'], trace: string): Promise<void> {
  const users = ['ana@example.com', 'ben@example.com', 'chi@example.com', 'dora@example.com'];
  for (const [index, user] of users.entries()) {
    await call({
      agent: 'support-bot',
      connection: 'crm',
      tool: 'find_customer',
      args: { name: 'Weber', limit: 5 },
      user,
    });
    await call({
      agent: 'support-bot',
      connection: 'crm',
      tool: 'send_email',
      args: { to: `weber-${index}@example.net`, subject: 'Your ticket' },
      user,
    });
    await call({
      agent: 'night-report',
      connection: 'prod-db',
      tool: 'query_rows',
      args: { table: 'orders', where: 'created_at > now() - 1d' },
      user,
    });
    await call({
      agent: 'claude-ci',
      connection: 'prod-db',
      tool: 'query_rows',
      args: { table: 'migrations' },
      user,
    });
  }
  const incident = { agent: 'claude-ci', user: 'ben@example.com', trace } as const;
  await call({
    ...incident,
    connection: 'crm',
    tool: 'find_customer',
    args: { segment: 'renewal', limit: 500 },
  });
  await call({ ...incident, connection: 'prod-db', tool: 'query_rows', args: { table: 'customers' } });
  await call({
    ...incident,
    connection: 'prod-db',
    tool: 'insert_row',
    args: { table: 'reminders', customer: 4711 },
  });
  await call({
    ...incident,
    connection: 'prod-db',
    tool: 'delete_row',
    args: { table: 'customers', where: 'renewed = false' },
  });
  await call({
    ...incident,
    connection: 'prod-db',
    tool: 'delete_row',
    args: { table: 'customers', id: 4711 },
  });
  await call({
    ...incident,
    connection: 'crm',
    tool: 'send_email',
    args: { to: 'all@example.com', subject: 'Renew now' },
  });
}

function policyBody(document: object): { yaml: string } {
  // JSON is YAML.
  return { yaml: JSON.stringify(document) };
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string };
}

/** An MCP server that has the tools of an office and does nothing. */
export async function startOfficeServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Message;
      if (message.id === undefined) return response.writeHead(202).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: resultOf(message) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function resultOf({ method, params }: Message): object {
  if (method === 'initialize') {
    return {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'office', version: '1' },
    };
  }
  if (method === 'tools/list')
    return {
      tools: TOOLS.map((name) => ({
        name,
        description: name.replace('_', ' '),
        inputSchema: { type: 'object' },
      })),
    };
  return { content: [{ type: 'text', text: `${params?.name ?? ''}: done` }] };
}
