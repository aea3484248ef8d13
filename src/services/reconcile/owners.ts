import { type Account, type AccountRule, type ExternalId, externalKey, type Ownership } from '../../types/account.ts';
import type { PanelRecord, StoredPanel } from '../../types/panel.ts';
import type { ComparedGuest } from './compared-guest.ts';

const ID_MARK = '*';
/** A description is text of other people. */
const MOST_TEXT = 8192;

/** Reads the id out of a text; null: it has none. */
type ReadId = (text: string) => string | null;

interface CompiledRule {
  rule: AccountRule;
  ids: (guest: ComparedGuest) => readonly string[];
}

/** Owners by the references of guests (`prod/100`), from the mapping file of a rule. */
export type OwnerFile = ReadonlyMap<string, string>;

/** Who owns a guest by the rules, and a record by its panel; null: not known. */
export interface PanelOwners {
  ofGuest(guest: ComparedGuest): Ownership | null;
  ofRecord(record: Pick<PanelRecord, 'owner'>): Ownership | null;
}

/** Who owns what: finds accounts by the ids that rules and panels tell. Pure. */
export class Owners {
  readonly #byId: ReadonlyMap<string, Account>;
  readonly #names: ReadonlyMap<string, string>;
  readonly #rules: readonly CompiledRule[];

  /** `files`: by the path that a rule of kind `file` has as its pattern. */
  constructor(
    accounts: readonly Account[],
    rules: readonly AccountRule[],
    files: ReadonlyMap<string, OwnerFile> = new Map(),
  ) {
    this.#byId = new Map(accounts.flatMap((account) => account.ids.map((id) => [externalKey(id), account] as const)));
    this.#names = new Map(accounts.map(({ id, name }) => [id, name]));
    this.#rules = rules.map((rule) => ({ rule, ids: compile(rule, files) }));
  }

  get hasRules(): boolean {
    return this.#rules.length > 0;
  }

  /** By the first rule that finds one. */
  ofGuest(guest: ComparedGuest): Ownership | null {
    for (const { rule, ids } of this.#rules) {
      const [value] = ids(guest);
      if (value !== undefined)
        return this.#owner({ system: rule.system, value }, `${rule.kind} ${rule.pattern}`.trim());
    }
    return null;
  }

  /** With what the records of a panel say. The account book names accounts as findings do. */
  ofPanel({ name, type }: Pick<StoredPanel, 'name' | 'type'>): PanelOwners {
    const by = `panel ${name}`;
    return {
      ofGuest: (guest) => this.ofGuest(guest),
      ofRecord: ({ owner }) => {
        if (owner === null) return null;
        return type === 'rollcall' ? this.#byKey(owner, by) : this.#owner({ system: name, value: owner }, by);
      },
    };
  }

  #byKey(key: string, by: string): Ownership {
    return { key, name: this.#names.get(key) ?? key, by };
  }

  #owner(id: ExternalId, by: string): Ownership {
    const account = this.#byId.get(externalKey(id));
    return account === undefined
      ? { key: externalKey(id), name: externalKey(id), by }
      : { key: account.id, name: account.name, by };
  }
}

/** Whether a pattern of a rule says where the id stands. `owner` and `file` have none. */
export function isRulePattern({ kind, pattern }: Pick<AccountRule, 'kind' | 'pattern'>): boolean {
  if (kind === 'owner') return pattern === '';
  if (kind === 'file') return pattern !== '';
  return pattern.split(ID_MARK).length === 2;
}

function compile({ kind, pattern }: AccountRule, files: ReadonlyMap<string, OwnerFile>): CompiledRule['ids'] {
  switch (kind) {
    case 'owner':
      return ({ owner }) => (owner === null ? [] : [owner]);
    case 'file': {
      const owners = files.get(pattern);
      return (guest) => [owners?.get(guest.ref) ?? []].flat();
    }
    case 'pool': {
      const read = idReader(pattern);
      return ({ pool }) => idsIn(pool === null ? [] : [pool], read);
    }
    case 'tag': {
      const read = idReader(pattern);
      return ({ tags }) => idsIn(tags, read);
    }
    case 'description': {
      const read = idInText(pattern);
      return ({ description }) => idsIn(description === null ? [] : [description.slice(0, MOST_TEXT)], read);
    }
  }
}

function idsIn(texts: readonly string[], read: ReadId): string[] {
  return texts.flatMap((text) => read(text) ?? []);
}

/** Of a whole text: `owner-*`. */
function idReader(pattern: string): ReadId {
  const [before = '', after = ''] = pattern.split(ID_MARK);
  return (text) => {
    const isMatch = text.length > before.length + after.length && text.startsWith(before) && text.endsWith(after);
    return isMatch ? text.slice(before.length, text.length - after.length) : null;
  };
}

/** Within a text: `customer: *`. An id ends at the next space, or at what the pattern has after it. */
function idInText(pattern: string): ReadId {
  const [before = '', after = ''] = pattern.split(ID_MARK);
  return (text) => {
    const start = text.indexOf(before);
    if (start < 0) return null;
    const rest = text.slice(start + before.length);
    const end = after === '' ? rest.search(/[\s,;]|$/) : rest.indexOf(after);
    return end > 0 ? rest.slice(0, end) : null;
  };
}
