import type { Action, ActionSubject, Check, PlannedCall, Risk } from '../../../types/action.ts';
import { commonChecks } from './checks.ts';
import { givenUpCheck, isThroughHa } from './ha.ts';
import {
  call,
  type Draft,
  NO_CALLS,
  NOTHING_MORE,
  ownTask,
  type PlanContext,
  pathOf,
  type VerbPlanner,
} from './planner.ts';
import type { LiveGuest, Scene } from './scene.ts';

type Verb = 'start' | 'stop' | 'reset' | 'resume' | 'shutdown' | 'reboot' | 'suspend';
type PowerAction = Extract<Action, { verb: Verb }>;

export const power: VerbPlanner<PowerAction, null> = {
  right: 'power',
  read: NOTHING_MORE,
  plan: planPower,
};

function planPower(action: PowerAction, scene: Scene, { known, allow }: PlanContext): Draft {
  const { subject, guest } = scene;
  const passes = action.verb === 'start' || action.verb === 'resume' ? ['suspended'] : [];
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.PowerMgmt'] }];
  const checks = commonChecks(scene, { right: 'power', allow, known, needs, passes });
  if (guest === null) return { ...NO_CALLS, checks };
  const state = powerText(guest);
  const isReached = isAlready(action, guest);
  return {
    checks: [...checks, ...powerChecks(action, subject, guest), haCheck(action, guest)].flat(),
    calls: isReached ? [] : [powerCall(action, subject, guest)],
    risks: isReached ? [] : risksOf(action, guest),
    effects: [isReached ? `it is ${state} already: nothing is sent` : effectOf(action.verb, state, guest)],
  };
}

const AFTER: Readonly<Record<Verb, string>> = {
  start: 'running',
  stop: 'stopped',
  shutdown: 'stopped',
  reboot: 'running, started again',
  reset: 'running, started again',
  suspend: 'suspended',
  resume: 'running',
};

function effectOf(verb: Verb, state: string, guest: LiveGuest): string {
  return `${state} → ${AFTER[verb]}${isHaCall(verb, guest) ? ', through HA, which manages it' : ''}`;
}

function powerText({ isRunning, qmpstatus, lock }: LiveGuest): string {
  if (!isRunning) return lock === 'suspended' ? 'suspended to disk' : 'stopped';
  return qmpstatus === null || qmpstatus === 'running' ? 'running' : qmpstatus;
}

/** The server would refuse it, and there is nothing to do. */
function isAlready({ verb }: PowerAction, { isRunning, qmpstatus, lock }: LiveGuest): boolean {
  if (verb === 'start') return isRunning;
  if (verb === 'stop' || verb === 'shutdown') return !isRunning;
  if (verb === 'resume') return isRunning && qmpstatus !== 'paused' && qmpstatus !== 'suspended';
  if (verb === 'suspend') return lock === 'suspended' || qmpstatus === 'paused';
  return false;
}

function powerChecks({ verb }: PowerAction, { kind }: ActionSubject, guest: LiveGuest): Check[] {
  if (guest.isTemplate) return [{ name: 'template', ok: false, text: 'it is a template, which does not run' }];
  if (kind === 'lxc' && (verb === 'reset' || verb === 'suspend' || verb === 'resume')) {
    const hint = verb === 'reset' ? 'use reboot, or stop and start' : 'containers are shut down and started';
    return [{ name: 'power', ok: false, text: `a container has no ${verb}`, hint }];
  }
  const isOff = !guest.isRunning;
  if ((verb === 'reboot' || verb === 'reset' || verb === 'suspend') && isOff && guest.lock !== 'suspended')
    return [{ name: 'power', ok: false, text: 'it is not running', hint: 'start it' }];
  return [{ name: 'power', ok: true, text: `it is ${powerText(guest)}` }];
}

