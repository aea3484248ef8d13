/**
 * What is asked of computers, in session relevance. A member of a tuple that gives nothing removes the whole computer from the
 * answer, so that each has a value to fall back on. Source: developer.bigfix.com/relevance, `bes computer` and `bes property`.
 */
const MEMBERS = {
  id: 'id of it as string',
  /** Epoch seconds. */
  reportedAt: '(((last report time of it - ("Thu, 01 Jan 1970 00:00:00 +0000" as time)) / second) as string | "")',
  name: '(name of it | "")',
  os: '(operating system of it | "")',
  cpu: '(cpu of it | "")',
  hostname: '(hostname of it | "")',
  agentVersion: '(agent version of it as string | "")',
  types: properties('Computer Type'),
  memory: properties('RAM'),
  addresses: properties('IP Address', 'IPv6 Address'),
  macs: properties('MAC Address', 'MAC Addresses', 'MAC Addresses - Windows', 'MAC Addresses - Unix'),
  uuids: properties('UUID', 'SMBIOS UUID', 'BIOS UUID', 'System UUID'),
} as const;

export type Member = keyof typeof MEMBERS;
const ORDER: readonly Member[] = Object.keys(MEMBERS).filter((key): key is Member => Object.hasOwn(MEMBERS, key));

export const FACT_QUERY = `(${ORDER.map((member) => MEMBERS[member]).join(', ')}) of bes computers`;

/** The values of properties by these names, one a line; properties that a deployment does not have give none. */
function properties(...names: readonly string[]): string {
  const values = names.map((name) => `values of results (it, bes properties "${name}")`);
  return `concatenation "%0a" of (${values.join('; ')}; "")`;
}

/** One computer of the answer, by what was asked for; null for what is no such row. */
export function toTuple(row: unknown): Readonly<Record<Member, string>> | null {
  if (!Array.isArray(row) || row.length !== ORDER.length) return null;
  const texts: string[] = row
    .map((value: unknown) => (typeof value === 'number' ? String(value) : value))
    .filter(isText);
  if (texts.length !== ORDER.length) return null;
  const at = (member: Member): string => texts[ORDER.indexOf(member)] ?? '';
  return {
    id: at('id'),
    reportedAt: at('reportedAt'),
    name: at('name'),
    os: at('os'),
    cpu: at('cpu'),
    hostname: at('hostname'),
    agentVersion: at('agentVersion'),
    types: at('types'),
    memory: at('memory'),
    addresses: at('addresses'),
    macs: at('macs'),
    uuids: at('uuids'),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
