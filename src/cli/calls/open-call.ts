import type { ApiSession, ApiVerb, PreparedCall } from '../../app/api-session.ts';
import { openApi } from '../../app/open-api.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { actionIo } from '../actions/act.ts';
import type { CliContext } from '../context.ts';
import { findByRef } from '../resources/find-by-ref.ts';
import { parseParameters } from './parse-parameters.ts';

export interface TypedCall {
  verb: ApiVerb;
  path: string;
  words: readonly string[];
  /** Reference to the guest that the path is below. */
  guest?: string | undefined;
}

/** Opens the provider that a call is meant for, has it checked, and closes when `use` is done. Throws AppError. */
export async function withCall(
  context: CliContext,
  typed: TypedCall,
  use: (session: ApiSession, prepared: PreparedCall) => Promise<void>,
): Promise<void> {
  const { app, io, output, options } = context;
  const { given, exposed } = parseParameters(typed.words, io.cwd);
  for (const name of exposed) {
    const what = `${name} is on the command line, which other users of this machine can see in the process list`;
    output.warn(what, `write ${name}=@FILE`);
  }
  const guest = typed.guest === undefined ? null : await findGuest(context, typed.guest);
  const targets = await app.targets(guest === null ? options.provider : [guest.providerName]);
  const [target, another] = targets;
  if (target === undefined || another !== undefined) {
    throw new AppError('usage', 'a call goes to one provider, and there are several', {
      hint: `name it with --provider: ${targets.map(({ used }) => used.name).join(', ')}`,
    });
  }
  const onWarning = (text: string) => output.warn(`${target.used.name}: ${text}`);
  const session = await openApi(app, target, { ...actionIo(context), isWrite: typed.verb !== 'GET', onWarning });
  try {
    const prepared = await session.prepare({ verb: typed.verb, path: typed.path, given, guest });
    for (const doubt of prepared.doubts) output.warn(doubt);
    await use(session, prepared);
  } finally {
    session.close();
  }
}

async function findGuest(context: CliContext, ref: string): Promise<GuestRow> {
  const { provider } = context.options;
  const lookup = { kinds: ['qemu', 'lxc'] as const, ...(provider && { provider }) };
  const inventory = await context.app.inventory();
  return findByRef(context, ref, lookup, (one) => inventory.findGuest(one, lookup));
}
