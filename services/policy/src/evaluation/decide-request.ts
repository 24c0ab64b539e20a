import type { DecideRequest, FilterRequest } from '@portcullis/contracts';

/**
 * The contract's schemas by hand, for the path of every call: the same bodies pass (a test holds both against each
 * other), a fraction of the time is spent. What is refused is named by its field.
 */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

type Body = Record<string, unknown>;

/** Deepest nesting of arguments; the gateway takes messages of 64 levels. */
const DEPTH_LIMIT = 64;
const METADATA_LIMIT = 1_000;
const ITEMS_LIMIT = 10_000;
const DIGEST = /^[0-9a-f]{64}$/;

export function decideRequestFrom(body: unknown): DecideRequest {
  const request = caller(body);
  text(request, 'method', 256);
  const target = object(request.target, 'target');
  const { kind } = target;
  if (kind !== 'tool' && kind !== 'resource' && kind !== 'prompt' && kind !== 'method') refuse('target.kind');
  text(target, 'name', 8_192);
  const { direction, argumentsOmitted, have } = request;
  if (direction !== 'client' && direction !== 'server') refuse('direction');
  if (argumentsOmitted !== undefined && typeof argumentsOmitted !== 'boolean') refuse('argumentsOmitted');
  if (have !== undefined) text(request, 'have', 128);
  if (
    typeof request.arguments === 'object' &&
    request.arguments !== null &&
    deeperThan(request.arguments, DEPTH_LIMIT)
  ) {
    refuse('arguments');
  }
  return request as unknown as DecideRequest;
}

export function filterRequestFrom(body: unknown): FilterRequest {
  const request = caller(body);
  const { kind, items } = request;
  if (kind !== 'tool' && kind !== 'resource' && kind !== 'prompt') refuse('kind');
  if (!Array.isArray(items) || items.length > ITEMS_LIMIT) refuse('items');
  for (const item of items as unknown[]) {
    object(item, 'items');
    if (deeperThan(item as object, DEPTH_LIMIT)) refuse('items');
  }
  return request as unknown as FilterRequest;
}

export function credentialFrom(body: unknown): DecideRequest['credential'] {
  return credential(object(body, 'body').credential);
}

/** What decide and filter have in common. */
function caller(body: unknown): Body {
  const request = object(body, 'body');
  text(request, 'requestId', 64);
  const gateway = object(request.gateway, 'gateway');
  text(gateway, 'id', 128);
  text(gateway, 'epoch', 64);
  if (
    gateway.publicKey !== undefined &&
    (typeof gateway.publicKey !== 'string' || gateway.publicKey.length !== 43)
  ) {
    refuse('gateway.publicKey');
  }
  credential(request.credential);
  text(request, 'slug', 128);
  text(request, 'traceId', 128);
  text(request, 'sourceIp', 64);
  if (request.user !== undefined) text(request, 'user', 256);
  if (request.protocolSession !== undefined) text(request, 'protocolSession', 128);
  if (request.client !== undefined) {
    const client = object(request.client, 'client');
    text(client, 'name', 256);
    text(client, 'version', 256);
  }
  if (request.metadata !== undefined) metadata(request.metadata);
  return request;
}

function credential(value: unknown): DecideRequest['credential'] {
  const given = object(value, 'credential');
  if (given.type !== 'api_key' && given.type !== 'cookie') refuse('credential.type');
  if (typeof given.digest !== 'string' || !DIGEST.test(given.digest)) refuse('credential.digest');
  return given as DecideRequest['credential'];
}

function metadata(value: unknown): void {
  const given = object(value, 'metadata');
  const keys = Object.keys(given);
  if (keys.length > METADATA_LIMIT) refuse('metadata');
  for (const key of keys) {
    const type = typeof given[key];
    if (type !== 'string' && type !== 'number' && type !== 'boolean') refuse('metadata');
  }
}

function object(value: unknown, field: string): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(field);
  return value as Body;
}

function text(holder: Body, field: string, limit: number): void {
  const value = holder[field];
  if (typeof value !== 'string' || value.length > limit) refuse(field);
}

function refuse(field: string): never {
  throw new BadRequest(field);
}

/** Recurses no deeper than the limit, whatever the value. */
function deeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) {
      if (typeof element === 'object' && element !== null && deeperThan(element, levels - 1)) return true;
    }
    return false;
  }
  for (const key in value) {
    const member = (value as Body)[key];
    if (typeof member === 'object' && member !== null && deeperThan(member, levels - 1)) return true;
  }
  return false;
}
