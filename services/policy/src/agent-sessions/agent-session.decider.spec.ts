import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, it } from 'vitest';
import type { AgentSessionEvent } from './agent-session.js';
import { agentSessionDecider, type AgentSessionCommand } from './agent-session.decider.js';

const { given } = deciderSpec(agentSessionDecider);
const ids = { sessionId: 's1', connectionId: 'c1', keyId: 'k1' };
const suspended: AgentSessionEvent = { type: 'AgentSessionSuspended', data: { ...ids, reason: 'odd' } };
const resumed: AgentSessionEvent = { type: 'AgentSessionResumed', data: ids };
const ending = { ...ids, generation: 4, lastSeenAt: '2026-01-01T00:00:00.000Z' };
const completed: AgentSessionEvent = { type: 'AgentSessionCompleted', data: ending };
const suspend: AgentSessionCommand = { type: 'SuspendSession', ...ids, reason: 'odd', inUse: true };
const resume: AgentSessionCommand = { type: 'ResumeSession', ...ids };
const complete: AgentSessionCommand = { type: 'CompleteSession', ...ending, stopped: false };

describe('agent session', () => {
  it('is suspended', () => {
    given().when(suspend).then(suspended);
    given(suspended, resumed).when(suspend).then(suspended);
  });

  it('stays suspended', () => {
    given(suspended).when(suspend).thenNothing();
  });

  it('is resumed', () => {
    given(suspended).when(resume).then(resumed);
  });

  it('is not resumed when it is not suspended', () => {
    given().when(resume).thenNothing();
    given(suspended, resumed).when(resume).thenNothing();
    given(completed).when(resume).thenNothing();
  });

  it('is completed', () => {
    given().when(complete).then(completed);
  });

  it('is completed once', () => {
    given(completed).when(complete).thenNothing();
  });

  it('does not end while an operator stops it', () => {
    given(suspended).when(complete).thenNothing();
    given()
      .when({ ...complete, stopped: true })
      .thenNothing();
  });

  it('cannot be suspended when it is over', () => {
    given(completed)
      .when({ ...suspend, inUse: false })
      .thenRejected('session.completed');
  });

  it('can be suspended as long as calls would join it', () => {
    given(completed).when(suspend).then(suspended);
  });
});
