import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseUpid } from '../../src/api/upid.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import { isTokenId, isUserId, splitApiToken, splitAuthId } from '../../src/types/auth-id.ts';
import { openWorld, type World } from '../helpers/world.ts';

const SECRET = '00000000-0000-4000-8000-000000000002';
const JANE = 'jane@mail.example@entra';

describe('user and token ids', () => {
  it.each(['root@pam', JANE, 'a!b@pve', 'cn=jane@ldap', 'O’Brien@ad-2.example', 'builder@EXAMPLE.COM'])(
    'accepts %s',
    (user) => {
      expect(isUserId(user)).toBe(true);
      expect(splitAuthId(user)).toEqual({ user, token: null });
      expect(splitAuthId(`${user}!tf-1`)).toEqual({ user, token: 'tf-1' });
      expect(splitApiToken(`${user}!tf-1=${SECRET}`)).toEqual({ tokenId: `${user}!tf-1`, secret: SECRET });
    },
  );

  it.each(['root', '@pam', 'a b@pam', 'a:b@pam', 'a/b@pam', 'root@', 'root@1', 'root@pam!x'])(
    'refuses %s as a user',
    (text) => {
      expect(isUserId(text)).toBe(false);
    },
  );

  it.each(['root@pam', 'root!x', 'root@pam!', 'root@pam!a!b', 'root@pam!a=b'])('refuses %s as a token', (text) => {
    expect(isTokenId(text)).toBe(false);
  });

  it('finds the user and the token of a task', () => {
    const upid = `UPID:pve1:0012A002:00ABCDF0:69260B10:qmstop:100:${JANE}!ops:`;
    expect(parseUpid(upid)).toMatchObject({ type: 'qmstop', id: '100', user: JANE, token: 'ops' });
  });
});

describe('a user whose name is a mail address', () => {
  let world: World;
  let env: Record<string, string | undefined>;

  beforeAll(async () => {
    world = await openWorld();
    env = { PROXMOX_VE_API_TOKEN: world.lab.mailToken };
    await world.rollcall('discover-all', { env });
  });

  it('reads the cluster with a token, and is named as the one who changed something', async () => {
    world.clock.advance(60_000);
    world.lab.as(`${JANE}!ops`).setConfig(100, { onboot: 0 });
    world.lab.as(JANE).stop(100);
    expect((await world.rollcall('discover-all', { env })).status).toBe(EXIT.done);
    const changes = await world.rollcall(`show-changes --guest 100 --by '${JANE}*' --since 30s -o json`);
    expect(changes.rows).toContainEqual(
      expect.objectContaining({ path: 'onboot', actor: JANE, token: 'ops', confidence: 'exact' }),
    );
    expect(changes.rows).toContainEqual(
      expect.objectContaining({ path: 'status', actor: JANE, token: null, confidence: 'exact' }),
    );
    const tasks = await world.rollcall(`list-tasks --user '${JANE}' -o json`);
    expect(tasks.rows).toMatchObject([{ type: 'qmstop', user: JANE, token: null }]);
  });

  it.each([
    [
      'the id and the secret of its token apart',
      () => ({ PROXMOX_TOKEN_ID: `${JANE}!ops`, PROXMOX_TOKEN_SECRET: secret() }),
    ],
    [
      'its name beside the name of its token',
      () => ({ PROXMOX_USER: JANE, PROXMOX_TOKEN_ID: 'ops', PROXMOX_TOKEN_SECRET: secret() }),
    ],
    ['its password', () => ({ PROXMOX_USER: JANE, PROXMOX_PASSWORD: world.lab.password.password })],
  ])('logs in with %s', async (_name, variables) => {
    const given = { PROXMOX_VE_API_TOKEN: undefined, ...variables() };
    expect(await world.rollcall('providers test', { env: given })).toMatchObject({ status: EXIT.done });
  });

  it('is stored as a provider, and told how to mend a token that is refused', async () => {
    const flags = `--token-id ${JANE}!ops --secret env:JANE_SECRET`;
    const add = `providers add jane --endpoint ${world.lab.url} --ca-file ${world.env['PROXMOX_VE_CA_FILE'] ?? ''} ${flags}`;
    const refused = await world.rollcall(add, { env: { JANE_SECRET: SECRET } });
    expect(refused).toMatchObject({ status: EXIT.denied });
    expect(refused.stderr).toContain(`\`pveum user token remove ${JANE} ops\``);
  });

  function secret(): string {
    return splitApiToken(world.lab.mailToken)?.secret ?? '';
  }
});
