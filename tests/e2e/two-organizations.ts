import { startCountingUpstream, type CountingUpstream } from '../faults/ledger.js';
import { startTestDeployment, type TestDeployment } from './deployment.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code: string | null;
  json<T>(): T;
}

/** One organization as its owner and its agent use it. Everything it names holds `marker`. */
export class Organization {
  private call = 0;

  constructor(
    private readonly portcullis: TestDeployment,
    readonly id: string,
    readonly marker: string,
    readonly apiKey: string,
    readonly agentKey: string,
    readonly upstream: CountingUpstream,
  ) {}

  get slug(): string {
    return `${this.marker}-only`;
  }

  async rest(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.portcullis.apiUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const code = /problem/.test(response.headers.get('content-type') ?? '')
      ? (JSON.parse(text) as { code: string }).code
      : null;
    return { status: response.status, text, code, json: <T>() => JSON.parse(text) as T };
  }

  /** The `data` of an answer that must be good. */
  async data<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.rest(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json<{ data: T }>().data;
  }

  /** A tool call as the organization's agent. */
  async tool(
    slug: string,
    trace: string,
    agentKey = this.agentKey,
    name = `${this.marker}_note`,
  ): Promise<Response> {
    this.call += 1;
    return fetch(`${this.portcullis.gatewayUrl}/v1/mcp/${slug}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${agentKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-igris-trace-id': trace,
        'x-igris-user': `${this.marker}@example.com`,
        'x-igris-errors': 'http',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: { call: `${this.marker}-${this.call}` } },
      }),
    });
  }
}

export interface TwoOrganizations {
  readonly portcullis: TestDeployment;
  readonly acme: Organization;
  readonly other: Organization;
  stop(): Promise<void>;
}

/** A deployment with two organizations that share nothing but the person who owns both. */
export async function startTwoOrganizations(): Promise<TwoOrganizations> {
  const portcullis = await startTestDeployment({ bare: true });
  const { bootstrap } = portcullis;
  const created = await createOrganization(portcullis, 'Other');
  const upstreams = [await startCountingUpstream(), await startCountingUpstream()] as const;
  const acme = new Organization(
    portcullis,
    bootstrap.organizationId,
    'acme7f3',
    bootstrap.apiKey,
    bootstrap.agentKey,
    upstreams[0],
  );
  const other = new Organization(
    portcullis,
    created.id,
    'other9c1',
    created.apiKey,
    created.agentKey,
    upstreams[1],
  );
  return {
    portcullis,
    acme,
    other,
    stop: async () => {
      await portcullis.stop();
      for (const upstream of upstreams) await upstream.stop();
    },
  };
}

/** As the owner of the first one does it in a browser: creates another, works in it, and makes a key for scripts and one for agents. */
async function createOrganization(
  { apiUrl, bootstrap: { email, password } }: TestDeployment,
  name: string,
): Promise<{ id: string; apiKey: string; agentKey: string }> {
  let cookie = '';
  const post = async <Data>(path: string, body: object): Promise<Data> => {
    const response = await fetch(`${apiUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: new URL(apiUrl).origin, cookie },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return ((await response.json()) as { data: Data }).data;
  };
  await post('/auth/sign-in', { email, password });
  const { id } = await post<{ id: string }>('/organizations', { name });
  await post('/auth/organization', { organizationId: id });
  const { secret: apiKey } = await post<{ secret: string }>('/api-keys', {
    label: 'Owner',
    scopes: ['admin'],
  });
  const { secret: agentKey } = await post<{ secret: string }>('/api-keys', {
    label: 'First agent',
    agent: 'first-agent',
    scopes: ['mcp'],
  });
  return { id, apiKey, agentKey };
}
