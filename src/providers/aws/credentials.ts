import type { AskCredential } from '../../net/kept-credential.ts';
import { redactText } from '../../text/redact-text.ts';
import { AppError } from '../../types/errors.ts';
import type { Keys } from './sign-call.ts';

type Load = (options?: { forceRefresh?: boolean }) => Promise<Keys>;

const MOST_WORDS = 300;

/** Keys by a way of the vendor's programs, `profile:prod`, whose library is loaded for the first call. `secret`: of `keys:AKIA…`. */
export function keySource(login: string, secret: string | undefined): AskCredential<Keys> {
  const [way, name = ''] = splitAt(login, ':');
  if (way === 'keys') {
    const keys = { accessKeyId: name, secretAccessKey: secret ?? '' };
    return async () => keys;
  }
  let load: Promise<Load> | undefined;
  return async (stale) => {
    try {
      load ??= loadWay(way, name);
      return await (await load)(stale === null ? {} : { forceRefresh: true });
    } catch (error) {
      throw refused(login, error);
    }
  };
}

async function loadWay(way: string, name: string): Promise<Load> {
  // Which releases of Node its next versions take is no news for who runs this program.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const vendor = await import('./vendor-credentials.ts');
  switch (way) {
    case 'profile': {
      const load = vendor.fromIni({ profile: name, ignoreCache: true });
      return () => load();
    }
    case 'environment':
      return vendor.fromEnv();
    case 'web-identity': {
      const load = vendor.fromTokenFile();
      return () => load();
    }
    case 'instance':
      return isContainer() ? vendor.fromHttp() : vendor.fromInstanceMetadata();
    default:
      return vendor.fromNodeProviderChain({ ignoreCache: true });
  }
}

/** A task of ECS or a pod of EKS has a role of its own. */
function isContainer(): boolean {
  return ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'].some(
    (variable) => (process.env[variable] ?? '') !== '',
  );
}

/** The library's own words, in one line: never its error, on which more may hang. */
function refused(login: string, error: unknown): AppError {
  const words = error instanceof Error ? redactText(error.message.split('\n')[0] ?? '').slice(0, MOST_WORDS) : '';
  const [way, name = ''] = splitAt(login, ':');
  const hint =
    way === 'profile'
      ? `Check the profile; of SSO: aws sso login --profile ${name}`
      : 'Check what `aws sts get-caller-identity` says, or give another --login';
  return new AppError('unauthenticated', `no credential of AWS by ${login}: ${words || 'it cannot be had'}`, { hint });
}

function splitAt(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
