import type { GuestName } from '../../repositories/inventory/inventory-repository.ts';
import { nearNames } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';

const MOST_CANDIDATES = 10;

type Matcher = (guest: GuestName) => boolean;

const KINDS: Readonly<Record<string, GuestKind>> = {
  vm: 'qemu',
  qemu: 'qemu',
  container: 'lxc',
  ct: 'lxc',
  lxc: 'lxc',
};
/** `vm/100`, `CT/web`, `lab/container/200`. */
const WITH_KIND = /^((?:[^/]+\/)?)(vm|qemu|container|ct|lxc)\/([^/]+)$/i;

/** The same reference with the kind as it is stored. */
function withStoredKind(ref: string): string {
  const [, before = '', kind = '', rest = ''] = WITH_KIND.exec(ref) ?? [];
  return kind === '' ? ref : `${before}${KINDS[kind.toLowerCase()]}/${rest}`;
}

/** All that a guest is called by a part of it, its native id or its name. */
function callsOf({ providerName, kind }: GuestName, part: string): string[] {
  return [part, `${kind}/${part}`, `${providerName}/${part}`, `${providerName}/${kind}/${part}`];
}

/** What a reference may be, the surest first: an id, a native id, a name, a name in another case. */
function matchersOf(ref: string): Matcher[] {
  const forms = [ref, withStoredKind(ref)];
  const lower = forms.map((form) => form.toLowerCase());
  return [
    ({ id }) => id === ref,
    (guest) => callsOf(guest, guest.nativeId).some((call) => forms.includes(call)),
    (guest) => guest.name !== null && callsOf(guest, guest.name).some((call) => forms.includes(call)),
    (guest) => guest.name !== null && callsOf(guest, guest.name).some((call) => lower.includes(call.toLowerCase())),
  ];
}

/** All guests that a reference may mean, gone or not; AppError('not-found') when there is none. */
export function requireGuests<T extends GuestName>(ref: string, guests: readonly T[]): T[] {
  const matches = firstMatches(ref, guests);
  if (matches.length === 0) throw notFoundError(ref, guests);
  return matches;
}

/**
 * The one guest of a reference; of those that are gone the last one of its native id. `guests` are ordered by age. `others`: guests of
 * every kind, so that a reference to one of another kind is explained.
 */
export function resolveGuest<T extends GuestName>(
  ref: string,
  guests: readonly T[],
  { includeGone = false, others = [] }: { includeGone?: boolean; others?: readonly GuestName[] } = {},
): T {
  const there = firstMatches(
    ref,
    guests.filter(({ presence }) => presence !== 'gone'),
  );
  const matches = there.length > 0 ? there : firstMatches(ref, guests);
  if (there.length === 0 && matches.length > 0 && !includeGone) throw goneError(ref, matches);
  const candidates = there.length > 0 ? there : lastIncarnations(matches);
  const [only, ...more] = candidates;
  if (only === undefined) throw otherKindError(ref, others) ?? notFoundError(ref, guests);
  if (more.length > 0) throw ambiguousError(ref, candidates);
  return only;
}

/** The one guest that a selector chose. AppError('not-found') and 'ambiguous'. */
export function onlyGuest<T extends GuestName>(selector: string, chosen: readonly T[]): T {
  const [only, ...more] = chosen;
  if (more.length > 0) throw ambiguousError(selector, chosen);
  if (only !== undefined) return only;
  const hint = '`list-guests` shows guests, and takes the same selectors.';
  throw new AppError('not-found', `No guest matches \`${selector}\``, { hint });
}

/** `pve/100  web-01  pve1  present` */
export function describeGuest({ providerName, nativeId, name, node, presence }: GuestName): string {
  return [`${providerName}/${nativeId}`, name ?? '(no name)', node, presence].join('  ');
}

function firstMatches<T extends GuestName>(ref: string, guests: readonly T[]): T[] {
  for (const matches of matchersOf(ref)) {
    const found = guests.filter(matches);
    if (found.length > 0) return found;
  }
  return [];
}

function lastIncarnations<T extends GuestName>(guests: readonly T[]): T[] {
  return [...new Map(guests.map((guest) => [`${guest.providerId}/${guest.nativeId}`, guest])).values()];
}

const KIND_WORDS = {
  qemu: { noun: 'virtual machine', command: 'show-vm' },
  vm: { noun: 'virtual machine', command: 'show-vm' },
  lxc: { noun: 'container', command: 'show-container' },
} as const;

/** null where the reference means no guest of another kind either. */
function otherKindError(ref: string, guests: readonly GuestName[]): AppError | null {
  const [other] = firstMatches(ref, guests).toReversed();
  if (other === undefined) return null;
  const { noun, command } = KIND_WORDS[other.kind];
  return new AppError('not-found', `\`${ref}\` is a ${noun}: ${describeGuest(other)}`, {
    hint: `\`${command} ${ref}\`, or \`show ${ref}\` for any kind.`,
  });
}

function goneError(ref: string, matches: readonly GuestName[]): AppError {
  const listed = matches.slice(-MOST_CANDIDATES).map((guest) => `  ${describeGuest(guest)}`);
  return new AppError('not-found', `No guest \`${ref}\` is there any more`, {
    hint: [
      'It is gone:',
      ...listed,
      `Its history stays: \`show-changes --guest ${ref}\`, or ask for a time with \`--at\`.`,
    ],
  });
}

function notFoundError(ref: string, guests: readonly GuestName[]): AppError {
  const names = guests.flatMap(({ name, presence }) => (name === null || presence === 'gone' ? [] : [name]));
  const near = nearNames(ref.slice(ref.lastIndexOf('/') + 1), names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`
      : 'A guest is named by NAME, VMID, PROVIDER/VMID or PROVIDER/NAME; `list-vms` and `list-containers` show them.';
  return new AppError('not-found', `No guest \`${ref}\` is in the inventory`, { hint });
}

function ambiguousError(ref: string, candidates: readonly GuestName[]): AppError {
  const listed = candidates.slice(0, MOST_CANDIDATES).map(describeGuest);
  const more = candidates.length - listed.length;
  if (more > 0) listed.push(`and ${more} more`);
  return new AppError('ambiguous', `\`${ref}\` names ${candidates.length} guests`, {
    hint: ['Name one by PROVIDER/VMID:', ...listed.map((line) => `  ${line}`)],
  });
}
