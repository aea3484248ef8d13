/** Stands for the services of AWS, each at a host of its own. */
const AWS_HOST = 'https://sts.amazonaws.com';
const USUAL_ROLE = 'rollcall';
/** The host and its port, and `WHAT[:ROLE][/REGION]`. */
const ADDRESS =
  /^(?:https:\/\/([^\s/?#@]{1,255})\/)?(self|organization|\d{12})(?::([\w+=,.@-]{1,64}))?(?:\/([a-z0-9-]{4,32}))?$/;
const REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;

/** What of AWS is read: an account, or those of an organization. */
export interface Scope {
  /** `self`, `organization` or the 12 digits of an account. */
  what: string;
  /** Assumed in accounts other than that of the credential. */
  role: string;
  /** null: all regions that the account has. */
  region: string | null;
  /** `https://host` that stands for all services; null: each has its own. */
  host: string | null;
}

/** The address of a scope, as it is stored: `https://sts.amazonaws.com/organization:rollcall/eu-west-1`; null: the text is none. */
export function parseAddress(text: string): string | null {
  const scope = parseScope(
    text.replace(/^(?=[a-z0-9.-]{1,255}(?::\d{1,5})?\/(?:self|organization|\d{12})(?:[:/]|$))/, 'https://'),
  );
  if (scope === null) return null;
  const { what, role, region, host } = scope;
  return `${host ?? AWS_HOST}/${what}${what === 'self' ? '' : `:${role}`}${region === null ? '' : `/${region}`}`;
}

/** null: the text is no scope. */
export function parseScope(text: string): Scope | null {
  const [, named, what, role, region = null] = ADDRESS.exec(text) ?? [];
  if (what === undefined || (what === 'self' && role !== undefined)) return null;
  if (region !== null && !REGION.test(region)) return null;
  if (named === undefined) return { what, role: role ?? USUAL_ROLE, region, host: null };
  const url = `https://${named}`;
  if (!URL.canParse(url)) return null;
  const { origin } = new URL(url);
  return { what, role: role ?? USUAL_ROLE, region, host: origin === AWS_HOST ? null : origin };
}
