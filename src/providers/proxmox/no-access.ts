import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { isTokenId, splitAuthId } from '../../types/auth-id.ts';
import { AppError } from '../../types/errors.ts';
import { holds } from '../../types/permissions.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';

/** More paths than these are not looked at. */
const MAX_PATHS = 50;
const HIDDEN: Readonly<Record<string, { what: string; privilege: string }>> = {
  pool: { what: 'its guests', privilege: 'VM.Audit' },
  vms: { what: 'the guest', privilege: 'VM.Audit' },
  storage: { what: 'the storage', privilege: 'Datastore.Audit' },
  nodes: { what: 'the node', privilege: 'Sys.Audit' },
};

/**
 * What the role NoAccess hides. The rights of a token do not show it: they leave out paths without any, and a pool's guests
 * inherit nothing there that could be missing. The entries of the ACL name the paths, to whoever has Sys.Audit on /access.
 */
export async function checkNoAccess(
  client: Pick<ProxmoxClient, 'getAcl' | 'getPermissionsAt'>,
  account: string,
  call: CallOptions,
): Promise<ConnectionCheck[]> {
  const acl = await attempt(client.getAcl(call));
  if (acl instanceof AppError) return [];
  const { user } = splitAuthId(account);
  const closed = acl.filter(
    ({ roleid, ugid, type }) => roleid === 'NoAccess' && (type === 'group' || ugid === user || ugid === account),
  );
  const byPath = new Map(closed.map((entry) => [entry.path, entry]));
  const checks = await Promise.all(
    Array.from(byPath.values())
      .slice(0, MAX_PATHS)
      .map(async ({ path, ugid, type }): Promise<ConnectionCheck[]> => {
        const hidden = HIDDEN[path.split('/')[1] ?? ''];
        if (hidden === undefined) return [];
        const permissions = await attempt(client.getPermissionsAt(path, call));
        if (permissions instanceof AppError || holds(permissions, path, hidden.privilege)) return [];
        const who = type === 'group' ? 'groups' : isTokenId(ugid) ? 'tokens' : 'users';
        return [
          {
            step: 'guests',
            ok: false,
            message: `NoAccess on ${path} hides ${hidden.what}`,
            hint: `pveum acl delete ${path} --${who} '${ugid}' --roles NoAccess`,
          },
        ];
      }),
  );
  return checks.flat();
}
