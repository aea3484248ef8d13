import path from 'node:path';
import { Problems } from '../../app/config/problems.ts';
import { isSecretReference, SECRET_REFERENCES } from '../../app/config/secret.ts';
import { caFlaw } from '../../app/config/tls.ts';
import { isPlainText } from '../../app/notify-sender.ts';
import { parseQuietHours } from '../../services/notify/parse-quiet-hours.ts';
import { checkTemplate } from '../../services/notify/template.ts';
import { parseSelectors } from '../../services/selectors/parse-selector.ts';
import { nearest } from '../../text/near-names.ts';
import {
  type ChannelKind,
  MOST_ATTEMPT_MS,
  NOTIFY_KINDS,
  type NotifierSettings,
  type NotifyChannel,
  type NotifyKind,
} from '../../types/notify.ts';
import type { AddOptions } from './notifier-options.ts';

type Key = keyof typeof FLAGS;

/** Of each channel the options that it needs, and those that it may have. */
const OPTIONS: Readonly<Record<ChannelKind, { needs: readonly Key[]; may: readonly Key[] }>> = {
  webhook: { needs: ['url'], may: ['secret', 'token', 'allowPrivate'] },
  command: { needs: [], may: [] },
  email: { needs: ['smtp', 'from', 'to'], may: ['user', 'password', 'tls', 'allowPrivate'] },
  ntfy: { needs: ['url', 'topic'], may: ['token', 'allowPrivate'] },
  slack: { needs: ['url'], may: ['allowPrivate'] },
  discord: { needs: ['url'], may: ['allowPrivate'] },
  teams: { needs: ['url'], may: ['allowPrivate'] },
  matrix: { needs: ['url', 'room', 'token'], may: ['allowPrivate'] },
};
const FLAGS = {
  url: '--url',
  secret: '--secret',
  token: '--token',
  topic: '--topic',
  room: '--room',
  smtp: '--smtp',
  from: '--from',
  to: '--to',
  user: '--user',
  password: '--password',
  tls: '--tls',
  allowPrivate: '--allow-private',
} as const satisfies Partial<Record<keyof AddOptions, string>>;

