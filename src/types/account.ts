/** Who owns servers. */
export interface Account {
  id: string;
  name: string;
  createdAt: Date;
  createdBy: string;
  ids: readonly ExternalId[];
}

/** What a panel, a provider or `serve` (`user`) calls an account. */
export interface ExternalId {
  system: string;
  value: string;
}

/** `SYSTEM:VALUE`: the key of an owner that no account has as an id, and what people write. */
export function externalKey({ system, value }: ExternalId): string {
  return `${system}:${value}`;
}

/** Where a rule finds the owner of a guest. */
export const ACCOUNT_RULE_KINDS = ['pool', 'tag', 'owner', 'description', 'file'] as const;
export type AccountRuleKind = (typeof ACCOUNT_RULE_KINDS)[number];

/**
 * How the owner of a guest is found. `pool`, `tag`, `description`: `pattern` has a `*` where the id stands, `owner-*`;
 * `owner`: the number of the owner that a control panel tells (field `owner`); `file`: a CSV file with the columns `ref` and `owner`.
 */
export interface AccountRule {
  kind: AccountRuleKind;
  pattern: string;
  /** Whose id that is. */
  system: string;
}

/** Who owns a guest, and by which rule that is known. */
export interface Ownership {
  /** Id of an account, or {@link externalKey}. */
  key: string;
  /** What people call it. */
  name: string;
  by: string;
}
