import type { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { GlobalOptions } from '../options.ts';

/** Why some commands take no --provider: they are about everything, or name their provider as an argument. */
const REFUSALS: Readonly<Record<string, string>> = {
  verify: 'the history of all providers is one chain',
  prune: 'the history of all providers is one chain',
  lab: 'it starts a cluster and reads none',
  db: 'it is about the whole database',
};
const NAMED = new Set(['add', 'show', 'update', 'remove', 'enable', 'disable', 'trust']);

/** An option that is ignored would be worse than one that is refused: AppError('usage'). */
export function refuseProviderOption(command: Command, { provider }: GlobalOptions): void {
  if (provider === undefined) return;
  const [name, parent] = [command.name(), command.parent?.name() ?? ''];
  const why = REFUSALS[name] ?? REFUSALS[parent];
  if (why !== undefined) {
    throw new AppError('usage', `${REFUSALS[name] ? name : `${parent} ${name}`} takes no --provider: ${why}`, {
      hint: 'leave it out',
    });
  }
  if (parent === 'notify' && name !== 'add') {
    throw new AppError('usage', `notify ${name} takes no --provider: a notifier says which providers it is about`, {
      hint: 'leave it out',
    });
  }
  if (parent === 'panel' && name !== 'add' && name !== 'update') {
    throw new AppError('usage', `panel ${name} takes no --provider: a panel says which providers it is about`, {
      hint: 'leave it out',
    });
  }
  const isScoped = parent === 'tokens' ? name === 'add' : name === 'add' || name === 'update';
  if (['users', 'tokens'].includes(parent) && !isScoped) {
    throw new AppError('usage', `${parent} ${name} takes no --provider: it is about people, not providers`, {
      hint: 'leave it out',
    });
  }
  if (parent !== 'providers' || !NAMED.has(name)) return;
  throw new AppError('usage', `providers ${name} takes the name of the provider as an argument, not with --provider`, {
    hint: `rollcall providers ${name} ${provider[0] ?? 'NAME'}`,
  });
}
