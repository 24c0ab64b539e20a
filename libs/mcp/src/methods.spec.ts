import { describe, expect, it } from 'vitest';
import { argumentsPart, knownMethods, methodTraits, targetOf } from './methods.js';

const target = (method: string, params?: Record<string, unknown>) => targetOf(methodTraits(method), params);

describe('method registry', () => {
  it('says what a message is about and where the name is', () => {
    expect(target('tools/call', { name: 'refund', uri: 'x' })).toEqual({ kind: 'tool', name: 'refund' });
    expect(target('resources/read', { uri: 'file:///a', name: 'x' })).toEqual({
      kind: 'resource',
      name: 'file:///a',
    });
    expect(target('resources/subscribe', { uri: 'file:///a' })).toEqual({
      kind: 'resource',
      name: 'file:///a',
    });
    expect(target('prompts/get', { name: 'greet' })).toEqual({ kind: 'prompt', name: 'greet' });
    expect(target('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' } })).toEqual({
      kind: 'prompt',
      name: 'greet',
    });
    expect(target('completion/complete', { ref: { type: 'ref/resource', uri: 'a://{b}' } })).toEqual({
      kind: 'resource',
      name: 'a://{b}',
    });
    expect(target('tools/list')).toEqual({ kind: 'method', name: '' });
    expect(target('vendor/unknown', { name: 'x' })).toEqual({ kind: 'method', name: '' });
  });

  it('finds no target where the name is missing or no text', () => {
    expect(target('tools/call')).toBeUndefined();
    expect(target('tools/call', { name: 7 })).toBeUndefined();
    expect(target('resources/read', { name: 'x' })).toBeUndefined();
    expect(target('completion/complete', { ref: { type: 'ref/tool', name: 'x' } })).toBeUndefined();
    expect(target('completion/complete', { ref: null })).toBeUndefined();
  });

  it('shows arguments of tools and prompts, and all params of what it does not know', () => {
    expect(argumentsPart(methodTraits('tools/call'))).toBe('params.arguments');
    expect(argumentsPart(methodTraits('completion/complete'))).toBe('params.argument');
    expect(argumentsPart(methodTraits('resources/read'))).toBeUndefined();
    expect(argumentsPart(methodTraits('sampling/createMessage'))).toBe('params');
    expect(argumentsPart(methodTraits('vendor/unknown'))).toBe('params');
  });

  it('lists the methods it has rules for', () => {
    expect(knownMethods()).toEqual([
      'initialize',
      'ping',
      'logging/setLevel',
      'tools/list',
      'resources/list',
      'resources/templates/list',
      'prompts/list',
      'tools/call',
      'resources/read',
      'resources/subscribe',
      'resources/unsubscribe',
      'prompts/get',
      'completion/complete',
      'tasks/get',
      'tasks/result',
      'tasks/list',
      'tasks/cancel',
      'sampling/createMessage',
      'elicitation/create',
      'roots/list',
    ]);
  });
});
