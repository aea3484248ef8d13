import { isSecretKey } from '../../text/mask-secrets.ts';
import type { Parameters } from '../../types/action.ts';
import type { Finding } from '../../types/check.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { sectionOf } from '../../types/section.ts';
import { sizeBytes } from '../selectors/selector-values.ts';
import type { Expectations, ExpectedValue } from './expectation-schema.ts';
import { memoryOf } from './expectations.ts';

/** What brings a value to what is expected; `none`: why nothing here does. */
export type Fix =
  | { kind: 'config'; set: Parameters; remove: readonly string[] }
  | { kind: 'tag'; tag: string }
  | { kind: 'power'; verb: 'start' | 'shutdown' }
  | { kind: 'none'; reason: string };

type Deviating = Pick<Finding, 'expectation' | 'path' | 'expected'>;

const MIB = 1024 ** 2;

/** Of a value that deviates from what a rule expects. */
export function fixOf(wanted: Expectations, finding: Deviating, guest: GuestRow): Fix {
  const fix = wantedFix(wanted, finding, guest);
  return fix.kind === 'config' && isPending(fix, guest) ? none(PENDING) : fix;
}

const PENDING = 'it waits for a restart: `rollcall reboot`';

/** Whether it was set already, and takes effect when the guest starts the next time. */
function isPending({ set: settings, remove }: Extract<Fix, { kind: 'config' }>, { document }: GuestRow): boolean {
  const pending = Object.entries(settings).map(([key, value]) => String(document[`pending.${key}`] ?? '') === value);
  return remove.length === 0 && pending.length > 0 && pending.every(Boolean);
}

function wantedFix(wanted: Expectations, finding: Deviating, guest: GuestRow): Fix {
  if (guest.kind === 'vm') return none('guests of its platform are only read');
  const { expectation, path } = finding;
  switch (expectation) {
    case 'tags':
      return { kind: 'tag', tag: finding.expected ?? '' };
    case 'memory':
      return memoryFix(wanted.memory, guest);
    case 'onboot':
      return set('onboot', wanted.onboot === true);
    case 'agent':
      return set('agent.enabled', wanted.agent === true);
    case 'bridge':
      return bridgeFix(wanted.bridge, path, guest);
    case 'ha':
      return none('what HA manages is not changed by actions on guests');
    case 'snapshotMaxAge':
      return none('`rollcall snapshot delete --older-than` deletes old snapshots');
    case 'backupMaxAge':
      return none('`rollcall backup` makes a backup');
    case 'backupJob':
      return none('backup jobs belong to the cluster, not to the guest');
    default:
      return configFix(wanted.config?.[expectation.slice('config.'.length)], path ?? '', guest);
  }
}

function none(reason: string): Fix {
  return { kind: 'none', reason };
}

function set(key: string, value: string | boolean): Fix {
  return { kind: 'config', set: { [key]: typeof value === 'string' ? value : String(Number(value)) }, remove: [] };
}

/** The nearest size that is expected. */
function memoryFix(memory: Expectations['memory'], guest: GuestRow): Fix {
  const { min, max } = typeof memory === 'object' ? memory : { min: memory, max: memory };
  const { kind, document, memoryBytes, backupJobs } = guest;
  const bytes = memoryOf({ kind, document, memoryBytes, backupJobs, lastBackup: 'unknown' }) ?? 0;
  const least = min === undefined ? 0 : (sizeBytes(min) ?? 0);
  const most = max === undefined ? least : (sizeBytes(max) ?? 0);
  return set('memory', String(Math.ceil((bytes < least ? least : most) / MIB)));
}

/** One that is named, and no other, is what the card gets. */
function bridgeFix(bridges: Expectations['bridge'], path: string | null, { document }: GuestRow): Fix {
  const [only, ...more] = [bridges ?? []].flat();
  const [card = ''] = (path ?? '').split('.');
  if (only === undefined || more.length > 0 || /[*?]/.test(only)) return none('several bridges would do: choose one');
  const hasCard = Object.keys(document).some((field) => field.startsWith(`${card}.`));
  return hasCard ? set(`${card}.bridge`, only) : none('it has no network card');
}

function configFix(wanted: ExpectedValue | undefined, path: string, guest: GuestRow): Fix {
  const section = sectionOf(path);
  if (section === 'power') return powerFix(wanted, path);
  if (section === 'placement') return none('`rollcall migrate` moves it');
  if (section !== 'config') return none('it is no setting of the guest');
  if (/[*?]/.test(path)) return none('it has no such field, and the pattern does not say which it should have');
  if (path === 'template') return none('`rollcall template` makes a template of it, and nothing undoes that');
  if (path.startsWith('pending.')) return none(PENDING);
  if (isSecretKey(path.slice(path.lastIndexOf('.') + 1))) return none('a secret is set by reference: `rollcall set`');
  const key = guest.kind === 'lxc' && path === 'name' ? 'hostname' : path;
  if (wanted === null || wanted === undefined) return { kind: 'config', set: {}, remove: [key] };
  if (typeof wanted === 'object') return set(key, wanted.join(path === 'tags' ? ';' : ','));
  return set(key, typeof wanted === 'number' ? String(wanted) : wanted);
}

function powerFix(wanted: ExpectedValue | undefined, path: string): Fix {
  if (path === 'status' && wanted === 'running') return { kind: 'power', verb: 'start' };
  if (path === 'status' && wanted === 'stopped') return { kind: 'power', verb: 'shutdown' };
  return none('guests are started or shut down, and nothing else');
}
