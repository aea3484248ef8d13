import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, openServeWorld, type ServeWorld } from '../helpers/serve-world.ts';

describe('an admin who adds a provider over the API', () => {
  let serve: ServeWorld;
  let admin: string;
  beforeAll(async () => {
    serve = await openServeWorld();
    admin = await serve.token('root', 'admin');
  });

  const add = (part: { type: string; endpoints: string[]; credential: object }): Promise<Answer> =>
    serve.send('POST', '/api/v1/providers', {
      token: admin,
      body: { name: 'more', tls: { mode: 'system' }, ...part },
    });

  it.each([
    ['a file', 'proxmox', 'https://127.0.0.1:1', { kind: 'token', tokenId: 'a@pve!b', secretRef: 'file:/etc/shadow' }],
    ['a command', 'proxmox', 'https://127.0.0.1:1', { kind: 'token', tokenId: 'a@pve!b', secretRef: 'command:id' }],
    // It stands for what the machine of the server has, and would be sent to the address.
    ['a login of its machine', 'gcp', 'https://127.0.0.1:1/projects/my-project', { kind: 'login', login: 'default' }],
    [
      'a login with an allowed secret',
      'gcp',
      'https://127.0.0.1:1/projects/my-project',
      { kind: 'login', login: 'token', secretRef: 'env:ROLLCALL_SECRET_GCP' },
    ],
  ])('cannot name %s', async (_, type, endpoint, credential) => {
    const answer = await add({ type, endpoints: [endpoint], credential });
    expect({ status: answer.status, text: answer.text }).toEqual({
      status: expect.any(Number),
      text: expect.stringContaining('may not be given here'),
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('can name what the server allows', async () => {
    const credential = { kind: 'token', tokenId: 'a@pve!b', secretRef: 'env:ROLLCALL_SECRET_NONE' };
    const answer = await add({ type: 'proxmox', endpoints: ['https://127.0.0.1:1'], credential });
    expect(answer.text).not.toContain('may not be given here');
    expect(answer.text).toContain('ROLLCALL_SECRET_NONE');
  });
});
