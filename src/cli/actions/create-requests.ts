import path from 'node:path';
import type { App } from '../../app/app.ts';
import type { OpenedActions } from '../../app/open-actions.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { parseGuestFile } from '../../services/actions/guest-file.ts';
import { GUEST_SPEC, type GuestSpec, specProblems } from '../../services/actions/guest-file-schema.ts';
import { toWish } from '../../services/actions/guest-wish.ts';
import type { AskedAction } from '../../services/actions/make-plan.ts';
import { subjectOf } from '../../services/actions/plan-guests.ts';
import type { ActionSubject } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow, ProviderRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { findOneGuest } from './clone-requests.ts';
import type { CreateOptions } from './new-guest-options.ts';

type KindWord = 'vm' | 'container';

/** Thousands of guests. */
const MOST_BYTES = 2 ** 20;

/** The guests of the file, or the one of the options. Throws AppError('configuration') and AppError('usage'). */
export function readSpecs(options: CreateOptions, { kind, cwd }: { kind: KindWord; cwd: string }): GuestSpec[] {
  const { fromFile: file } = options;
  if (file === undefined) return [toSpec(options, kind)];
  return parseGuestFile(readRegularFile(path.resolve(cwd, file), { maxBytes: MOST_BYTES }), { file, kind });
}

const FIELDS = Object.keys(GUEST_SPEC.shape);

function toSpec({ vmid, ...options }: CreateOptions, kind: KindWord): GuestSpec {
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => FIELDS.includes(name)));
  const parsed = GUEST_SPEC.safeParse({ ...given, vmid });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const option = `--${String(issue?.path[0] ?? 'name')}`;
    if (options.name === undefined) throw new AppError('usage', 'it needs a name', { hint: 'add --name' });
    throw new AppError('usage', `${option}: ${issue?.message ?? 'it is not usable'}`);
  }
  const [problem] = specProblems(parsed.data, kind);
  if (problem === undefined) return parsed.data;
  throw new AppError('usage', problem.message.replace(/^(\w+) does/, '--$1 does').replace(/with (\w+)$/, 'with --$1'));
}

interface Placed {
  spec: GuestSpec;
  kind: ActionSubject['kind'];
  provider: Pick<ProviderRow, 'id' | 'name'>;
  template: GuestRow | null;
}

/** Vmids, nodes and storages that are left open are chosen here, once: they are part of what is planned. */
export async function createRequests(
  context: CliContext,
  opened: OpenedActions,
  { specs, kind }: { specs: readonly GuestSpec[]; kind: KindWord },
): Promise<AskedAction[]> {
  const placed: Placed[] = [];
  for (const spec of specs) placed.push(await place(context, spec, kind));
  const vmids = await vmidsOf(opened, placed, context.io.signal);
  const asked: AskedAction[] = [];
  for (const [index, one] of placed.entries()) {
    asked.push(await toAsked(context, opened, { ...one, vmid: vmids[index] ?? 0 }));
  }
  return asked;
}

async function toAsked(
  { app, io }: CliContext,
  opened: OpenedActions,
  { spec, kind, provider, template, vmid }: Placed & { vmid: number },
): Promise<AskedAction> {
  const { acting } = await opened.provider(provider.id);
  const wish = toWish(spec, { kind, vmid, secrets: await secretsOf(app, spec) });
  const action = await acting.toMake(wish, { signal: io.signal });
  const node = action.verb === 'create' ? action.node : '';
  const made: ActionSubject = {
    providerId: provider.id,
    providerName: provider.name,
    guestId: null,
    kind,
    vmid,
    name: spec.name,
    node,
    identity: {},
    seenAt: null,
  };
  return { action, subject: template === null ? made : subjectOf(template), tags: spec.tags ?? [] };
}

async function place(context: CliContext, spec: GuestSpec, kind: KindWord): Promise<Placed> {
  const wanted = (spec.kind ?? kind) === 'vm' ? ('qemu' as const) : ('lxc' as const);
  if (spec.template === undefined) {
    return { spec, kind: wanted, provider: await providerOf(context, spec.provider), template: null };
  }
  const template = await findOneGuest(context, spec.template);
  if (template.kind === wanted) {
    const provider = { id: template.providerId, name: template.providerName };
    return { spec, kind: wanted, provider, template };
  }
  throw new AppError('usage', `${spec.template} is no ${wanted === 'qemu' ? 'virtual machine' : 'container'}`, {
    hint: `rollcall create ${wanted === 'qemu' ? 'container' : 'vm'}`,
  });
}

async function providerOf({ app, options }: CliContext, named: string | undefined): Promise<ProviderRow> {
  const [flag, ...more] = options.provider ?? [];
  const name = named ?? (more.length === 0 ? flag : undefined);
  if (name !== undefined) return app.storedProvider(name);
  const all = await (await app.inventory()).listProviders();
  const acted = all.filter(({ allow }) => allow.includes('create'));
  const [only, ...others] = acted.length > 0 ? acted : all;
  if (only !== undefined && others.length === 0) return only;
  const names = [only, ...others].flatMap((one) => one?.name ?? []);
  throw new AppError('usage', 'on which provider?', {
    hint: names.length === 0 ? 'add one: rollcall providers add' : `--provider ${names.join(', --provider ')}`,
  });
}

async function vmidsOf(opened: OpenedActions, placed: readonly Placed[], signal: AbortSignal): Promise<number[]> {
  const free = new Map<string, number[]>();
  const named = placed.flatMap(({ spec: { vmid }, provider }) =>
    typeof vmid === 'number' ? [`${provider.id} ${vmid}`] : [],
  );
  for (const id of new Set(placed.map(({ provider }) => provider.id))) {
    const count = placed.filter(({ spec, provider }) => provider.id === id && typeof spec.vmid !== 'number').length;
    if (count === 0) continue;
    const found = await (await opened.provider(id)).acting.freeVmids(count + named.length, { signal });
    free.set(
      id,
      found.filter((vmid) => !named.includes(`${id} ${vmid}`)),
    );
  }
  return placed.map(({ spec: { vmid }, provider }) =>
    typeof vmid === 'number' ? vmid : (free.get(provider.id)?.shift() ?? 0),
  );
}

async function secretsOf(app: App, { secrets = {} }: GuestSpec): Promise<ReadonlyMap<string, string>> {
  if (Object.keys(secrets).length === 0) return new Map();
  const { resolveSecret } = await import('../../app/config/secret.ts');
  const sources = { ...(await app.secretSources({})), option: 'secrets' };
  const found = new Map<string, string>();
  for (const [key, reference] of Object.entries(secrets)) found.set(key, await resolveSecret(reference, sources));
  return found;
}
