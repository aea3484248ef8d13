import { Problems } from '../../app/config/problems.ts';
import { credentialFromFlags, hasCredentialFlags } from '../../app/config/provider-settings.ts';
import type { Manifest } from '../../providers/manifest.ts';
import type { ActionRight } from '../../types/action.ts';
import { type Credential, credentialName, type ProviderConfig, referencesOf } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { type ActingFlags, actionFlags, addActionProblems, NONE } from './acting-options.ts';
import { type AskedSecrets, askForSecrets } from './kept-secret.ts';

/** What flags say of actions. An absent field stays as it is; `actionCredential` null: it is forgotten. */
export interface PlannedActing {
  settings: { allow?: readonly ActionRight[]; actionCredential?: Credential | null };
  /** Secrets that were asked for and are not kept yet, by reference. */
  given: ReadonlyMap<string, string>;
}

interface Described {
  name: string;
  manifest: Manifest;
  flags: ActingFlags;
  /** null: there is none. */
  stored: Credential | null;
}

export async function plannedActing(
  context: CliContext,
  { name, manifest, flags, stored }: Described,
  problems: Problems,
): Promise<PlannedActing> {
  const { allow, actionTokenId, actionCredential } = flags;
  const ofCredential = actionFlags(flags);
  const isForgotten = actionCredential === false || actionTokenId === NONE;
  const isGiven = hasCredentialFlags(ofCredential);
  const settings = { ...(allow !== undefined && { allow }), ...(isForgotten && { actionCredential: null }) };
  if (isGiven && isForgotten)
    problems.add('the credential for actions is both given and taken away', 'leave one of them out');
  else if ((isGiven || (allow?.length ?? 0) > 0) && manifest.actions !== true)
    problems.add(
      `${manifest.server.title} is only read: there are no actions to allow`,
      'leave out --allow and --action-…',
    );
  else if (isGiven) {
    const asked = await askedFor(context, { name, flags: ofCredential, stored });
    const own = new Problems();
    const credential = credentialFromFlags(asked.flags, { stored, manifest }, own);
    addActionProblems(own, problems);
    if (credential !== null) return { settings: { ...settings, actionCredential: credential }, given: asked.given };
  }
  return { settings, given: new Map() };
}

/** On a terminal. Kept under a name that no provider can have. */
async function askedFor(
  { io, app, output }: CliContext,
  { name, flags, stored }: { name: string; flags: ReturnType<typeof actionFlags>; stored: Credential | null },
): Promise<AskedSecrets> {
  const { ask, keyring } = io;
  if (ask === undefined) return { flags, given: new Map() };
  return askForSecrets(flags, {
    ask,
    refuse: ({ message, hint }) => output.error(message, hint),
    keyring,
    env: app.env,
    name: `${name}+actions`,
    stored,
  });
}

/** The flags that say the same of a provider; a secret that was typed is asked for again. */
export function actingWords(
  { allow = [], actionCredential }: ProviderConfig,
  given: ReadonlyMap<string, string>,
): string[] {
  const rights = allow.length === 0 ? [] : ['--allow', allow.join(',')];
  if (actionCredential === undefined) return rights;
  const [who, what] =
    actionCredential.kind === 'password'
      ? ['--action-user', '--action-password']
      : ['--action-token-id', '--action-secret'];
  const [reference = ''] = referencesOf(actionCredential);
  const secret = given.has(reference) ? [] : [what, reference];
  return [...rights, who, credentialName(actionCredential), ...secret];
}
