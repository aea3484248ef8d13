import { nearest } from '../../../text/near-names.ts';
import { HIDDEN } from '../../../text/redact-text.ts';
import type { Endpoint, EndpointParameter } from './read-endpoints.ts';
import { isSecretValue } from './secret-values.ts';

/** By name; several where one was given more than once. */
export type GivenParameters = ReadonlyMap<string, readonly string[]>;

/** Longer values are left to the server, as are patterns that could take long. */
const MAX_MATCHED = 1024;

/** What of a call the server would refuse, one line each. `path`: the values of the path's own parameters. */
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
export function parameterWords({ type, words, min, max, format }: EndpointParameter): string {
  if (words !== null) return `${type === 'array' ? 'any' : 'one'} of ${words.join(', ')}`;
  if (type === 'boolean') return '0 or 1';
  const range = [
    ...(min === null ? [] : [`from ${min}`]),
    ...(max === null ? [] : [`${min === null ? 'up ' : ''}to ${max}`]),
  ];
  const isNamed = format !== null && format !== 'properties' && type === 'string';
  return [type, ...range, ...(isNamed ? [`(${format})`] : [])].join(' ');
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
  const { pattern, words, type } = parameter;
  const shown = isSecretValue(name, value) ? HIDDEN : `'${value}'`;
  if (pattern !== null && words === null && type === 'string') return [`${name}: ${shown} has not the form ${pattern}`];
  return [`${name}: ${shown} is not ${parameterWords(parameter)}`];
}

/** Source: pve-common src/PVE/JSONSchema.pm `check_type`, `check_prop`. */
function isFit(value: string, { type, words, min, max, pattern }: EndpointParameter): boolean {
  if (words !== null) return words.includes(value);
  switch (type) {
    case 'boolean':
      return /^(?:0|1|on|off|yes|no|true|false)$/i.test(value);
    case 'integer':
      return /^[+-]?\d+$/.test(value) && isBetween(Number(value), min, max);
    case 'number':
      return /^[+-]?\d*\.?\d+(?:e[+-]?\d+)?$/i.test(value) && isBetween(Number(value), min, max);
    default:
      return pattern === null || matches(value, pattern);
  }
}

function isBetween(value: number, min: number | null, max: number | null): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}

function matches(value: string, pattern: string): boolean {
  return value.length > MAX_MATCHED || (toRegExp(pattern)?.test(value) ?? true);
}

/** Of Perl's expressions, those that mean the same here and repeat no group: they are quick, whatever the value. */
export function toRegExp(pattern: string): RegExp | null {
  if (/\)[*+{]|\(\?\^[iu]/.test(pattern)) return null;
  try {
    return new RegExp(`^${pattern.replaceAll('(?^:', '(?:')}$`);
  } catch {
    return null;
  }
}
