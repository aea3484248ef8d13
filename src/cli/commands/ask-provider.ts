import { isTokenId } from '../../types/auth-id.ts';
import { toEndpoint } from '../config/endpoint.ts';
import { variable } from '../config/environment.ts';
import { type ConnectionFlags, namesEndpoint } from '../config/environment-provider.ts';
import { Problems } from '../config/problems.ts';
import { type CredentialFlags, hasCredentialFlags } from '../config/provider-settings.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';
import { escapeText } from '../output/escape.ts';

/** The connection flags, with an address that is asked for where neither they nor the environment name one. */
export async function withAddress(
  context: CliContext,
  { isChecked }: { isChecked: boolean },
): Promise<ConnectionFlags> {
  const { io, env, connectionFlags: flags } = context;
  const { ask } = io;
  if (ask === undefined || namesEndpoint(flags, env)) return flags;
  for (;;) {
    const endpoint = collect(await ask.text(escapeText('Address of a server (pve.example.com, https://host:8006)')));
    const problem = await addressProblem(context, { ...flags, endpoint }, isChecked);
    if (problem === null) return { ...flags, endpoint };
    context.output.error(problem.message, problem.hint);
  }
}

interface Problem {
  message: string;
  hint?: string | undefined;
}

async function addressProblem(
  context: CliContext,
  flags: ConnectionFlags,
  isChecked: boolean,
): Promise<Problem | null> {
  if (flags.endpoint?.length === 0) return { message: 'nothing was entered' };
  const problems = new Problems();
  const urls = (flags.endpoint ?? []).map((text) => toEndpoint(text, `'${text}'`, problems));
  const [first] = problems.list;
  if (first !== undefined) return { message: first.what, hint: first.fix };
  if (!isChecked) return null;
  const looks = await Promise.all(urls.flatMap((url) => (url === null ? [] : [context.inspect(url)])));
  return looks.find(({ failure }) => failure !== null)?.failure?.error ?? null;
}

/** Neither flags nor environment say who logs in: the id of a token is asked for. */
export async function withTokenId(context: CliContext, flags: CredentialFlags): Promise<CredentialFlags> {
  const { io, env, output } = context;
  const names = ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_USER', 'PROXMOX_PASSWORD'];
  const isNamed = names.some((name) => variable(env, name) !== undefined);
  const { ask } = io;
  if (ask === undefined || isNamed || hasCredentialFlags(flags)) return flags;
  for (;;) {
    const tokenId = (await ask.text(escapeText('Id of the API token (user@realm!name)'))).trim();
    if (isTokenId(tokenId)) return { ...flags, tokenId };
    // Not shown: a whole token with its secret may have been pasted.
    output.error(
      tokenId === '' ? 'nothing was entered' : 'that is not the id of a token',
      'write it as user@realm!name, such as rollcall@pve!ro; the secret is asked for next',
    );
  }
}
