import type { ActionRight } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { checkParameters, findParameter, type GivenParameters } from './check-parameters.ts';
import { type FoundPath, fillPath, findPath, nearPaths } from './find-endpoint.ts';
import { neededRights } from './needed-rights.ts';
import { type ApiRelease, type ApiVerb, type Endpoint, type Endpoints, readEndpoints } from './read-endpoints.ts';
import { type TouchedGuest, touchedGuests } from './touched-guests.ts';

export interface CallRequest {
  verb: ApiVerb;
  path: string;
  given: GivenParameters;
  /** Who asks is a token, which some endpoints refuse. */
  isToken: boolean;
}

/** A call that the server's release has, checked. */
export interface ApiCall {
  verb: ApiVerb;
  /** As it is sent, below `/api2/json`. */
  path: string;
  /** `/nodes/{node}/qemu/{vmid}/config`. */
  template: string;
  parameters: Readonly<Record<string, string | readonly string[]>>;
  /** The node of the path, which does it. */
  node: string | undefined;
  /** `null`, `string`, `array`, `object`. */
  returns: string;
  /** What the server asks of the account: `/vms/100 VM.Audit`. */
  permission: string;
  /** What the owner of the provider has to allow; of a read nothing. */
  rights: readonly ActionRight[];
  /** Guests that it may change, as far as its path tells; of a read none. */
  guests: readonly TouchedGuest[];
}

/** Throws AppError('usage'), a line for each thing that the server would refuse. */
export function planCall(endpoints: Endpoints, release: ApiRelease, request: CallRequest): ApiCall {
  const { verb, path, given, isToken } = request;
  const found = findPath(endpoints, path) ?? unknownPath(endpoints, release, path);
  const endpoint = found.verbs.get(verb) ?? missingVerb(found, verb);
  const problems = checkParameters(endpoint, found.values, given);
  if (isToken && !endpoint.isForTokens) problems.push('the server takes this call from no API token');
  if (problems.length > 0) throw refusal(verb, found, { endpoint, problems });
  const { template, values } = found;
  const isWrite = verb !== 'GET';
  return {
    verb,
    path: fillPath(found),
    template,
    parameters: toSent(endpoint, given),
    node: values['node'],
    returns: endpoint.returns,
    permission: filledText(endpoint.permission, { ...toTexts(given), ...values }),
    rights: isWrite ? neededRights({ verb, template, values, parameters: given }) : [],
    guests: isWrite ? touchedGuests({ template, values, parameters: given }) : [],
  };
}

function refusal(
  verb: ApiVerb,
  found: FoundPath,
  { endpoint, problems }: { endpoint: Endpoint; problems: readonly string[] },
): AppError {
  const [first = '', ...others] = problems;
  const what = `${COMMAND_OF[verb]} ${found.template}`;
  const list = [`${what} has ${problems.length} problems:`, ...problems.map((problem) => `  - ${problem}`)];
  const hint = `${parameterList(endpoint, found)}; nothing was sent`;
  return new AppError('usage', others.length === 0 ? `${what}: ${first}` : list, { hint });
}

/** A single value of a list is a list of one for the server, too. */
function toSent({ parameters }: Endpoint, given: GivenParameters): ApiCall['parameters'] {
  return Object.fromEntries(
    [...given].map(([name, values]) => {
      const isList = findParameter(parameters, name)?.type === 'array';
      return [name, isList ? values : (values[0] ?? '')];
    }),
  );
}

function toTexts(given: GivenParameters): Record<string, string> {
  return Object.fromEntries([...given].map(([name, values]) => [name, values[0] ?? '']));
}

/** `/vms/{vmid} VM.Audit` of VM 100: `/vms/100 VM.Audit`. */
function filledText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([\w-]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

export const COMMAND_OF: Readonly<Record<ApiVerb, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'set',
  DELETE: 'delete',
};

function unknownPath(endpoints: Endpoints, release: ApiRelease, path: string): never {
  const near = nearPaths(endpoints, path).filter((one) => findPath(endpoints, one) !== null || one !== path);
  const hints = [
    ...(near.length > 0 ? [`did you mean ${near.join(' or ')}?`] : []),
    ...(findPath(readEndpoints(null), path) === null ? [] : ['another release has it']),
  ];
  throw new AppError('usage', `Proxmox VE ${release} has no path /${path.replace(/^\/+/, '')}`, {
    hint: hints.join(' ') || 'press Tab for the paths that there are: rollcall help completion',
  });
}

function missingVerb({ template, verbs }: FoundPath, verb: ApiVerb): never {
  const commands = [...verbs.keys()].map((one) => COMMAND_OF[one]).join(', ');
  throw new AppError('usage', `${template} cannot be used with ${COMMAND_OF[verb]}`, { hint: `it takes: ${commands}` });
}

function parameterList({ parameters }: Endpoint, { values }: FoundPath): string {
  const own = parameters.filter(({ name }) => !Object.hasOwn(values, name));
  const required = own.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  const optional = own.filter(({ isOptional }) => isOptional).map(({ name }) => name);
  if (own.length === 0) return 'it takes no parameters';
  return [
    ...(required.length > 0 ? [`required: ${required.join(', ')}`] : []),
    ...(optional.length > 0 ? [`optional: ${shortList(optional)}`] : []),
  ].join('; ');
}

const MOST_NAMES = 12;

function shortList(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}
