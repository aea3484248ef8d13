import type { Cluster } from './cluster.ts';

/** Who can log in to a lab, and with which rights. */
export interface LabAccounts {
  /** `root@pam!lab=<uuid>`: may do everything. */
  token: string;
  /** `rollcall@pve!ro=<uuid>`: PVEAuditor and Sys.Syslog on `/`, by the token's own entries as well as the user's. */
  auditorToken: string;
  /** `pooluser@pve!pool=<uuid>`: PVEVMAdmin on the pool `prod`. */
  poolToken: string;
  /** `nobody@pve!none=<uuid>`. */
  noRightsToken: string;
  /** `jane@mail.example@entra!ops=<uuid>`: an administrator whose name, as OpenID Connect gives it, is a mail address. */
  mailToken: string;
  password: { user: string; password: string };
  /** `secret` is base32. */
  totp: { user: string; password: string; secret: string };
}

const PASSWORD = 'lab-password-1';
const MAIL_USER = 'jane@mail.example@entra';
const MAIL_SECRET = '3b1f6a52-7c09-4d0e-9a43-5d2c8e71f004';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

export function addLabUsers({ access, prng }: Cluster): LabAccounts {
  access.roles.set('LogReader', new Set(['Sys.Syslog']));
  access.addUser('root@pam');
  access.addUser('admin@pve', { password: PASSWORD, comment: 'Administrator' });
  access.addUser('totp@pve', { password: PASSWORD, totpSecret: TOTP_SECRET });
  access.addUser('rollcall@pve', { password: PASSWORD, comment: 'Inventory' });
  access.addUser('pooluser@pve', { password: PASSWORD });
  access.addUser('nobody@pve', { password: PASSWORD });
  access.grant('admin@pve', '/', 'Administrator');
  access.grant('totp@pve', '/', 'Administrator');
  for (const authid of ['rollcall@pve', 'rollcall@pve!ro']) {
    access.grant(authid, '/', 'PVEAuditor');
    access.grant(authid, '/', 'LogReader');
  }
  access.grant('pooluser@pve', '/pool/prod', 'PVEVMAdmin');
  access.addUser(MAIL_USER, { password: PASSWORD });
  access.grant(MAIL_USER, '/', 'Administrator');
  const addToken = (userid: string, name: string, isPrivilegeSeparated: boolean): string =>
    access.addToken(userid, name, { secret: prng.uuid(), isPrivilegeSeparated, expire: 0 });
  return {
    token: addToken('root@pam', 'lab', false),
    auditorToken: addToken('rollcall@pve', 'ro', true),
    poolToken: addToken('pooluser@pve', 'pool', false),
    noRightsToken: addToken('nobody@pve', 'none', true),
    // Not by the seed: what the seed makes stays as it was.
    mailToken: access.addToken(MAIL_USER, 'ops', { secret: MAIL_SECRET, isPrivilegeSeparated: false, expire: 0 }),
    password: { user: 'admin@pve', password: PASSWORD },
    totp: { user: 'totp@pve', password: PASSWORD, secret: TOTP_SECRET },
  };
}
