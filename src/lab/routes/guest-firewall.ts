import { createHash } from 'node:crypto';
import { serverError } from '../api-error.ts';
import type { Config, GuestKind } from '../model.ts';
import { requireGuest } from '../operations/operation.ts';
import type { Call, Route } from '../router.ts';
import { onGuest, refOf } from '../router.ts';
import { type Specs, write } from './guest-route.ts';

const LEVELS = 'emerg|alert|crit|err|warning|notice|info|debug|nolog?';
const POLICIES = 'ACCEPT|REJECT|DROP?';
const OPTIONS: Specs = {
  enable: 'boolean?',
  dhcp: 'boolean?',
  ipfilter: 'boolean?',
  macfilter: 'boolean?',
  ndp: 'boolean?',
  radv: 'boolean?',
  log_level_in: LEVELS,
  log_level_out: LEVELS,
  policy_in: POLICIES,
  policy_out: POLICIES,
};

/** The options of a guest's firewall, which leave neither a task nor a line. */
export function guestFirewallRoutes(kind: GuestKind): readonly Route[] {
  const path = '/firewall/options';
  return [
    {
      method: 'GET',
      path: `/nodes/{node}/${kind}/{vmid}${path}`,
      allow: onGuest('VM.Audit'),
      handle: (call) => {
        const { firewall } = requireGuest(call.cluster, refOf(call, kind));
        return { ...firewall, digest: digestOf(firewall) };
      },
    },
    write(
      'PUT',
      kind,
      path,
      ['VM.Config.Network'],
      { ...OPTIONS, delete: 'string:pve-configid-list?', digest: 'string?' },
      (call) => change(call, kind),
    ),
  ];
}

function digestOf(firewall: Config): string {
  return createHash('sha1').update(JSON.stringify(firewall)).digest('hex');
}

function change(call: Call, kind: GuestKind): null {
  const { node: _node, vmid: _vmid, digest, delete: removed, ...set } = call.parameters;
  const { firewall } = requireGuest(call.cluster, refOf(call, kind));
  // Source: pve-common src/PVE/Tools.pm assert_if_modified.
  if (digest !== undefined && digest !== digestOf(firewall))
    throw serverError('detected modified configuration - file changed by other user? Try again.');
  for (const key of (removed ?? '').split(/[,;\s]+/)) delete firewall[key];
  for (const [key, value] of Object.entries(set)) firewall[key] = OPTIONS[key] === 'boolean?' ? Number(value) : value;
  return null;
}
