import { toEndpoint } from '../../app/config/endpoint.ts';
import { variable } from '../../app/config/environment.ts';
import { type ConnectionFlags, namesEndpoint } from '../../app/config/environment-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { type CredentialFlags, hasCredentialFlags } from '../../app/config/provider-settings.ts';
import type { Manifest } from '../../providers/manifest.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';
import { escapeText } from '../output/escape.ts';
import { askUntil, type Refusal } from './ask-until.ts';

/** The connection flags, with an address that is asked for where neither they nor the environment name one. */
export async function withAddress(
  context: CliContext,
  { isChecked, manifest }: { isChecked: boolean; manifest: Manifest },
): Promise<ConnectionFlags> {
  const { io } = context;
  const { env, flags } = context.app;
  const { ask } = io;
  if (ask === undefined || namesEndpoint(flags, env, manifest)) return flags;
  const refuse = ({ message, hint }: Refusal): void => context.output.error(message, hint);
  const question = () => ask.text(escapeText(manifest.address.question));
  const check = async (answer: string) =>
    (await addressProblem(context, collect(answer), { isChecked, manifest })) ?? collect(answer);
  return { ...flags, endpoint: await askUntil(question, { check, refuse }) };
}

async function addressProblem(
  context: CliContext,
  endpoint: readonly string[],
  { isChecked, manifest }: { isChecked: boolean; manifest: Manifest },
): Promise<Refusal | null> {
  const problems = new Problems();
  const urls = endpoint.map((text) => toEndpoint(text, `'${text}'`, problems, manifest));
  const [first] = problems.list;
  if (first !== undefined) return { message: first.what, hint: first.fix };
  if (!isChecked) return null;
  const looks = await Promise.all(
    urls.flatMap((url) => (url === null ? [] : [context.app.inspect(url, { type: manifest.kind })])),
  );
  return looks.find(({ failure }) => failure !== null)?.failure?.error ?? null;
}

/** Neither flags nor environment say who logs in: it is asked for. A wrong answer is not shown, for it may hold the secret. */
export async function withId(
  context: CliContext,
  flags: CredentialFlags,
  manifest: Manifest,
): Promise<CredentialFlags> {
  const { io, app, output } = context;
  const isNamed = manifest.variables.some((name) => variable(app.env, name) !== undefined);
  const { ask } = io;
  const [login] = manifest.logins;
  if (ask === undefined || login === undefined || login.id.usual !== undefined || isNamed || hasCredentialFlags(flags))
    return flags;
  const { question: words, pattern, asked } = login.id;
  const answer = await askUntil<string>(() => ask.text(escapeText(words)), {
    check: (text) => (pattern.test(text) ? text : asked),
    refuse: ({ message, hint }) => output.error(message, hint),
  });
  const name = ({ token: 'tokenId', password: 'user', login: 'login' } as const)[login.kind];
  return { ...flags, [name]: answer };
}
