import type { AccountRepository } from '../../repositories/reconcile/account-repository.ts';
import type { FindingQuery, FindingRepository } from '../../repositories/reconcile/finding-repository.ts';
import { AppError } from '../../types/errors.ts';
import { FINDING_KINDS, type Finding, type FindingKind, isOpen, SEVERITIES } from '../../types/finding.ts';
import type { Action, Actor } from '../../types/people.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';

/** A finding with the name of its account. */
export interface ShownFinding extends Finding {
  /** null: unowned. */
  accountName: string | null;
  /** Neither closed nor accepted. */
  isOpen: boolean;
}

export interface FindingDeps {
  findings: FindingRepository;
  guests: Pick<InventoryService, 'listGuests'>;
  accounts: Pick<AccountRepository, 'list'>;
  record: (by: Actor, action: Action) => Promise<void>;
  clock: () => Date;
}

export interface ListFindings extends Omit<FindingQuery, 'isOpen'> {
  /** Only those that are neither closed nor accepted. */
  isOpen: boolean;
  /** Only those of guests that one of these selects. */
  selectors?: readonly string[] | undefined;
}

/** What people do with findings. */
export class FindingService {
  readonly #deps: FindingDeps;

  constructor(deps: FindingDeps) {
    this.#deps = deps;
  }

  /** The most severe first, and of those of one kind the newest. */
  async list({ isOpen: onlyOpen, selectors, ...query }: ListFindings): Promise<ShownFinding[]> {
    const isSelected = await this.#guestTest(selectors);
    const all = await this.#deps.findings.list({ ...query, ...(onlyOpen && { isOpen: true }) });
    const found = all.filter(({ guestId }) => isSelected(guestId));
    const shown = (await this.#shown(found)).toSorted(bySeverity);
    return onlyOpen ? shown.filter((one) => one.isOpen) : shown;
  }

  /** By id or its beginning; with an account, of that account alone. Throws AppError('not-found') and 'ambiguous'. */
  async get(id: string, accountKey?: string): Promise<ShownFinding> {
    const all = id === '' ? [] : await this.#deps.findings.find(id);
    const found = accountKey === undefined ? all : all.filter((one) => one.accountKey === accountKey);
    const [only, ...others] = await this.#shown(found);
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) {
      throw new AppError('not-found', `there is no finding ${id}`, { hint: 'see `rollcall list-findings`' });
    }
    throw new AppError('ambiguous', `several findings begin with ${id}`, {
      hint: `name one: ${found.map((one) => one.id).join(', ')}`,
    });
  }

  /** It is no longer told of, until that time or for good. Throws as {@link get}; AppError('configuration') for one that is closed. */
  async accept(
    id: string,
    { reason, until, by }: { reason: string; until: Date | null; by: Actor },
  ): Promise<ShownFinding> {
    const finding = requireUnclosed(await this.get(id));
    if (until !== null && until <= this.#deps.clock()) {
      throw new AppError('usage', 'the time until which it is accepted is over already');
    }
    await this.#deps.findings.accept(finding.id, { by: by.name, reason, until });
    const detail = { kind: finding.kind, reason, until: until?.toISOString() ?? null };
    await this.#deps.record(by, { action: 'finding.accept', target: finding.id, detail });
    return this.get(finding.id);
  }

  /** It waits for somebody again. */
  async reopen(id: string, by: Actor): Promise<ShownFinding> {
    const finding = requireUnclosed(await this.get(id));
    await this.#deps.findings.accept(finding.id, { by: null, reason: null, until: null });
    await this.#deps.record(by, { action: 'finding.reopen', target: finding.id });
    return this.get(finding.id);
  }

  /** `to` null: to nobody. */
  async assign(id: string, { to, by }: { to: string | null; by: Actor }): Promise<ShownFinding> {
    const finding = requireUnclosed(await this.get(id));
    await this.#deps.findings.assign(finding.id, to);
    await this.#deps.record(by, { action: 'finding.assign', target: finding.id, detail: { to } });
    return this.get(finding.id);
  }

  async #guestTest(selectors: readonly string[] | undefined): Promise<(guestId: string | null) => boolean> {
    if (selectors === undefined) return () => true;
    const { guests, clock } = this.#deps;
    const selected = await guests.listGuests({ selector: parseSelectors(selectors, clock()), presence: 'all' });
    const ids = new Set(selected.map(({ id }) => id));
    return (guestId) => guestId !== null && ids.has(guestId);
  }

  async #shown(findings: readonly Finding[]): Promise<ShownFinding[]> {
    const names = new Map((await this.#deps.accounts.list()).map(({ id, name }) => [id, name]));
    const now = this.#deps.clock();
    return findings.map((finding) => ({
      ...finding,
      accountName: finding.accountKey === null ? null : (names.get(finding.accountKey) ?? finding.accountKey),
      isOpen: isOpen(finding, now),
    }));
  }
}

function bySeverity(a: Finding, b: Finding): number {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return (
    severity ||
    FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind) ||
    b.firstSeenAt.getTime() - a.firstSeenAt.getTime()
  );
}

function requireUnclosed(finding: ShownFinding): ShownFinding {
  if (finding.closedAt === null) return finding;
  throw new AppError('configuration', `the finding is closed: ${finding.closedWhy ?? ''}`);
}

/** What to do about each kind, in one line. */
export const ADVICE: Readonly<Record<FindingKind, string>> = {
  'external-server': 'add it to the panel or bill it (`rollcall billing propose`), or remove it',
  'orphaned-record': 'end the record in the panel; if another machine is it, say so: `rollcall panel link`',
  'uuid-mismatch': 'correct the UUID or the id in the panel',
  'owner-mismatch': 'correct the owner in the panel, or the tag, pool or description that names another one',
  'size-mismatch': 'bill the size that it has, or change it back',
  'state-mismatch': 'stop it, or correct the state in the panel',
  duplicate: 'give each machine a UUID and MAC addresses of its own',
  'billed-twice': 'end all but one of the records',
  'ambiguous-match': 'give the record the id or the UUID of its machine, or say which it is: `rollcall panel link`',
  unowned: 'give it an owner: a rule (`rollcall accounts rules`), a tag, or a record in a panel',
};
