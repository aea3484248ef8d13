import { beforeAll, describe, expect, it } from '@jest/globals';
import { addManagedProvider, changeManagedProvider, type ManagedChange } from '../../src/app/manage-provider.ts';
import type { ProviderRow } from '../../src/types/inventory.ts';
import { openServeWorld, type ServeWorld } from '../helpers/serve-world.ts';
import { addLine, NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld } from '../helpers/world.ts';

const ACTOR = { kind: 'token', tokenId: 'rollcall@pve!act', secretRef: 'env:ACT' } as const;

describe('an admin over the API', () => {
  let serve: ServeWorld;
  let admin: string;
  let id: string;
  beforeAll(async () => {
    serve = await openServeWorld({ secrets: ['env:SECRET', 'env:SECRET_*'] });
    const { world } = serve;
    // The machine of the server has the secret.
    env()['SECRET'] = secretOf(world.lab.token);
    admin = await serve.token('root', 'admin');
    expect((await local(addLine(world, 'lab'))).status).toBe(0);
    await serve.hub.tick();
    id = serve.providerId('lab');
  });

  const env = () => serve.app.env as Record<string, string | undefined>;
  const local = (line: string) =>
    serve.world.rollcall(line, {
      env: { ...NO_ENVIRONMENT, SECRET: secretOf(serve.world.lab.token), ACT: 'x' },
    });
  const stored = (): Promise<ProviderRow> => serve.app.storedProvider('lab');
  const patch = (body: object) => serve.send('PATCH', `/api/v1/providers/${id}`, { token: admin, body });

  it.each([
    ['allow', { allow: ['power'] }],
    ['actionCredential', { actionCredential: ACTOR }],
  ])('can neither change nor add %s of a provider', async (field, body) => {
    const changed = await patch(body);
    expect({ status: changed.status, text: changed.text }).toEqual({
      status: 400,
      text: expect.stringContaining(field),
    });
    const other = await openWorld({ clusterName: 'third', seed: 3 });
    const draft = {
      name: 'third',
      type: 'proxmox',
      endpoints: [other.lab.url],
      tls: { mode: 'fingerprint', sha256: other.lab.fingerprint },
      credential: { kind: 'token', tokenId: 'root@pam!lab', secretRef: 'env:SECRET_THIRD' },
    };
    const added = await serve.send('POST', '/api/v1/providers', { token: admin, body: { ...draft, ...body } });
    expect({ status: added.status, text: added.text }).toEqual({ status: 400, text: expect.stringContaining(field) });
    expect(await stored()).toMatchObject({ allow: [] });
    expect(await stored()).not.toHaveProperty('actionCredential');
  });

  it('cannot by a caller that checks nothing of its own', async () => {
    const change = { allow: ['power'], actionCredential: ACTOR, name: 'lab' } as unknown as ManagedChange;
    await changeManagedProvider(serve.app, await stored(), change, { secrets: [], now: serve.world.clock.now() });
    expect(await stored()).toMatchObject({ allow: [] });
    expect(await stored()).not.toHaveProperty('actionCredential');
    const other = await openWorld({ clusterName: 'fourth', seed: 4 });
    env()['SECRET_FOURTH'] = secretOf(other.lab.token);
    const draft = {
      name: 'fourth',
      type: 'proxmox',
      endpoints: [other.lab.url],
      tls: { mode: 'fingerprint', sha256: other.lab.fingerprint },
      credential: { kind: 'token', tokenId: 'root@pam!lab', secretRef: 'env:SECRET_FOURTH' },
      schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
      allow: ['power'],
      actionCredential: ACTOR,
    } as const;
    await addManagedProvider(serve.app, draft, { secrets: ['env:SECRET_*'], now: serve.world.clock.now() });
    expect(await serve.app.storedProvider('fourth')).toMatchObject({ allow: [] });
    expect(await serve.app.storedProvider('fourth')).not.toHaveProperty('actionCredential');
  });

  it('cannot choose who acts by changing the credential that also acts', async () => {
    expect((await local('providers update lab --allow power')).status).toBe(0);
    const credential = { kind: 'token', tokenId: 'root@pam!lab', secretRef: 'env:SECRET_LAB' };
    env()['SECRET_LAB'] = secretOf(serve.world.lab.token);
    const refused = await patch({ credential });
    expect({ status: refused.status, text: refused.text }).toEqual({
      status: 422,
      text: expect.stringContaining('the credential of lab also acts, and is not changed from afar'),
    });
    await local("providers update lab --action-token-id 'rollcall@pve!act' --action-secret env:SECRET");
    expect((await patch({ credential })).status).toBe(200);
    expect(await stored()).toMatchObject({
      credential,
      allow: ['power'],
      actionCredential: { secretRef: 'env:SECRET' },
    });
  });

  it('cannot send a credential for actions that it may not name to another address', async () => {
    await local("providers update lab --action-token-id 'rollcall@pve!act' --action-secret env:ACT");
    const endpoints = [`https://localhost:${serve.world.lab.port}`];
    const refused = await patch({ endpoints });
    expect(refused.text).toContain('the reference env:ACT may not be given here');
    expect((await stored()).endpoints).not.toEqual(endpoints);
    await local('providers update lab --action-secret env:SECRET');
    expect((await patch({ endpoints })).status).toBe(200);
    expect(await stored()).toMatchObject({
      endpoints,
      allow: ['power'],
      actionCredential: { secretRef: 'env:SECRET' },
    });
  });
});
