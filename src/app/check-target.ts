import type { Manifest } from '../providers/manifest.ts';
import type { ConnectionCheck } from '../providers/provider.ts';
import { AppError } from '../types/errors.ts';
import { credentialName, type ProviderConfig, type TlsTrust } from '../types/provider.ts';
import type { App, ServerCertificate } from './app.ts';
import { daysLeft, expiryText } from './certificate-expiry.ts';
import { checkActing } from './check-acting.ts';
import type { Target } from './config/select-providers.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';
import { failedSteps } from './failed-steps.ts';
import { manifestOf } from './registry.ts';

/** A certificate that ends within this time is worth a word. */
const EXPIRY_WARNING_DAYS = 21;

/** One step of the test of one provider. */
export interface CheckedStep extends ConnectionCheck {
  provider: string;
}

export interface TargetCheck {
  steps: readonly CheckedStep[];
  /** Why there was nothing to connect with; null: there was. */
  error: AppError | null;
  /** How many addresses there are, and how many of them can be used. */
  addresses: { total: number; working: number };
  /** Steps of what the credential gives that failed. */
  failed: readonly string[];
}

export interface CheckOptions {
  signal: AbortSignal;
  /** Writes the time at which a certificate ends. */
  formatTime: (time: Date) => string;
  /** Called with each step when it is done. */
  onStep?: (step: CheckedStep) => void;
}

/** Tests each address, and then what the credential gives over the first that works. Throws only what is no AppError. */
export async function checkTarget(
  app: App,
  { stored, used: config }: Target,
  { signal, formatTime, onStep }: CheckOptions,
): Promise<TargetCheck> {
  const steps: CheckedStep[] = [];
  const addresses = { total: config.endpoints.length, working: 0 };
  const add = (found: ConnectionCheck): void => {
    const step = { provider: config.name, ...found };
    steps.push(step);
    onStep?.(step);
  };
  try {
    await (await app.gate()).requireConfirmed(stored);
    const { ca } = resolveTls(config.tls);
    // Before anything is sent: without the secret the addresses alone are no use.
    const given = await app.secretsOf(config);
    const looks = await Promise.all(
      config.endpoints.map(async (url) => checkEndpoint(app, config, { url, ca, formatTime })),
    );
    for (const found of looks.flat()) add(found);
    addresses.working = looks.filter((found) => found.every(({ ok }) => ok)).length;
    if (addresses.working === 0) return { steps, error: null, addresses, failed: [] };
    const failed = await checkCredential(app, { config, given, signal, add });
    const onWarning = (message: string) => add({ step: 'actions', ok: true, isWarning: true, message });
    for await (const check of checkActing(app, stored, { signal, onWarning })) {
      add(check);
      if (!check.ok) failed.push(check.step);
    }
    return { steps, error: null, addresses, failed };
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) throw error;
    for (const step of failedSteps('settings', error)) add(step);
    return { steps, error, addresses, failed: [] };
  }
}

interface Checking {
  config: ProviderConfig;
  given: ReadonlyMap<string, string>;
  signal: AbortSignal;
  add: (step: ConnectionCheck) => void;
}

/** Gives the steps that failed. */
async function checkCredential(app: App, { config, given, signal, add }: Checking): Promise<string[]> {
  const account = credentialName(config.credential);
  const provider = await app.openProvider(config, { given, signal });
  const failed: string[] = [];
  try {
    for await (const check of provider.check({ account, signal })) {
      add(check);
      if (!check.ok) failed.push(check.step);
    }
  } finally {
    provider.close();
  }
  return failed;
}

async function checkEndpoint(
  app: App,
  config: ProviderConfig,
  { url, ca, formatTime }: { url: string; ca: string | undefined } & Pick<CheckOptions, 'formatTime'>,
): Promise<ConnectionCheck[]> {
  const { failure, addresses, certificate } = await app.inspect(url, { type: config.type, ca });
  const order = ['dns', 'tcp', 'tls'] as const;
  const passed = {
    dns: addresses.join(', '),
    tcp: `port ${new URL(url).port || '443'} answers`,
  };
  const steps = order
    .slice(0, failure === null ? 2 : order.indexOf(failure.step))
    .flatMap((step) => (step === 'tls' ? [] : [{ step, endpoint: url, ok: true, message: passed[step] }]));
  if (failure !== null)
    return [...steps, ...failedSteps(failure.step, failure.error).map((step) => ({ ...step, endpoint: url }))];
  return certificate === null
    ? steps
    : [...steps, checkCertificate(app, certificate, { config, endpoint: url, formatTime })];
}

function checkCertificate(
  app: App,
  certificate: ServerCertificate,
  { config, endpoint, formatTime }: { config: ProviderConfig; endpoint: string } & Pick<CheckOptions, 'formatTime'>,
): ConnectionCheck {
  const { name, tls } = config;
  const words: Manifest['server'] = manifestOf(config).server;
  const now = app.machine.clock();
  const how = trustedBy(certificate, tls);
  const message = `SHA-256 ${certificate.fingerprint} by ${commonName(certificate.issuer)}; ends ${expiryText(certificate, now, formatTime)}`;
  const base = { step: 'tls', endpoint };
  if (how === null) {
    const print = certificate.fingerprint;
    const command = trustCommand(config, { flags: app.flags, env: app.env, cwd: app.machine.cwd });
    const hint =
      command === undefined
        ? `${words.variables.fingerprint}=${print}`
        : `${command} --fingerprint ${print}`.trimStart();
    return {
      ...base,
      ok: false,
      message: `not trusted${certificate.distrust === null ? '' : ` (${certificate.distrust})`}: ${message}`,
      hint: `compare the fingerprint with ${words.fingerprint}, then: ${hint}`,
    };
  }
  const isShort = daysLeft(certificate, now) < EXPIRY_WARNING_DAYS;
  if (!isShort && tls.mode !== 'insecure') return { ...base, ok: true, message: `${message} (${how})` };
  return {
    ...base,
    ok: true,
    isWarning: true,
    message: `${message} (${how})`,
    hint: isShort
      ? `renew it: ${words.renewal}; then: rollcall providers trust ${name}`
      : `whoever is in between can read the credential: rollcall providers trust ${name}`,
  };
}

function commonName(name: string): string {
  return /(?:^|, )CN=([^,]+)/.exec(name)?.[1] ?? name;
}

/** null: it is not trusted. */
function trustedBy({ fingerprint, isTrusted }: ServerCertificate, tls: TlsTrust): string | null {
  if (tls.mode === 'insecure') return 'not verified';
  if (tls.mode !== 'fingerprint') return isTrusted ? 'verified' : null;
  const pins = [tls.sha256, ...Object.values(tls.pins ?? {})].flatMap((pin) => pin.split(','));
  return pins.includes(fingerprint) ? 'pinned' : null;
}
