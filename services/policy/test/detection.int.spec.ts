import type { ConnectionView, DetectionView } from '@portcullis/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnection } from './samples.js';
import { WriteDeployment, type Tenant } from './write-deployment.js';

const inherited = { rateMultiplier: null, rateMinCalls: null, off: null } as const;

describe('how anomalies are looked for', () => {
  let deployment: WriteDeployment;
  let acme: Tenant;
  let connection: ConnectionView;

  beforeAll(async () => {
    deployment = await WriteDeployment.open();
    acme = await deployment.tenant();
    connection = (await acme.command(createConnection('github'))).data as ConnectionView;
  });
  afterAll(() => deployment.close());

  const shown = async () => (await acme.query({ type: 'detection' })).data as DetectionView;

  it('is as the deployment does it until somebody says otherwise', async () => {
    expect(await shown()).toEqual({ organization: inherited, connections: [] });
  });

  it('is set for the organization and for a connection by its slug or id, and inherited again', async () => {
    const own = { ...inherited, rateMultiplier: 5 };
    const set = await acme.command({ type: 'ChangeDetection', connection: null, settings: own });
    expect(set).toMatchObject({ data: own, propagated: true });
    const quiet = { ...inherited, off: ['first_use'] as const };
    await acme.command({
      type: 'ChangeDetection',
      connection: 'github',
      settings: { ...quiet, off: ['first_use'] },
    });
    const { id: connectionId, slug } = connection;
    expect(await shown()).toEqual({ organization: own, connections: [{ connectionId, slug, ...quiet }] });

    await acme.command({ type: 'ChangeDetection', connection: connectionId, settings: inherited });
    await acme.command({ type: 'ChangeDetection', connection: null, settings: inherited });
    expect(await shown()).toEqual({ organization: inherited, connections: [] });
  });

  it('goes with its connection', async () => {
    await acme.command({
      type: 'ChangeDetection',
      connection: 'github',
      settings: { ...inherited, rateMinCalls: 5 },
    });
    await acme.command({ type: 'DeleteConnection', connectionId: connection.id });
    expect((await shown()).connections).toEqual([]);
    const again = acme.command({ type: 'ChangeDetection', connection: connection.id, settings: inherited });
    await expect(again).rejects.toMatchObject({ code: 'connection.not_found' });
  });
});
