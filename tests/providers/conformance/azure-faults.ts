import type { Cloud } from './azure-cloud.ts';
import type { AzureLab, SpoilAnswer, SpoiltTold } from './azure-lab.ts';
import { problem } from './azure-lab.ts';
import type { Told } from './azure-login.ts';
import type { Fault, FaultName } from './subject.ts';

/** The list of virtual machines; each page is one. */
const LIST = /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.Compute\/virtualMachines\?(?!.*statusOnly)/;
const LATER_PAGE = /[?&]\$skiptoken=/;
const ONE = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/virtualMachines\//i;
const EVENTS = /\/eventtypes\/management\/values\?/;
const INTERFACES = /\/Microsoft\.Network\/networkInterfaces\?/;
const SKEW_MS = 7 * 60_000;
const FORBIDDEN = problem(403, 'AuthorizationFailed', 'The client does not have authorization to perform action');

export interface FaultParts {
  lab: AzureLab;
  cloud: Cloud;
  /** Sets the platform's clock off by so much. */
  setSkew: (ms: number) => void;
}

export function azureFaults({ lab, cloud, setSkew }: FaultParts): Partial<Record<FaultName, Fault>> {
  const spoiling =
    (spoil: SpoilAnswer): Fault =>
    async () => {
      lab.spoil = spoil;
      return async () => {
        lab.spoil = () => null;
      };
    };
  const listing = (change: (told: Told, target: string) => SpoiltTold | null): Fault =>
    spoiling((target, told) => (LIST.test(target) ? change(told, target) : null));
  const rows = (change: (value: readonly unknown[]) => readonly unknown[]): Fault =>
    listing((told) => {
      const page = JSON.parse(told.text) as { value: unknown[] };
      return { ...told, text: JSON.stringify({ ...page, value: change(page.value) }) };
    });
  /** Of a page after the first. */
  const later = (change: (told: Told, target: string) => SpoiltTold | null): Fault =>
    listing((told, target) => (LATER_PAGE.test(target) ? change(told, target) : null));
  const second = (): string => cloud.subscriptions[1]?.id ?? '';
  return {
    'failed-listing': listing(() => problem(500, 'InternalServerError', 'An error occurred.')),
    'short-listing': rows((value) => value.slice(1)),
    'empty-listing': listing((told) => ({ ...told, text: '{"value":[]}' })),
    'cut-listing': listing((told) => ({ ...told, isCut: true })),
    'duplicated-listing': rows((value) => [...value, ...value]),
    'slow-listing': listing((told) => ({ ...told, delayMs: 200 })),
    // On one group only: lists leave the others out, and they are refused by id.
    'lost-rights': spoiling((target, told) => {
      if (LIST.test(target)) {
        const page = JSON.parse(told.text) as { value: unknown[] };
        return { ...told, text: JSON.stringify({ value: page.value.slice(0, 1) }) };
      }
      return ONE.test(target) ? FORBIDDEN : null;
    }),
    'other-system': spoiling((target, told) =>
      target.startsWith('/subscriptions?')
        ? { ...told, text: told.text.replaceAll(/[0-9a-f]{8}(?=-[0-9a-f]{4}-)/g, '0badcafe') }
        : null,
    ),
    garbled: listing(() => ({ status: 200, text: '<html><body><h1>Welcome</h1></body></html>' })),
    'failed-details': spoiling((target) => (INTERFACES.test(target) ? FORBIDDEN : null)),
    'lost-records': spoiling((target) =>
      EVENTS.test(target) ? problem(400, 'BadRequest', 'The filter is not valid.') : null,
    ),
    'partial-places': listing((_told, target) => (target.includes(second()) ? FORBIDDEN : null)),
    // It leads back to where it was.
    'missing-page': listing((told, target) => {
      const page = JSON.parse(told.text) as { nextLink?: string };
      return page.nextLink === undefined
        ? null
        : { ...told, text: JSON.stringify({ ...page, nextLink: lab.url + target }) };
    }),
    throttled: later(() =>
      problem(429, 'OperationNotAllowed', 'The server rejected the request because too many requests were received.', {
        'retry-after': '0',
        'x-ms-ratelimit-remaining-resource':
          'Microsoft.Compute/HighCostGet3Min;46,Microsoft.Compute/HighCostGet30Min;0',
      }),
    ),
    'expired-credential': async () => {
      lab.spoil = (target, told) => {
        if (LIST.test(target)) lab.login.hasEnded = true;
        return LATER_PAGE.test(target)
          ? problem(401, 'ExpiredAuthenticationToken', 'The access token has expired.')
          : told;
      };
      return async () => {
        lab.spoil = () => null;
        lab.login.hasEnded = false;
      };
    },
    'lost-area': async () => {
      const [left] = cloud.subscriptions.splice(1, 1);
      return async () => {
        if (left !== undefined) cloud.subscriptions.splice(1, 0, left);
      };
    },
    'wrong-clock': async () => {
      setSkew(SKEW_MS);
      return async () => setSkew(0);
    },
  };
}
