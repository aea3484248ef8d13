import type { ServerCertificate } from '../../app/app.ts';
import type { Target } from '../../app/config/select-providers.ts';
import { resolveTls } from '../../app/config/tls.ts';
import { trustCommand } from '../../app/config/trust-advice.ts';
import { manifestOf } from '../../app/registry.ts';
import type { ConnectionCheck } from '../../providers/provider.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus, statusOfError, worstStatus } from '../exit-status.ts';
import { failedSteps } from './failed-steps.ts';
import { daysLeft, expiryText } from './trust.ts';

/** A certificate that ends within this time is worth a word. */
const EXPIRY_WARNING_DAYS = 21;

/** One step of the test of one provider. */
export interface CheckedStep extends ConnectionCheck {
  provider: string;
}

/** Of a step that failed. Without the cluster log, or some guests, there is less to see, but a sync works. */
const STATUS_OF_STEP: Readonly<Record<string, ExitStatus>> = {
  connection: EXIT.unreachable,
  authentication: EXIT.denied,
  permissions: EXIT.denied,
  attribution: EXIT.partial,
  cluster: EXIT.partial,
  guests: EXIT.partial,
  clock: EXIT.partial,
};

/** Tests each address, and then what the credential gives over the first that works. Throws only what is no AppError. */
export async function checkProvider(
  context: CliContext,
  { stored, used: config }: Target,
): Promise<{ steps: CheckedStep[]; status: ExitStatus }> {
  const steps: CheckedStep[] = [];
  try {
    await (await context.app.gate()).requireConfirmed(stored);
    const { ca } = resolveTls(config.tls);
    // Before anything is sent: without the secret the addresses alone are no use.
    const given = await context.app.secretsOf(config);
    const looks = await Promise.all(config.endpoints.map(async (url) => checkEndpoint(context, config, { url, ca })));
    for (const found of looks.flat()) steps.push({ provider: config.name, ...found });
    const working = looks.filter((found) => found.every(({ ok }) => ok)).length;
    if (working === 0) return { steps, status: EXIT.unreachable };
    const status = await checkCredential(context, { config, given, steps });
    // One address of several that is down makes the provider no worse than that.
    return { steps, status: worstStatus([status, working < looks.length ? EXIT.partial : EXIT.done]) };
  } catch (error) {
    if (!(error instanceof AppError) || context.io.signal.aborted) throw error;
    steps.push(...failedSteps('settings', error).map((step) => ({ provider: config.name, ...step })));
    return { steps, status: statusOfError(error.code) };
  }
}

interface Checking {
  config: ProviderConfig;
  given: ReadonlyMap<string, string>;
  steps: CheckedStep[];
}

async function checkCredential(context: CliContext, { config, given, steps }: Checking): Promise<ExitStatus> {
  const { credential, name } = config;
  const account = credential.kind === 'token' ? credential.tokenId : credential.user;
  const provider = await context.app.openProvider(config, { given });
  const statuses: ExitStatus[] = [];
  try {
    for await (const check of provider.check({ account, signal: context.io.signal })) {
      steps.push({ provider: name, ...check });
      if (!check.ok) statuses.push(STATUS_OF_STEP[check.step] ?? EXIT.failed);
    }
  } finally {
    provider.close();
  }
  return worstStatus(statuses);
}

async function checkEndpoint(
  context: CliContext,
  config: ProviderConfig,
  { url, ca }: { url: string; ca: string | undefined },
): Promise<ConnectionCheck[]> {
  const { failure, addresses, certificate } = await context.app.inspect(url, { type: config.type, ca });
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
  return certificate === null ? steps : [...steps, checkCertificate(context, certificate, config, url)];
}

function checkCertificate(
  context: CliContext,
  certificate: ServerCertificate,
  config: ProviderConfig,
  endpoint: string,
): ConnectionCheck {
  const { name, tls } = config;
  const words = manifestOf(config).server;
  const now = context.now();
  const how = trustedBy(certificate, tls);
  const message = `SHA-256 ${certificate.fingerprint} by ${commonName(certificate.issuer)}; ends ${expiryText(certificate, now)}`;
  const base = { step: 'tls', endpoint };
  if (how === null) {
    const print = certificate.fingerprint;
    const command = trustCommand(config, { flags: context.app.flags, env: context.app.env, cwd: context.io.cwd });
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
