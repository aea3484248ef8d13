/** As scope-address.ts writes it, which is in another file of the program: commands that list load it, and nothing of a connection. */
const ADDRESS = /^(https:\/\/[^/]{1,263})\/(self|organization|\d{12})(?::([^/]{1,64}))?(?:\/([^/]{1,32}))?$/;
const AWS_HOST = 'https://sts.amazonaws.com';

/** What of AWS is read: an account, or those of an organization. */
export interface Scope {
  /** `self`, `organization` or the 12 digits of an account. */
  what: string;
  /** Assumed in accounts other than that of the credential; empty where there are none. */
  role: string;
  /** null: all regions that the account has. */
  region: string | null;
  /** `https://host` that stands for all services; null: each has its own. */
  host: string | null;
}

/** Of an address as it is stored; null: it is none. */
export function readScope(address: string): Scope | null {
  const [, host, what, role = '', region = null] = ADDRESS.exec(address) ?? [];
  if (host === undefined || what === undefined || (what === 'self') !== (role === '')) return null;
  return { what, role, region, host: host === AWS_HOST ? null : host };
}
