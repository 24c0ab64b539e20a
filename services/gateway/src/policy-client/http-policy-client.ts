import {
  DECIDE_PATH,
  DECIDE_TIMEOUT_MS,
  decideResponseSchema,
  FILTER_PATH,
  LOGIN_DECIDE_TIMEOUT_MS,
  filterResponseSchema,
  type DecideRequest,
  type DecideResponse,
  type FilterRequest,
  type GatewayConnection,
} from '@portcullis/contracts';
import type { Endpoint } from '@portcullis/service';
import {
  PolicyUnavailable,
  type ControlEvents,
  type DecideAnswer,
  type DecideQuestion,
  type FilterQuestion,
  type PolicyClient,
} from '../ports.js';
import type { ConnectionCache } from './connection-cache.js';
import type { HttpAnswer } from './http-answers.js';
import { PipelinedConnection, requestHead } from './pipelined-connection.js';

export interface HttpPolicyClientOptions {
  readonly policy: Endpoint;
  readonly token: string;
  readonly gateway: { readonly id: string; readonly epoch: string };
  readonly control: Pick<ControlEvents, 'healthy'>;
  readonly connections: ConnectionCache;
}

/** Longer lists are asked about in parts; policy reads four times as much, of which characters may take three bytes each. */
const FILTER_BODY_LIMIT = 1024 * 1024;
/** A list is no single call: it may be long, and nothing is forwarded while it waits. */
const FILTER_TIMEOUT_MS = 2_000;

/**
 * Asks policy over HTTP. Answers of a connection come in the order of its questions, so what may take long has one of its
 * own: lists, and cookies, whose logins policy may have to look up. No call with a key waits behind either.
 */
export class HttpPolicyClient implements PolicyClient {
  private readonly decisions: Lines;
  private readonly lists: Lines;

  constructor(private readonly options: HttpPolicyClientOptions) {
    this.decisions = linesTo(DECIDE_PATH, options);
    this.lists = linesTo(FILTER_PATH, options);
  }

  async decide(question: DecideQuestion): Promise<DecideAnswer> {
    const { connections, gateway } = this.options;
    const { credential, slug } = question;
    const held = connections.held(credential.digest, slug);
    const { argumentsJson, ...facts } = question;
    const asked: DecideRequest = { ...facts, gateway };
    if (held !== null) asked.have = held.etag;
    const body = JSON.stringify(asked);
    const whole = argumentsJson === undefined ? body : `${body.slice(0, -1)},"arguments":${argumentsJson}}`;
    const timeoutMs = credential.type === 'cookie' ? LOGIN_DECIDE_TIMEOUT_MS : DECIDE_TIMEOUT_MS;
    const answer = await this.ask(this.decisions[credential.type], whole, timeoutMs, decideResponseSchema);
    return { ...answer, connection: this.connectionOf(question, answer, held) };
  }

  async filter(question: FilterQuestion): Promise<boolean[]> {
    const { items } = question;
    if (items.length === 0) return [];
    const body = JSON.stringify({ ...question, gateway: this.options.gateway } satisfies FilterRequest);
    if (body.length > FILTER_BODY_LIMIT && items.length > 1) {
      const half = items.length >> 1;
      const first = await this.filter({ ...question, items: items.slice(0, half) });
      return first.concat(await this.filter({ ...question, items: items.slice(half) }));
    }
    const { visible } = await this.ask(
      this.lists[question.credential.type],
      body,
      FILTER_TIMEOUT_MS,
      filterResponseSchema,
    );
    if (visible.length !== items.length) throw new PolicyUnavailable('policy answered about another list');
    return visible;
  }

  close(): void {
    for (const line of [...Object.values(this.decisions), ...Object.values(this.lists)]) line.close();
    this.options.connections.clear();
  }

  private async ask<T>(
    line: Line,
    body: string,
    timeoutMs: number,
    schema: { parse: (value: unknown) => T },
  ): Promise<T> {
    if (!this.options.control.healthy) throw new PolicyUnavailable('policy is not heard from');
    let answer: HttpAnswer;
    try {
      answer = await line.post(body, timeoutMs);
    } catch (cause) {
      throw new PolicyUnavailable('policy gave no answer', { cause });
    }
    if (answer.status !== 200) throw new PolicyUnavailable(`policy answered ${answer.status}`);
    try {
      return schema.parse(JSON.parse(answer.body));
    } catch (cause) {
      throw new PolicyUnavailable('policy gave an answer that cannot be read', { cause });
    }
  }

  private connectionOf(
    { credential, slug }: DecideQuestion,
    answer: DecideResponse,
    held: GatewayConnection | null,
  ): GatewayConnection | null {
    const { connections } = this.options;
    const connection = connections.learn(credential.digest, slug, answer.connection, held);
    if (answer.connection === 'current' && connection === null) {
      throw new PolicyUnavailable('policy means a connection this gateway does not hold');
    }
    if (answer.caller === null || answer.connectionRef === null) connections.forget(credential.digest, slug);
    return connection;
  }
}

type Lines = Readonly<Record<DecideQuestion['credential']['type'], Line>>;

function linesTo(path: string, { policy, token }: HttpPolicyClientOptions): Lines {
  const head = requestHead(path, policy, token);
  return { api_key: new Line(policy, head), cookie: new Line(policy, head) };
}

/** The connection in use to one path; a new one when it broke or an answer was late. */
class Line {
  private connection: PipelinedConnection | null = null;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly head: string,
  ) {}

  post(body: string, timeoutMs: number): Promise<HttpAnswer> {
    this.connection ??= this.connect();
    return this.connection.post(body, timeoutMs);
  }

  close(): void {
    this.connection?.close();
  }

  private connect(): PipelinedConnection {
    const connection: PipelinedConnection = new PipelinedConnection(this.endpoint, this.head, () => {
      if (this.connection === connection) this.connection = null;
    });
    return connection;
  }
}
