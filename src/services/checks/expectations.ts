import { durationMs } from '../../text/time.ts';
import { configuredSize } from '../../types/configured-size.ts';
import type { Document } from '../../types/document.ts';
import type { GuestKind } from '../../types/guest.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { sizeBytes } from '../selectors/selector-values.ts';
import { configExpectations } from './config-expectation.ts';
import type { Expectations } from './expectation-schema.ts';
import type { Deviation, Expectation, Judgement, Subject } from './judgement.ts';
import { whyNoTelling } from './last-backup.ts';
import { ageText, flagText, sizeText } from './value-text.ts';

type Wanted<Key extends keyof Expectations> = NonNullable<Expectations[Key]>;

/** Every expectation of a rule, in the order of the help. Ages and sizes are well formed: the schema has seen them. */
export function compileExpectations(wanted: Expectations): Expectation[] {
  const { tags, memory, onboot, bridge, agent, ha, snapshotMaxAge, backupMaxAge, backupJob, config } = wanted;
  return [
    ...(tags === undefined ? [] : [tagsExpectation(tags)]),
    ...(memory === undefined ? [] : [memoryExpectation(memory)]),
    ...(onboot === undefined ? [] : [onbootExpectation(onboot)]),
    ...(bridge === undefined ? [] : [bridgeExpectation([bridge].flat())]),
    ...(agent === undefined ? [] : [agentExpectation(agent)]),
    ...(ha === undefined ? [] : [haExpectation(ha)]),
    ...(snapshotMaxAge === undefined ? [] : [snapshotExpectation(snapshotMaxAge)]),
    ...(backupMaxAge === undefined ? [] : [backupExpectation(backupMaxAge)]),
    ...(backupJob === undefined ? [] : [backupJobExpectation(backupJob)]),
    ...(config === undefined ? [] : configExpectations(config)),
  ];
}

function tagsExpectation(tags: readonly string[]): Expectation {
  return {
    key: 'tags',
    section: 'config',
    paths: ['tags'],
    judge: ({ document }) => {
      const found = tagsOf(document);
      const has = (tag: string) => found.some((one) => one.toLowerCase() === tag.toLowerCase());
      const missing = tags.filter((tag) => !has(tag));
      return missing.map((tag) => ({ path: 'tags', expected: tag, found: found.join(', ') || 'none' }));
    },
  };
}

export function tagsOf(document: Document): readonly string[] {
  const tags = document['tags'];
  return typeof tags === 'object' ? tags : [];
}

function memoryExpectation(memory: Wanted<'memory'>): Expectation {
  const { min, max } = typeof memory === 'string' ? { min: memory, max: memory } : memory;
  const least = sizeBytes(min ?? '0') ?? 0;
  const most = max === undefined ? Number.POSITIVE_INFINITY : (sizeBytes(max) ?? 0);
  const expected = typeof memory === 'string' ? memory : rangeText(min, max);
  return {
    key: 'memory',
    section: 'config',
    paths: ['memory'],
    judge: (subject) => {
      const bytes = memoryOf(subject);
      if (bytes === null) return { unknown: 'its memory is not known' };
      if (bytes >= least && bytes <= most) return [];
      return [{ path: 'memory', expected, found: Number.isFinite(bytes) ? sizeText(bytes) : 'unlimited' }];
    },
  };
}

function rangeText(min: string | undefined, max: string | undefined): string {
  if (max === undefined) return `at least ${min}`;
  return min === undefined ? `at most ${max}` : `${min} to ${max}`;
}

/** Infinite for a container without limit; null where nothing tells. */
export function memoryOf({ kind, document, memoryBytes }: Subject): number | null {
  if (kind === 'lxc' && document['memory'] === 0) return Number.POSITIVE_INFINITY;
  return configuredSize(kind, document).memoryBytes ?? memoryBytes;
}

/** What only Proxmox VE has. */
function ofProxmox(kind: GuestKind, noun: string, judge: () => Judgement): Judgement {
  return kind === 'vm'
    ? { unknown: `${noun} is not read of this platform: leave its guests out of the rule` }
    : judge();
}

function onbootExpectation(wanted: boolean): Expectation {
  return {
    key: 'onboot',
    section: 'config',
    paths: ['onboot'],
    judge: ({ kind, document }) =>
      ofProxmox(kind, 'onboot', () => flagDeviation('onboot', { wanted, found: isSet(document, 'onboot') })),
  };
}

function agentExpectation(wanted: boolean): Expectation {
  return {
    key: 'agent',
    section: 'config',
    paths: ['agent.enabled'],
    judge: ({ kind, document }) => {
      if (kind === 'lxc') return { unknown: 'containers have no guest agent: leave them out of the rule' };
      return ofProxmox(kind, 'agent', () =>
        flagDeviation('agent.enabled', { wanted, found: isSet(document, 'agent.enabled') }),
      );
    },
  };
}

