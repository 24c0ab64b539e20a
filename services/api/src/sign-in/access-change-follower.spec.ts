import { TOPICS } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { until } from '@portcullis/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AccessChangeFollower } from './access-change-follower.js';
import { AccessChanges } from './access-changes.js';

it('tells of every access that became less, from when it began on, and of nothing else', async () => {
  const log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  const changes = new AccessChanges();
  const told: string[] = [];
  changes.subscribe((id) => told.push(id));
  const follower = new AccessChangeFollower(log, changes, pino({ level: 'silent' }));
  const append = (topic: string, type: string, data: unknown) =>
    log.append([
      { topic, key: 'acme', type, value: new TextEncoder().encode(JSON.stringify({ type, data })) },
    ]);
  const { policyChanges, apiActivity } = TOPICS;
  await append(policyChanges.name, 'MemberRemoved', { memberId: 'before it began' });
  await follower.start();
  await append(policyChanges.name, 'MemberAdded', { memberId: 'added' });
  await append(policyChanges.name, 'constructor', { memberId: 'of no type' });
  await append(policyChanges.name, 'MemberRemoved', null);
  await append(policyChanges.name, 'MemberRemoved', { memberId: 'removed' });
  await append(policyChanges.name, 'MemberRoleChanged', { memberId: 'changed' });
  await append(policyChanges.name, 'ApiKeyRevoked', { keyId: 'key', label: 'label' });
  await until(() => told.includes('key'));
  await append(apiActivity.name, 'SignedIn', { loginId: 'begun' });
  await append(apiActivity.name, 'LoginEnded', { loginId: 'ended' });
  await append(apiActivity.name, 'OrganizationChosen', { loginId: 'moved' });
  await until(() => told.includes('moved'));
  expect(told).toEqual(['removed', 'changed', 'key', 'ended', 'moved']);
  await follower.stop();
  await append(policyChanges.name, 'MemberRemoved', { memberId: 'after it stopped' });
  await log.close();
  expect(told).toHaveLength(5);
});
