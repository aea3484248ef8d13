/** Stands for the services of AWS, each at a host of its own. */
const AWS_HOST = 'https://sts.amazonaws.com';
const USUAL_ROLE = 'rollcall';
/** The host and its port, and `WHAT[:ROLE][/REGION]`. */
const ADDRESS =
  /^(?:https:\/\/([^\s/?#@]{1,255})\/)?(self|organization|\d{12})(?::([\w+=,.@-]{1,64}))?(?:\/([a-z0-9-]{4,32}))?$/;
const WITHOUT_SCHEME = /^(?=[a-z0-9.-]{1,255}(?::\d{1,5})?\/(?:self|organization|\d{12})(?:[:/]|$))/;
const REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;

/**
 * The address of what is read, as it is stored and scope.ts reads it: `https://sts.amazonaws.com/organization:rollcall/eu-west-1`; null:
 * the text is none.
 */
export function parseAddress(text: string): string | null {
  const [, named, what, role, region] = ADDRESS.exec(text.replace(WITHOUT_SCHEME, 'https://')) ?? [];
  if (what === undefined || (what === 'self' && role !== undefined)) return null;
  if (region !== undefined && !REGION.test(region)) return null;
  const host = named === undefined ? AWS_HOST : `https://${named}`;
  if (!URL.canParse(host)) return null;
  const whose = what === 'self' ? '' : `:${role ?? USUAL_ROLE}`;
  return `${new URL(host).origin}/${what}${whose}${region === undefined ? '' : `/${region}`}`;
}