/** Flags are 0 or 1 in a configuration, and off where they are not set. */
export function isSet(document: Document, path: string): boolean {
  const value = document[path];
  return value === 1 || value === true;
}

function flagDeviation(path: string, { wanted, found }: { wanted: boolean; found: boolean }): Deviation[] {
  return wanted === found ? [] : [{ path, expected: flagText(wanted), found: flagText(found) }];
}

const CARD = /^net\d+\.[^.]+$/;

function bridgeExpectation(bridges: readonly string[]): Expectation {
  const isWanted = compileFilter(bridges);
  const expected = bridges.join(' or ');
  return {
    key: 'bridge',
    section: 'config',
    paths: ['net*.bridge', 'net*.model', 'net*.name'],
    judge: ({ kind, document }) =>
      ofProxmox(kind, 'bridge', () => {
        const cards = cardsOf(document);
        if (cards.length === 0) return [{ path: 'net0.bridge', expected, found: 'no network card' }];
        return cards.flatMap(({ path, bridge }) =>
          isWanted(bridge) ? [] : [{ path, expected, found: bridge ?? 'no bridge' }],
        );
      }),
  };
}

/** The network cards, each with its bridge; null: it is on none. */
export function cardsOf(document: Document): { path: string; bridge: string | null }[] {
  const names = new Set(Object.keys(document).flatMap((path) => (CARD.test(path) ? path.split('.', 1) : [])));
  return [...names].map((name) => {
    const bridge = document[`${name}.bridge`];
    return { path: `${name}.bridge`, bridge: typeof bridge === 'string' ? bridge : null };
  });
}

function haExpectation(wanted: Wanted<'ha'>): Expectation {
  const expected = typeof wanted === 'string' ? wanted : wanted ? 'any state' : 'none';
  return {
    key: 'ha',
    section: 'ha',
    paths: ['ha.state'],
    judge: ({ kind, document }) =>
      ofProxmox(kind, 'ha', () => {
        const found = haOf(document);
        const isGood = wanted === true ? found !== 'none' : found === expected;
        return isGood ? [] : [{ path: 'ha.state', expected, found }];
      }),
  };
}

/** `none`: HA does not manage it. */
export function haOf(document: Document): string {
  const state = document['ha.state'];
  return typeof state === 'string' ? state : 'none';
}

const SNAPSHOT = /^snapshot\.(.+)\.time$/;

function snapshotExpectation(maxAge: string): Expectation {
  const most = durationMs(maxAge) ?? 0;
  return {
    key: 'snapshotMaxAge',
    section: 'snapshots',
    paths: ['snapshot.*.time'],
    judge: ({ document }, at) => {
      const times = Object.entries(document).filter(([path]) => SNAPSHOT.test(path));
      // 0 where the platform does not tell.
      const untold = times.find(([, time]) => typeof time !== 'number' || time <= 0)?.[0];
      if (untold !== undefined) return { unknown: `the age of snapshot ${SNAPSHOT.exec(untold)?.[1]} is not known` };
      return times.flatMap(([path, time]) => overdue(path, new Date(Number(time) * 1000), { at, most, maxAge }));
    },
  };
}

function backupExpectation(maxAge: string): Expectation {
  const most = durationMs(maxAge) ?? 0;
  return {
    key: 'backupMaxAge',
    section: null,
    paths: [],
    judge: ({ lastBackup }, at) => {
      if (lastBackup === 'unknown')
        return { unknown: 'backups are not read of this platform: leave its guests out of the rule' };
      const due = new Date(at.getTime() - most);
      if (lastBackup.at !== null && lastBackup.at >= due) return [];
      const unknown = whyNoTelling(lastBackup, due);
      if (unknown !== null) return { unknown };
      if (lastBackup.at === null) return [{ path: null, expected: `at most ${maxAge} old`, found: 'no backup' }];
      return overdue(null, lastBackup.at, { at, most, maxAge });
    },
  };
}

function backupJobExpectation(wanted: boolean): Expectation {
  return {
    key: 'backupJob',
    section: null,
    paths: [],
    judge: ({ backupJobs }) => {
      if (backupJobs === null) return { unknown: 'the backup jobs that include it are not known' };
      const found = backupJobs.length > 0;
      return wanted === found ? [] : [{ path: null, expected: flagText(wanted), found: flagText(found) }];
    },
  };
}

interface AgeLimit {
  at: Date;
  /** Milliseconds. */
  most: number;
  maxAge: string;
}

function overdue(path: string | null, time: Date, { at, most, maxAge }: AgeLimit): Deviation[] {
  const ageMs = at.getTime() - time.getTime();
  if (ageMs <= most) return [];
  const overdueSince = new Date(time.getTime() + most);
  return [{ path, expected: `at most ${maxAge} old`, found: `${ageText(ageMs)} old`, overdueSince }];
}
