import type { Lab } from '../../src/lab/lab.ts';
import type { Random } from './random.ts';

/** Something goes wrong with a cluster. Returns what undoes it. */
type Trouble = (lab: Lab, random: Random) => () => void;

const LISTINGS = [/\/cluster\/resources/, /\/nodes\/pve\d\/qemu(?:\?full=1)?$/, /\/nodes\/pve\d\/lxc$/];
const ANYTHING = /^GET /;
const TOKEN = 'rollcall@pve!ro';

function fault(
  lab: Lab,
  match: RegExp,
  effect: Parameters<Lab['faults']['add']>[0]['effect'],
  times?: number,
): () => void {
  return lab.faults.add({ match, effect, ...(times !== undefined && { times }) });
}

export const TROUBLES: Readonly<Record<string, Trouble>> = {
  none: () => () => undefined,
  'node off': (lab, random) => {
    const name = random.pick(['pve2', 'pve3']);
    lab.node(name).powerOff();
    if (random.chance(0.5)) lab.forgetStats(name);
    return () => lab.node(name).powerOn();
  },
  'node frozen': (lab, random) => {
    const name = random.pick(['pve2', 'pve3']);
    lab.node(name).freeze();
    return () => lab.node(name).thaw();
  },
  'no quorum': (lab, random) => {
    if (random.chance(0.5)) {
      lab.node('pve2').powerOff();
      lab.node('pve3').powerOff();
      if (random.chance(0.5)) for (const name of ['pve2', 'pve3']) lab.forgetStats(name);
    } else lab.quorum(false);
    return () => {
      lab.quorum(true);
      lab.node('pve2').powerOn();
      lab.node('pve3').powerOn();
    };
  },
  'right lost': (lab, random) => {
    lab.acl.revoke(TOKEN, '/');
    const left = random.pick(['/pool/prod', `/vms/${random.pick(lab.guests()).vmid}`, null]);
    if (left !== null) lab.acl.grant(TOKEN, left, 'PVEAuditor');
    return () => {
      lab.acl.revoke(TOKEN, '/pool/prod');
      for (const { vmid } of lab.guests()) lab.acl.revoke(TOKEN, `/vms/${vmid}`);
      lab.acl.grant(TOKEN, '/', 'PVEAuditor');
      lab.acl.grant(TOKEN, '/', 'LogReader');
    };
  },
  'short list': (lab, random) => fault(lab, random.pick(LISTINGS), { kind: 'shorten', keep: random.next() }),
  'empty list': (lab, random) => fault(lab, random.pick(LISTINGS), { kind: 'empty-list' }),
  'server error': (lab, random) =>
    fault(lab, ANYTHING, { kind: 'status', status: random.pick([500, 502, 503, 599]) }, 1 + random.below(12)),
  'dead endpoint': (lab, random) =>
    fault(
      lab,
      random.pick([
        /\/cluster\/log/,
        /\/tasks/,
        /\/config$/,
        /\/access\/permissions/,
        /\/cluster\/status/,
        ...LISTINGS,
      ]),
      {
        kind: 'status',
        status: random.pick([500, 595, 596]),
      },
    ),
  reset: (lab, random) => fault(lab, ANYTHING, { kind: 'reset' }, 1 + random.below(6)),
  'cut body': (lab, random) => fault(lab, ANYTHING, { kind: 'cut' }, 1 + random.below(6)),
  'closed keep-alive': (lab) => fault(lab, ANYTHING, { kind: 'close-idle' }),
  'proxy page': (lab, random) => fault(lab, ANYTHING, { kind: 'html' }, 1 + random.below(6)),
  slow: (lab, random) => fault(lab, ANYTHING, { kind: 'delay', ms: 1 + random.below(4) }),
};
