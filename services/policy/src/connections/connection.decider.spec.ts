import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, expect, it } from 'vitest';
import type { ConnectionEvent, ConnectionSettings } from './connection.js';
import { connectionDecider, type ConnectionCommand } from './connection.decider.js';

const { given } = deciderSpec(connectionDecider);
const settings: ConnectionSettings = {
  slug: 'github',
  name: 'GitHub',
  upstreamUrl: 'https://mcp.example.com/mcp',
  authType: 'bearer',
  authHeaderName: null,
  identity: { mode: 'none' },
  errorProfile: 'auto',
};
const create = (
  over: Partial<ConnectionSettings> = {},
  secretId: string | null = 'secret-1',
): ConnectionCommand => ({
  type: 'CreateConnection',
  connectionId: 'c1',
  settings: { ...settings, ...over },
  secretId,
});
const created: ConnectionEvent = {
  type: 'ConnectionCreated',
  data: { connectionId: 'c1', ...settings, secretId: 'secret-1' },
};
const deleted: ConnectionEvent = { type: 'ConnectionDeleted', data: { connectionId: 'c1', slug: 'github' } };
const disabled: ConnectionEvent = {
  type: 'ConnectionDisabled',
  data: { connectionId: 'c1', slug: 'github' },
};
const change = (
  over: Omit<Extract<ConnectionCommand, { type: 'ChangeConnection' }>, 'type' | 'connectionId'>,
): ConnectionCommand => ({
  type: 'ChangeConnection',
  connectionId: 'c1',
  ...over,
});

describe('connection', () => {
  it('is created', () => {
    given().when(create()).then(created);
  });

  it('is created once', () => {
    given(created).when(create()).thenRejected('connection.exists');
  });

  it('keeps no credential and no header name that it does not use', () => {
    given()
      .when(create({ authType: 'none', authHeaderName: 'X-Key' }))
      .then({
        type: 'ConnectionCreated',
        data: { connectionId: 'c1', ...settings, authType: 'none', secretId: null },
      });
  });

  it('needs a credential to authenticate with', () => {
    given().when(create({}, null)).thenRejected('connection.credential_missing');
    given()
      .when(create({ authType: 'header', authHeaderName: 'X-Key' }, null))
      .thenRejected('connection.credential_missing');
    given(created)
      .when(change({ settings: {}, secretId: null }))
      .thenRejected('connection.credential_missing');
  });

  it('needs a header name to send the credential in a header', () => {
    const rejection = given()
      .when(create({ authType: 'header' }))
      .thenRejected('connection.auth_header_missing');
    expect(rejection.issues).toEqual([
      { pointer: '/authHeaderName', message: 'is required when authType is header' },
    ]);
  });

  it.each(['Host', 'content-length', 'Mcp-Session-Id', 'COOKIE'])(
    'cannot take over the header %s',
    (authHeaderName) => {
      given()
        .when(create({ authType: 'header', authHeaderName }))
        .thenRejected('connection.header_reserved');
      given()
        .when(create({ identity: { mode: 'header', headers: { user: authHeaderName } } }))
        .thenRejected('connection.header_reserved');
    },
  );

  it('cannot use a header twice', () => {
    given()
      .when(create({ identity: { mode: 'header', headers: { user: 'Authorization' } } }))
      .thenRejected('connection.header_twice');
    given()
      .when(create({ identity: { mode: 'header', headers: { user: 'X-Who', agent: 'x-who' } } }))
      .thenRejected('connection.header_twice');
  });

  it('cannot use what is no header name', () => {
    given()
      .when(create({ identity: { mode: 'header', headers: { user: 'X-Who\r\nX-Other' } } }))
      .thenRejected('connection.header_invalid');
  });

  it.each([
    'https://user:pass@mcp.example.com/',
    'https://mcp.example.com/#top',
    'file:///etc/passwd',
    'nowhere',
  ])('cannot be at %s', (upstreamUrl) => {
    given().when(create({ upstreamUrl })).thenRejected('connection.url_invalid');
    given(created)
      .when(change({ settings: { upstreamUrl } }))
      .thenRejected('connection.url_invalid');
  });

  it('changes, and says what was and what is', () => {
    given(created)
      .when(change({ settings: { name: 'GitHub Enterprise', errorProfile: 'auto' } }))
      .then({
        type: 'ConnectionChanged',
        data: { connectionId: 'c1', before: { name: 'GitHub' }, after: { name: 'GitHub Enterprise' } },
      });
  });

  it('stays as it is when nothing differs', () => {
    given(created)
      .when(change({ settings: { name: 'GitHub', identity: { mode: 'none' } }, enabled: true }))
      .thenNothing();
  });

  it('rotates its credential', () => {
    given(created)
      .when(change({ settings: {}, secretId: 'secret-2' }))
      .then({ type: 'ConnectionCredentialRotated', data: { connectionId: 'c1', secretId: 'secret-2' } });
  });

  it('drops its credential when it no longer authenticates', () => {
    given(created)
      .when(change({ settings: { authType: 'none' } }))
      .then(
        {
          type: 'ConnectionChanged',
          data: { connectionId: 'c1', before: { authType: 'bearer' }, after: { authType: 'none' } },
        },
        { type: 'ConnectionCredentialRotated', data: { connectionId: 'c1', secretId: null } },
      );
  });

  it('begins to authenticate only with a credential', () => {
    const open: ConnectionEvent = {
      type: 'ConnectionCreated',
      data: { connectionId: 'c1', ...settings, authType: 'none', secretId: null },
    };
    given(open)
      .when(change({ settings: { authType: 'bearer' } }))
      .thenRejected('connection.credential_missing');
    given(open)
      .when(change({ settings: { authType: 'bearer' }, secretId: 'secret-2' }))
      .then(
        {
          type: 'ConnectionChanged',
          data: { connectionId: 'c1', before: { authType: 'none' }, after: { authType: 'bearer' } },
        },
        { type: 'ConnectionCredentialRotated', data: { connectionId: 'c1', secretId: 'secret-2' } },
      );
  });

  it('is switched off and on', () => {
    given(created)
      .when(change({ settings: {}, enabled: false }))
      .then(disabled);
    given(created, disabled)
      .when(change({ settings: {}, enabled: true }))
      .then({ type: 'ConnectionEnabled', data: { connectionId: 'c1', slug: 'github' } });
  });

  it('stays off when switched off again', () => {
    given(created, disabled)
      .when(change({ settings: {}, enabled: false }))
      .thenNothing();
  });

  it('is deleted', () => {
    given(created).when({ type: 'DeleteConnection', connectionId: 'c1' }).then(deleted);
  });

  it('is gone once deleted', () => {
    given(created, deleted)
      .when({ type: 'DeleteConnection', connectionId: 'c1' })
      .thenRejected('connection.not_found');
    given(created, deleted)
      .when(change({ settings: { name: 'Back' } }))
      .thenRejected('connection.not_found');
  });

  it('must be known', () => {
    given()
      .when(change({ settings: {} }))
      .thenRejected('connection.not_found');
    given().when({ type: 'DeleteConnection', connectionId: 'c1' }).thenRejected('connection.not_found');
  });
});
