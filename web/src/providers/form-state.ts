import { type Credential, credentialName, referencesOf, type TlsTrust } from '../../../src/types/provider.ts';

import { kindOf } from './kinds.ts';
import type { ProviderDetails, ProviderDraft } from './provider-draft.ts';

export interface FormState {
  name: string;
  type: string;
  /** One in a line. */
  endpoints: string;
  trust: 'system' | 'fingerprint' | 'kept';
  fingerprint: string;
  login: Credential['kind'];
  id: string;
  secretRef: string;
  totpRef: string;
  autoDiscover: boolean;
  /** Minutes. */
  interval: string;
  cron: string;
}

export const NEW_FORM: FormState = {
  name: '',
  type: 'proxmox',
  endpoints: '',
  trust: 'system',
  fingerprint: '',
  login: 'token',
  id: '',
  secretRef: '',
  totpRef: '',
  autoDiscover: true,
  interval: '',
  cron: '',
};

export function formOf({ name, type, endpoints = [], tls, credential, schedule }: ProviderDetails): FormState {
  return {
    name,
    type,
    endpoints: endpoints.join('\n'),
    trust: tls === undefined || tls.mode === 'system' ? 'system' : 'kept',
    fingerprint: '',
    login: credential?.kind ?? kindOf(type).manifest.logins[0]?.kind ?? 'password',
    id: credential === undefined ? '' : credentialName(credential),
    secretRef: credential === undefined ? '' : (referencesOf(credential)[0] ?? ''),
    totpRef: credential?.kind === 'password' ? (credential.totpRef ?? '') : '',
    autoDiscover: schedule.autoDiscover,
    interval: schedule.discoverInterval === null ? '' : String(schedule.discoverInterval),
    cron: schedule.discoverCron ?? '',
  };
}

/** What is sent; `kept`: the trust that is stored, which the form does not change. */
export function draftOf(form: FormState, kept: TlsTrust | undefined): ProviderDraft {
  return {
    name: form.name.trim(),
    type: form.type,
    endpoints: endpointsOf(form),
    tls: trustOf(form, kept),
    credential: credentialOf(form),
    schedule: {
      autoDiscover: form.autoDiscover,
      discoverInterval: form.interval.trim() === '' ? null : Number(form.interval),
      discoverCron: form.cron.trim() === '' ? null : form.cron.trim(),
    },
  };
}

function trustOf({ trust, fingerprint }: FormState, kept: TlsTrust | undefined): TlsTrust {
  if (trust === 'kept' && kept !== undefined) return kept;
  return trust === 'fingerprint' ? { mode: 'fingerprint', sha256: fingerprint } : { mode: 'system' };
}

function credentialOf({ login, id, secretRef, totpRef }: FormState): Credential {
  if (login === 'token') return { kind: 'token', tokenId: id.trim(), secretRef: secretRef.trim() };
  if (login === 'login') {
    return { kind: 'login', login: id.trim(), ...(secretRef.trim() !== '' && { secretRef: secretRef.trim() }) };
  }
  const password: Credential = { kind: 'password', user: id.trim(), passwordRef: secretRef.trim() };
  return totpRef.trim() === '' ? password : { ...password, totpRef: totpRef.trim() };
}

/** `https://host:port`; what is written without a scheme gets one, and the port of the kind. */
export function endpointsOf({ endpoints, type }: FormState): string[] {
  const { parse, example } = kindOf(type).manifest.address;
  const texts = endpoints.split(/[\s,]+/).filter((text) => text !== '');
  // What is none stays as it is: the server says why.
  if (parse !== undefined) return texts.map((text) => parse(text) ?? text);
  const { port } = new URL(example);
  return texts.map((text) => {
    if (/^https?:\/\//.test(text)) return text.replace(/\/+$/, '');
    return /:\d+$/.test(text) || port === '' ? `https://${text}` : `https://${text}:${port}`;
  });
}

const REFERENCE = /^(?:env:[A-Za-z_]\w*|file:\/.+|keyring:.+|command:.+)$/;

export type Problems = { readonly [K in keyof FormState]?: string };

/** Field by field. A secret itself is refused before it leaves the page. */
export function problemsOf(form: FormState): Problems {
  const login = kindOf(form.type).manifest.logins.find(({ kind }) => kind === form.login);
  const isLogin = login === undefined || login.id.pattern.test(form.id.trim());
  const needsReference = login?.withoutSecret?.test(form.id.trim()) !== true;
  return {
    ...(!/^[\w][\w.-]*$/.test(form.name.trim()) && { name: 'Letters, digits, dots, dashes: prod, dc-1' }),
    ...(endpointsOf(form).length === 0 && { endpoints: 'At least one address' }),
    ...(form.trust === 'fingerprint' && form.fingerprint === '' && { fingerprint: 'Look at the certificate first' }),
    ...(!isLogin && { id: login.id.asked.hint }),
    ...((needsReference || form.secretRef.trim() !== '') &&
      !REFERENCE.test(form.secretRef.trim()) && {
        secretRef: 'A reference, not the secret: env:ROLLCALL_SECRET_PROD, keyring:rollcall/prod',
      }),
    ...(form.totpRef.trim() !== '' && !REFERENCE.test(form.totpRef.trim()) && { totpRef: 'A reference, or nothing' }),
    ...(!/^\d*$/.test(form.interval.trim()) && { interval: 'Whole minutes' }),
  };
}
