import { nearest } from '../../../text/near-names.ts';
import { HIDDEN } from '../../../text/redact-text.ts';
import type { Endpoint, EndpointParameter } from './read-endpoints.ts';
import { isSecretValue } from './secret-values.ts';

/** By name; several where one was given more than once. */
export type GivenParameters = ReadonlyMap<string, readonly string[]>;

/** What of a call the server would refuse, one line each. Formats and the vendor's patterns, which are Perl's, are left to it. `path`: the values of the path's own parameters. */
export function checkParameters(
  { parameters }: Pick<Endpoint, 'parameters'>,
  path: Readonly<Record<string, string>>,
  given: GivenParameters,
): string[] {
  const names = parameters.map(({ name }) => name);
  const problems: string[] = [];
  for (const [name, value] of Object.entries(path)) {
    const parameter = parameters.find((one) => one.name === name);
    if (parameter !== undefined) problems.push(...flawsOf(name, value, parameter));
    if (given.has(name)) problems.push(`${name} is part of the path`);
  }
  for (const [name, values] of given) {
    const parameter = findParameter(parameters, name);
    if (parameter === undefined) problems.push(unknownText(name, names));
    else if (!Object.hasOwn(path, name)) problems.push(...valueProblems(name, values, parameter));
    if (parameter?.requires && !given.has(parameter.requires)) problems.push(`${name} needs ${parameter.requires}`);
  }
  for (const parameter of parameters) {
    const { name, isOptional } = parameter;
    if (!isOptional && !given.has(name) && !Object.hasOwn(path, name)) {
      problems.push(`${name} is missing: ${parameterWords(parameter)}`);
    }
  }
  return problems;
}

/** The parameter of a name; `net0` is one of `net[n]`. */
export function findParameter(parameters: readonly EndpointParameter[], name: string): EndpointParameter | undefined {
  const exact = parameters.find((one) => one.name === name);
  if (exact !== undefined) return exact;
  const [, stem] = /^(.*\D)\d+$/.exec(name) ?? [];
  return stem === undefined ? undefined : parameters.find((one) => one.name === `${stem}[n]`);
}

/** `integer from 100 to 999999999`, `one of raw, qcow2`. */
export function parameterWords({ type, words, min, max, format, pattern }: EndpointParameter): string {
  if (words !== null) return `${type === 'array' ? 'any' : 'one'} of ${words.join(', ')}`;
  if (type === 'boolean') return '0 or 1';
  const range = [
    ...(min === null ? [] : [`from ${min}`]),
    ...(max === null ? [] : [`${min === null ? 'up ' : ''}to ${max}`]),
  ];
  const isNamed = format !== null && format !== 'properties' && type === 'string';
  const form = pattern === null ? (isNamed ? [`(${format})`] : []) : [`like ${pattern}`];
  return [type, ...range, ...form].join(' ');
}

function unknownText(name: string, names: readonly string[]): string {
  const near = nearest(
    name,
    names.map((one) => one.replace('[n]', '')),
  );
  if (near === undefined) return `there is no parameter ${name}`;
  return `there is no parameter ${name}: did you mean ${names.includes(near) ? near : `${near}0`}?`;
}

function valueProblems(name: string, values: readonly string[], parameter: EndpointParameter): string[] {
  if (values.length > 1 && parameter.type !== 'array') return [`${name} is given ${values.length} times`];
  return values.flatMap((value) => flawsOf(name, value, parameter));
}

function flawsOf(name: string, value: string, parameter: EndpointParameter): string[] {
  if (isFit(value, parameter)) return [];
  const shown = isSecretValue(name, value) ? HIDDEN : `'${value}'`;
  return [`${name}: ${shown} is not ${parameterWords(parameter)}`];
}

/** Source: pve-common src/PVE/JSONSchema.pm `check_type`, `check_prop`. */
function isFit(value: string, { type, words, min, max }: EndpointParameter): boolean {
  if (words !== null) return words.includes(value);
  switch (type) {
    case 'boolean':
      return /^(?:0|1|on|off|yes|no|true|false)$/i.test(value);
    case 'integer':
      return /^[+-]?\d+$/.test(value) && isBetween(Number(value), min, max);
    case 'number':
      return /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value) && isBetween(Number(value), min, max);
    default:
      return true;
  }
}

function isBetween(value: number, min: number | null, max: number | null): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}