/** Whoever has the address may post there: it is a secret. */
const SECRET_URLS: ReadonlySet<ChannelKind> = new Set(['slack', 'discord', 'teams']);
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;
const ROOM = /^[!#][^\s]{1,250}$/;
const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;

export interface Described {
  kind: ChannelKind;
  argv: readonly string[];
  options: AddOptions;
  providers: readonly string[];
  caFile: string | undefined;
  cwd: string;
  now: Date;
}

/** Throws AppError('usage') and 'configuration', with all problems of the channel at once. */
export function toSettings({ kind, argv, options, providers, caFile, cwd, now }: Described): NotifierSettings {
  const problems = new Problems();
  checkOptions(kind, options, problems);
  const kinds = toKinds(options.kind ?? [], problems);
  const authority = caFile && path.resolve(cwd, caFile);
  const flaw = authority && caFlaw(authority);
  if (flaw) problems.add(`--ca-file: ${flaw}`, "give a file with the authority's certificate in PEM form");
  const channel = toChannel({ kind, argv, options, caFile: authority }, problems);
  problems.throwIfAny();
  if (channel === null) throw new Error('options without problems make a channel');
  const { select = [], template = null, quietHours, timeZone, dropQuiet } = options;
  if (select.length > 0) parseSelectors(select, now);
  if (template !== null) checkTemplate(template);
  return {
    channel,
    filter: { kinds, selectors: select, paths: options.path ?? [], by: options.by ?? [], providers },
    batchOver: options.batchOver,
    staleAfterMs: options.staleAfter,
    quiet: parseQuietHours(quietHours ?? [], { timeZone, isDropped: dropQuiet === true }),
    template,
  };
}

function checkOptions(kind: ChannelKind, options: AddOptions, problems: Problems): void {
  const { needs, may } = OPTIONS[kind];
  const given = new Map<string, unknown>(Object.entries(options));
  for (const [key, flag] of Object.entries(FLAGS)) {
    const isGiven = given.get(key) !== undefined;
    const isNeeded = needs.some((need) => need === key);
    if (isNeeded && !isGiven)
      problems.add(
        `${flag} is missing`,
        `notifiers of this channel need ${needs.map((need) => FLAGS[need]).join(', ')}`,
      );
    if (isGiven && !isNeeded && !may.some((one) => one === key)) {
      problems.add(`${flag} means nothing to the channel ${kind}`, 'leave it out');
    }
  }
  for (const key of ['secret', 'token', 'password'] as const) {
    const reference = options[key];
    if (reference !== undefined && !isSecretReference(reference)) {
      problems.add(`${FLAGS[key]} is no reference to a secret`, `give ${SECRET_REFERENCES}`);
    }
  }
}

function toKinds(words: readonly string[], problems: Problems): NotifyKind[] {
  return words.flatMap((word) => {
    const kind = NOTIFY_KINDS.find((one) => one === word);
    if (kind !== undefined) return [kind];
    const near = nearest(word, NOTIFY_KINDS);
    problems.add(
      `there is no kind of event '${word}'`,
      near === undefined ? `kinds: ${NOTIFY_KINDS.join(', ')}` : `did you mean ${near}?`,
    );
    return [];
  });
}

function toChannel(
  { kind, argv, options, caFile }: Pick<Described, 'kind' | 'argv' | 'options' | 'caFile'>,
  problems: Problems,
): NotifyChannel | null {
  if (argv.length > 0 && kind !== 'command') {
    problems.add(`the channel ${kind} takes no program`, 'leave it out');
    return null;
  }
  if (kind === 'command') {
    if (argv.length === 0)
      problems.add('the program is missing', 'rollcall notify add command NAME -- /path/to/program ARGUMENTS');
    if (options.timeout > MOST_ATTEMPT_MS) problems.add('--timeout is longer than 15s', 'give at most 15s');
    return { kind, argv, timeoutMs: options.timeout };
  }
  if (kind === 'email') return toMailChannel(options, caFile, problems);
  const { url = '', token, secret, topic = '', room = '' } = options;
  checkAddress(url, kind, problems);
  if (token !== undefined && isPlainText(url))
    problems.add('a token is not sent over plain HTTP', 'give an https: address');
  const target = {
    url,
    isPrivateAllowed: options.allowPrivate === true,
    ...(token !== undefined && { tokenRef: token }),
    ...(caFile !== undefined && { caFile }),
  };
  switch (kind) {
    case 'webhook':
      return { kind, ...target, ...(secret !== undefined && { secretRef: secret }) };
    case 'ntfy':
      if (topic !== '' && !TOPIC.test(topic) && !isSecretReference(topic)) {
        problems.add(`--topic '${topic}' is no topic`, 'letters, digits, dashes and underscores, or a reference to it');
      }
      return { kind, ...target, topic };
    case 'matrix':
      if (room !== '' && !ROOM.test(room)) problems.add(`--room '${room}' is no room`, 'give its id: !abc:example.com');
      return { kind, ...target, room, tokenRef: token ?? '' };
    default:
      return { kind, ...target };
  }
}

function checkAddress(text: string, kind: ChannelKind, problems: Problems): void {
  if (text === '' || isSecretReference(text)) return;
  const reference = `put it into a file that only you can read, and give --url file:/path, or env:NAME`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    problems.add('--url is no address of the web', 'https://example.com/hook, or a reference to it');
  } else if (SECRET_URLS.has(kind) || url.username !== '' || url.password !== '' || url.search !== '') {
    problems.add('the address in --url holds a secret', reference);
  }
}

function toMailChannel(options: AddOptions, caFile: string | undefined, problems: Problems): NotifyChannel | null {
  const { smtp = '', from = '', to = [], user, password, tls, starttls, allowPrivate } = options;
  const security = tls ? 'tls' : starttls === 'never' ? 'none' : 'starttls';
  if (tls && starttls === 'never') problems.add('--starttls never contradicts --tls', 'leave one of them out');
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(smtp) ?? [];
  const host = bracketed ?? plain;
  if (smtp !== '' && host === undefined) problems.add(`--smtp '${smtp}' is no server`, 'mail.example.com:587');
  for (const address of [from, ...to].filter((one) => one !== '')) {
    if (!ADDRESS.test(address)) problems.add(`'${address}' is no address`, 'someone@example.com');
  }
  if ((user === undefined) !== (password === undefined))
    problems.add('--user and --password go together', 'give both, or none');
  if (user !== undefined && security === 'none') {
    problems.add('a password is not sent in plain text', 'leave out --starttls never');
  }
  if (host === undefined) return null;
  return {
    kind: 'email',
    host,
    port: port === undefined ? (tls ? 465 : 587) : Number(port),
    security,
    from,
    to,
    isPrivateAllowed: allowPrivate === true,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { passwordRef: password }),
    ...(caFile !== undefined && { caFile }),
  };
}
