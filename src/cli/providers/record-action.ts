import { commandActor } from '../../app/user-name.ts';
import type { CliContext } from '../context.ts';

/** Into the record of actions, by the name of whoever runs the command. `detail`: never a secret. */
export async function recordAction(
  { app }: CliContext,
  action: `provider.${string}`,
  target: string,
  detail?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { actions } = await app.people();
  await actions.record(commandActor(), { action, target, detail });
}
