import { toEndpoint } from '../../app/config/endpoint.ts';
import { variable } from '../../app/config/environment.ts';
import { type ConnectionFlags, namesEndpoint } from '../../app/config/environment-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { type CredentialFlags, hasCredentialFlags } from '../../app/config/provider-settings.ts';
import { isTokenId } from '../../types/auth-id.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';
import { escapeText } from '../output/escape.ts';
import { askUntil, type Refusal } from './ask-until.ts';

/** The answer is not shown: a whole token with its secret may have been pasted. */
const NO_TOKEN_ID: Refusal = {
  message: 'that is not the id of a token',
  hint: 'write it as user@realm!name, such as rollcall@pve!ro; the secret is asked for next',
};

/** The connection flags, with an address that is asked for where neither they nor the environment name one. */
export async function withAddress(
  context: CliContext,
  { isChecked }: { isChecked: boolean },
): Promise<ConnectionFlags> {
  const { io } = context;
  const { env, flags } = context.app;
  const { ask } = io;
  if (ask === undefined || namesEndpoint(flags, env)) return flags;
  const refuse = ({ message, hint }: Refusal): void => context.output.error(message, hint);
  const question = () => ask.text(escapeText('Address of a server (pve.example.com, https://host:8006)'));
  const check = async (answer: string) =>
    (await addressProblem(context, collect(answer), isChecked)) ?? collect(answer);
  return { ...flags, endpoint: await askUntil(question, { check, refuse }) };
}

async function addressProblem(
  context: CliContext,
  endpoint: readonly string[],
  isChecked: boolean,
): Promise<Refusal | null> {
  const problems = new Problems();
  const urls = endpoint.map((text) => toEndpoint(text, `'${text}'`, problems));
  const [first] = problems.list;
  if (first !== undefined) return { message: first.what, hint: first.fix };
  if (!isChecked) return null;
  const looks = await Promise.all(urls.flatMap((url) => (url === null ? [] : [context.app.inspect(url)])));
  return looks.find(({ failure }) => failure !== null)?.failure?.error ?? null;
}

/** Neither flags nor environment say who logs in: the id of a token is asked for. */
export async function withTokenId(context: CliContext, flags: CredentialFlags): Promise<CredentialFlags> {
  const { io, app, output } = context;
  const names = ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_USER', 'PROXMOX_PASSWORD'];
  const isNamed = names.some((name) => variable(app.env, name) !== undefined);
  const { ask } = io;
  if (ask === undefined || isNamed || hasCredentialFlags(flags)) return flags;
  const question = () => ask.text(escapeText('Id of the API token (user@realm!name)'));
  const tokenId = await askUntil(question, {
    check: (answer) => (isTokenId(answer) ? answer : NO_TOKEN_ID),
    refuse: ({ message, hint }) => output.error(message, hint),
  });
  return { ...flags, tokenId };
}
