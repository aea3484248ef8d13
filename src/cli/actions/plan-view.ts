import { hideSecrets } from '../../services/actions/hide-secrets.ts';
import type { ActionPlan, GuestPlan, PlannedCall } from '../../types/action.ts';
import type { Column } from '../output/column.ts';
import type { SafeText } from '../output/escape.ts';
import { plural } from '../output/format.ts';
import type { Draw, View } from '../output/output.ts';

const COLUMNS: readonly Column<GuestPlan>[] = [
  { key: 'provider', raw: ({ subject }) => subject.providerName },
  { key: 'vmid', raw: ({ lockVmid }) => lockVmid, align: 'right' },
  { key: 'name', raw: ({ subject }) => subject.name },
  { key: 'node', raw: ({ subject }) => subject.node },
  { key: 'calls', raw: ({ calls }) => calls.map(({ words }) => words) },
  { key: 'effects', raw: ({ effects }) => effects },
  { key: 'risks', raw: ({ risks }) => risks.map(({ text }) => text) },
  { key: 'refused', raw: ({ checks }) => checks.filter(({ ok }) => !ok).map(({ text }) => text) },
];

export function guestLabel({ subject }: Pick<GuestPlan, 'subject'>): string {
  return `${subject.providerName}/${subject.vmid}${subject.name === null ? '' : `  ${subject.name}`}`;
}

/** The same plan without what nobody may see. */
export function withoutSecrets(plan: ActionPlan): ActionPlan {
  return { ...plan, guests: plan.guests.map(hideSecrets) };
}

/** A plan, guest by guest: what will be different, what will be sent, what somebody should know, what refuses it. */
export const PLAN_VIEW: View<ActionPlan, GuestPlan> = {
  columns: COLUMNS,
  rows: ({ guests }) => guests,
  ref: ({ subject }) => `${subject.providerName}/${subject.vmid}`,
  layout: (plan, draw) => [
    draw.words([
      { text: `plan ${plan.id}: ` },
      { text: `${plan.verb}, ${plural(plan.guests.length, 'guest')}`, tone: 'good' },
    ]),
    ...plan.guests.flatMap((guest) => guestLines(guest, draw)),
  ],
};

function guestLines(guest: GuestPlan, draw: Draw<GuestPlan>): SafeText[] {
  const { subject, effects, calls, risks, checks } = guest;
  const refused = checks.filter(({ ok }) => !ok);
  return [
    draw.words([{ text: guestLabel(guest) }, { text: `  on ${subject.node}`, tone: 'dim' }]),
    ...effects.map((text) => draw.words([{ text: `  ${text}` }], 4)),
    ...calls.map((call) => draw.words([{ text: `  → ${callText(call)}`, tone: 'dim' }], 4)),
    ...risks.map(({ text }) => draw.words([{ text: `  ! ${text}`, tone: 'warn' }], 4)),
    ...refused.flatMap(({ text, hint }) => [
      draw.words([{ text: `  ✗ ${text}`, tone: 'bad' }], 4),
      ...(hint === undefined ? [] : [draw.words([{ text: `    ${hint}`, tone: 'dim' }], 4)]),
    ]),
  ];
}

/** `POST /nodes/pve1/qemu/100/status/shutdown timeout=60`. */
export function callText({ verb, path, parameters }: PlannedCall): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return [verb, path, ...pairs].join(' ');
}
