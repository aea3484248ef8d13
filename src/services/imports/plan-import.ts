import type { FileFormat, ImportFormat, ImportLogin, ImportMark } from '../../types/import-mark.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { isForeign } from '../exports/domains.ts';
import { primaryAddress } from '../exports/guest-values.ts';
import { hostNames } from '../exports/host-names.ts';
import { isServerName } from '../exports/server-names.ts';
import type { ImportedGuest } from './import-service.ts';

export interface ImportRequest {
  guests: readonly GuestRow[];
  format: ImportFormat;
  /** Path of the file; empty for none. */
  target: string;
  login: ImportLogin;
  domains: readonly string[];
  /** Names that no guest is given, see isServerName. */
  servers: ReadonlySet<string>;
  at: Date;
  by: string;
  newId: () => string;
}

export interface ImportPlan {
  /** Marks to write, and the entries of each file that changes. */
  marks: readonly ImportMark[];
  /** Guests whose marks go. */
  dropped: readonly string[];
  files: readonly { target: string; format: FileFormat; entries: readonly ImportedGuest[] }[];
}

/** Marks guests as imported, or changes how they are; every entry of the files gets its guest's present address. */
export function planImport(known: readonly ImportedGuest[], request: ImportRequest): ImportPlan {
  const { guests, format, target, login, at, by } = request;
  const before = new Map(known.map((one) => [one.guest.id, one]));
  const names = newNames(
    known,
    guests.filter(({ id }) => !before.has(id)),
    request,
  );
  const chosen = guests.map((guest): ImportedGuest => {
    const mark = before.get(guest.id)?.mark;
    return {
      guest,
      isGone: false,
      mark: {
        guestId: guest.id,
        connectionId: mark?.connectionId ?? request.newId(),
        name: mark?.name ?? names.get(guest.id) ?? guest.id,
        format,
        target,
        address: primaryAddress(guest) ?? mark?.address ?? null,
        login: { ...mark?.login, ...login },
        importedAt: mark?.importedAt ?? at,
        importedBy: mark?.importedBy ?? by,
        archivedAt: null,
      },
    };
  });
  const ids = new Set(guests.map(({ id }) => id));
  const others = known.filter(({ guest }) => !ids.has(guest.id));
  const touched = new Set([target, ...chosen.flatMap(({ guest }) => before.get(guest.id)?.mark.target ?? [])]);
  return planFiles(known, [...others.map(refreshed), ...chosen], touched);
}

/** Keeps the marks of guests that are gone, and takes out their entries. */
export function planArchive(known: readonly ImportedGuest[], gone: ReadonlySet<string>, at: Date): ImportPlan {
  const after = known.map((one) =>
    gone.has(one.mark.guestId) ? { ...one, mark: { ...one.mark, archivedAt: at } } : one,
  );
  return planFiles(known, after, targetsOf(known, gone));
}

/** Removes the marks and entries of guests that are gone. */
export function planPrune(known: readonly ImportedGuest[], gone: ReadonlySet<string>): ImportPlan {
  const left = known.filter(({ mark }) => !gone.has(mark.guestId));
  return planFiles(known, left, targetsOf(known, gone));
}

function targetsOf(known: readonly ImportedGuest[], guests: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(known.filter(({ mark }) => guests.has(mark.guestId)).map(({ mark }) => mark.target));
}

function planFiles(
  before: readonly ImportedGuest[],
  after: readonly ImportedGuest[],
  targets: ReadonlySet<string>,
): ImportPlan {
  const known = new Map(before.map(({ mark }) => [mark.guestId, JSON.stringify(mark)]));
  const kept = new Set(after.map(({ mark }) => mark.guestId));
  return {
    marks: after.map(({ mark }) => mark).filter((mark) => known.get(mark.guestId) !== JSON.stringify(mark)),
    dropped: [...known.keys()].filter((id) => !kept.has(id)),
    files: [...targets]
      .filter((target) => target !== '')
      .map((target) => {
        const inFile = [...after, ...before].filter(({ mark }) => mark.target === target);
        return {
          target,
          format: inFile.some(({ mark }) => mark.format === 'ansible') ? 'ansible' : 'ssh-config',
          entries: after.filter(({ mark }) => mark.target === target && mark.archivedAt === null),
        };
      }),
  };
}

/** A mark follows a guest that was moved, and its address. */
function refreshed(one: ImportedGuest): ImportedGuest {
  if (one.isGone || one.mark.archivedAt !== null) return one;
  const address = primaryAddress(one.guest) ?? one.mark.address;
  return { ...one, mark: { ...one.mark, guestId: one.guest.id, address } };
}

/** The names of entries stay as they are, whatever is imported later. */
function newNames(
  known: readonly ImportedGuest[],
  guests: readonly GuestRow[],
  { domains, servers }: ImportRequest,
): ReadonlyMap<string, string> {
  const taken = new Set(known.map(({ mark }) => mark.name.toLowerCase()));
  const names = hostNames(
    guests,
    (name) => taken.has(name.toLowerCase()) || isForeign(name, domains) || isServerName(name, servers),
  );
  return new Map(
    [...names].map(([id, name]) => [id, taken.has(name.toLowerCase()) ? `${name}-${id.toLowerCase()}` : name]),
  );
}
