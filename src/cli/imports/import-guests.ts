import os from 'node:os';
import path from 'node:path';
import { variable } from '../../app/config/environment.ts';
import { userName } from '../../app/user-name.ts';
import { parseDomains } from '../../services/exports/domains.ts';
import { primaryAddress, referenceOf } from '../../services/exports/guest-values.ts';
import { loginLines } from '../../services/exports/ssh-values.ts';
import type { ImportedGuest } from '../../services/imports/import-service.ts';
import { planImport } from '../../services/imports/plan-import.ts';
import { AppError } from '../../types/errors.ts';
import type { ImportFormat, ImportLogin } from '../../types/import-mark.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';
import { selectorOf } from '../resources/name-filters.ts';
import { type ApplyOptions, applyImport } from './apply-import.ts';
import { askLogin, chooseHosts } from './choose-hosts.ts';
import { importView, toRecord } from './import-view.ts';
import { offerInclude } from './offer-include.ts';

export interface ImportOptions extends ApplyOptions {
  new?: true;
  format: ImportFormat;
  file?: string;
  user?: string;
  key?: string;
  port?: string;
  group?: string;
  domain?: string;
  include?: true;
}

/** Marks guests as imported, and writes the file of their entries. */
export async function importHosts(
  context: CliContext,
  selectors: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const { output, io } = context;
  const ask = options.yes || options.dryRun ? undefined : io.ask;
  if (selectors.length === 0 && !options.new && ask === undefined) {
    throw new AppError('usage', 'it does not say which guests', { hint: 'name some with selectors, or add --new' });
  }
  const target = targetOf(context, options);
  const known = await (await context.app.imports()).list();
  refuseMixedFile(known, target, options.format);
  const found = await findGuests(context, selectors, {
    known,
    isNewOnly: options.new === true || selectors.length === 0,
  });
  const isFit = (guest: GuestRow): boolean => options.format === 'ansible' || primaryAddress(guest) !== null;
  const fit = found.filter(isFit);
  tellLeftOut(
    context,
    found.filter((guest) => !isFit(guest)),
  );
  if (fit.length === 0) return output.note(options.new ? 'no new guests to import' : 'no guests to import');
  const guests = ask === undefined || io.askSeveral === undefined ? fit : await chooseHosts(io.askSeveral, fit);
  if (guests.length === 0) return output.note('nothing was changed');
  const login = checkedLogin(
    ask === undefined ? loginOf(options) : await askLogin(ask, loginOf(options), fieldsOf(options.format)),
  );
  const plan = planImport(known, {
    guests,
    format: options.format,
    target,
    login,
    domains: parseDomains(options.domain),
    servers: await (await context.app.inventory()).serverNames(),
    at: context.now(),
    by: userName(),
    newId: io.newId,
  });
  if (!(await applyImport(context, plan, options))) return;
  const ids = new Set(guests.map(({ id }) => id));
  const imported = (await (await context.app.imports()).list()).filter(({ guest }) => ids.has(guest.id));
  await output.print(imported.map(toRecord), importView('nothing is imported'));
  if (options.format === 'ssh-config') await offerInclude(context, target, { include: options.include, ask });
}

/** Machines that are there; of those that are imported only with selectors. */
async function findGuests(
  context: CliContext,
  selectors: readonly string[],
  { known, isNewOnly }: { known: readonly ImportedGuest[]; isNewOnly: boolean },
): Promise<GuestRow[]> {
  const { provider } = context.options;
  const selector = await selectorOf(context, selectors, undefined);
  const query = { ...(provider && { provider }), ...(selector && { selector }), template: false };
  const imported = new Set(known.map(({ guest }) => guest.id));
  const guests = await (await context.app.inventory()).listGuests(query);
  return guests.filter(({ id, presence }) => presence !== 'gone' && !(isNewOnly && imported.has(id)));
}

function targetOf({ app, io }: CliContext, { file, format }: ImportOptions): string {
  if (file !== undefined) return path.resolve(io.cwd, file);
  if (format === 'ansible')
    throw new AppError('usage', 'an inventory needs a file', { hint: 'add --file ~/ansible/rollcall.yml' });
  return path.join(variable(app.env, 'HOME') ?? os.homedir(), '.ssh', 'rollcall.conf');
}

function refuseMixedFile(known: readonly ImportedGuest[], target: string, format: ImportFormat): void {
  const other = known.find(({ mark }) => mark.target === target && mark.format !== format);
  if (other === undefined) return;
  throw new AppError('usage', `${target} is of the format ${other.mark.format}`, {
    hint: 'name another one with --file',
  });
}

function loginOf({ user, key, port, group }: ImportOptions): ImportLogin {
  return {
    ...(user !== undefined && { user }),
    ...(key !== undefined && { key }),
    ...(port !== undefined && { port }),
    ...(group !== undefined && { group }),
  };
}

function fieldsOf(format: ImportFormat) {
  return format === 'ansible' ? (['user', 'key', 'group'] as const) : (['user', 'key'] as const);
}

function checkedLogin(login: ImportLogin): ImportLogin {
  loginLines(login);
  const { group } = login;
  if (group === undefined || /^[A-Za-z_]\w*$/.test(group)) return login;
  throw new AppError('usage', `'${group}' is no name of a group`, { hint: 'write letters, digits and _' });
}

function tellLeftOut({ output }: CliContext, guests: readonly GuestRow[]): void {
  if (guests.length === 0) return;
  const named = guests.slice(0, 3).map(referenceOf).join(', ');
  output.warn(
    `${plural(guests.length, 'guest')} without a known address left out: ${named}${guests.length > 3 ? ', …' : ''}`,
  );
}