/** HA has its own mind about what runs: it is asked, and would undo what was done past it. */
function haCheck({ verb }: PowerAction, { ha }: LiveGuest): Check[] {
  if (ha === null) return [];
  const givenUp = givenUpCheck({ ha });
  if (givenUp !== null) return [givenUp];
  if (verb === 'suspend') return [{ name: 'ha', ok: false, text: 'HA manages it, and does not suspend guests' }];
  return [
    {
      name: 'ha',
      ok: true,
      text: `HA manages it (${ha.state ?? 'started'})${isByHa(verb) ? ': it is done through HA' : ''}`,
    },
  ];
}

function isByHa(verb: Verb): boolean {
  return verb === 'start' || verb === 'stop' || verb === 'shutdown';
}

function isHaCall(verb: Verb, guest: LiveGuest): boolean {
  return isThroughHa(guest) && isByHa(verb);
}

/** A managed guest is started and stopped by a task of HA. Source: qemu-server src/PVE/API2/Qemu.pm vm_start, vm_stop. */
function powerCall(action: PowerAction, subject: ActionSubject, guest: LiveGuest): PlannedCall {
  const { verb } = action;
  const isHa = isHaCall(verb, guest);
  const own = ownTask(subject, TASK_VERB[verb](action, guest)).types;
  const types = isHa ? [...own, verb === 'start' ? 'hastart' : 'hastop'] : own;
  return call(subject, {
    verb: 'POST',
    path: pathOf(subject, `/status/${verb}`),
    parameters: powerParameters(action),
    words: verb,
    task: { types, id: String(subject.vmid) },
    ...(isHa && { settles: { kind: 'power', isRunning: verb === 'start' } }),
  });
}

const plain = (verb: Verb) => () => verb;
const TASK_VERB: Readonly<Record<Verb, (action: PowerAction, guest: LiveGuest) => string>> = {
  start: plain('start'),
  stop: plain('stop'),
  shutdown: plain('shutdown'),
  reboot: plain('reboot'),
  reset: plain('reset'),
  resume: plain('resume'),
  // Source: qemu-server src/PVE/API2/Qemu.pm vm_suspend: `qmpause` without a disk.
  suspend: (action) => (action.verb === 'suspend' && action.toDisk ? 'suspend' : 'pause'),
};

function powerParameters(action: PowerAction): Record<string, string> {
  switch (action.verb) {
    case 'shutdown':
      return { ...timeout(action.timeoutSeconds), ...(action.forceStop && { forceStop: '1' }) };
    case 'reboot':
      return timeout(action.timeoutSeconds);
    case 'suspend':
      return action.toDisk ? { todisk: '1' } : {};
    default:
      return {};
  }
}

function timeout(seconds: number | null): Record<string, string> {
  return seconds === null ? {} : { timeout: String(seconds) };
}

function risksOf(action: PowerAction, { isRunning, config }: LiveGuest): Risk[] {
  if (!isRunning) return [];
  switch (action.verb) {
    case 'stop':
      return [{ kind: 'hard-stop', text: 'cuts the power of a running guest' }];
    case 'reset':
      return [{ kind: 'hard-reset', text: 'resets a running guest without shutting it down' }];
    case 'reboot':
      return [{ kind: 'interrupts', text: 'interrupts a running guest' }];
    case 'suspend':
      return [{ kind: 'suspends', text: 'suspends a running guest' }];
    case 'shutdown':
      return [{ kind: 'stops', text: 'stops a running guest' }, ...staysOff(config), ...forceStop(action.forceStop)];
    default:
      return [];
  }
}

function staysOff(config: LiveGuest['config']): Risk[] {
  if (String(config['onboot'] ?? '0') === '1') return [];
  return [{ kind: 'stays-off', text: 'it does not start by itself when its node does' }];
}

function forceStop(isAsked: boolean): Risk[] {
  return isAsked ? [{ kind: 'force-stop', text: 'cuts its power if it does not shut down in time' }] : [];
}
