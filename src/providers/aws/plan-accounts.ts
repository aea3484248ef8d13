import { AppError } from '../../types/errors.ts';
import type { MemberAccount } from './answers.ts';
import type { Scope } from './scope.ts';

/** An account to read. */
export interface AccountPlan {
  account: string;
  /** As the organization calls it; null: it is not told. */
  name: string | null;
  /** null: it is that of the credential. */
  role: string | null;
  /** null: all that it has. */
  regions: ReadonlySet<string> | null;
}

export interface AccountsPlanned {
  plans: readonly AccountPlan[];
  /** Why accounts may be missing; null: all of them are there. */
  failure: AppError | null;
}

/**
 * The accounts that scopes stand for, each once. An account that is suspended is not read, and neither is one that is not a member any
 * more: nothing is said of its instances. Pure. `members`: null where no scope asks for them.
 */
export function planAccounts(
  scopes: readonly Scope[],
  caller: string,
  members: readonly MemberAccount[] | AppError | null,
): AccountsPlanned {
  const failure = members instanceof AppError ? members : null;
  const known = members === null || members instanceof AppError ? [] : members;
  const names = new Map(known.map(({ Id, Name }) => [Id, Name ?? null]));
  const plans = new Map<string, AccountPlan>();
  for (const { what, role, region } of scopes) {
    for (const account of accountsOf(what, caller, known)) {
      const before = plans.get(account);
      const own = region === null ? null : new Set([region]);
      plans.set(account, {
        account,
        name: names.get(account) ?? null,
        role: account === caller ? null : (before?.role ?? role),
        regions: before === undefined ? own : union(before.regions, own),
      });
    }
  }
  return { plans: [...plans.values()], failure };
}

function accountsOf(what: string, caller: string, members: readonly MemberAccount[]): readonly string[] {
  if (what === 'self') return [caller];
  if (what !== 'organization') return [what];
  return members.filter(({ State }) => State === 'ACTIVE').map(({ Id }) => Id);
}

function union(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  return one === null || other === null ? null : new Set([...one, ...other]);
}
