/** What one parameter may be, as the vendor's schema says it. */
export interface ParameterSpec {
  type: 'integer' | 'number' | 'boolean' | 'string' | 'array';
  isOptional: boolean;
  format: string | undefined;
  minimum: number | undefined;
  maximum: number | undefined;
  words: readonly string[] | undefined;
}

const SPEC = /^(integer|number|boolean|string|array)(?::([a-z-]+))?(?:>=(\d+))?(?:<=(\d+))?$/i;

/**
 * `integer>=0<=8`, `string:pve-node`, `one|two`; `vmid` is `integer:pve-vmid`; with `?` at its end it may be missing. Spec strings
 * are read often and there are few of them.
 */
export function parseSpec(text: string): ParameterSpec {
  let spec = parsed.get(text);
  if (!spec) parsed.set(text, (spec = readSpec(text)));
  return spec;
}

const parsed = new Map<string, ParameterSpec>();

function readSpec(text: string): ParameterSpec {
  const isOptional = text.endsWith('?');
  const plain = isOptional ? text.slice(0, -1) : text;
  const match = SPEC.exec(plain === 'vmid' ? 'integer:pve-vmid' : plain);
  const none = { format: undefined, minimum: undefined, maximum: undefined, words: undefined };
  if (!match) return { ...none, type: 'string', isOptional, words: plain.split('|') };
  const [, type = '', format, minimum, maximum] = match;
  return {
    type: typeOf(type),
    isOptional,
    format,
    minimum: minimum === undefined ? undefined : Number(minimum),
    maximum: maximum === undefined ? undefined : Number(maximum),
    words: undefined,
  };
}

function typeOf(word: string): ParameterSpec['type'] {
  return word === 'integer' || word === 'number' || word === 'boolean' || word === 'array' ? word : 'string';
}

const TYPES: Readonly<Record<string, RegExp>> = {
  boolean: /^[01]$/,
  integer: /^-?\d+$/,
  number: /^-?\d+(\.\d+)?$/,
};

interface Format {
  pattern: RegExp;
  error: (value: string) => string;
}

/** Source: pve-common src/PVE/JSONSchema.pm. `size` stands for the pattern of /resize. */
const FORMATS: Readonly<Record<string, Format>> = {
  'pve-vmid': invalid(/^[1-9]\d{2,8}$/, () => 'value does not look like a valid VM ID'),
  'pve-node': invalid(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/, () => 'value does not look like a valid node name'),
  'pve-configid': invalid(/^[a-z][a-z0-9_-]+$/i, (id) => `invalid configuration ID '${id}'`),
  'pve-storage-id': invalid(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, (id) => `storage ID '${id}' contains illegal characters`),
  'dns-name': invalid(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, () => 'value does not look like a valid DNS name'),
  size: { pattern: /^\+?\d+(\.\d+)?[KMGT]?$/, error: () => 'value does not match the regex pattern' },
};

function invalid(pattern: RegExp, error: (value: string) => string): Format {
  return { pattern, error: (value) => `invalid format - ${error(value)}\n` };
}

/** What the server says about a value that it refuses; undefined: it takes it. Source: pve-common src/PVE/JSONSchema.pm check_prop. */
export function specError(text: string, value: string): string | undefined {
  const { type, format, minimum, maximum, words } = parseSpec(text);
  if (TYPES[type]?.test(value) === false) return `type check ('${type}') failed - got '${value}'`;
  if (words && !words.includes(value))
    return `value '${value}' does not have a value in the enumeration '${words.join(', ')}'`;
  const known = format === undefined ? undefined : FORMATS[format];
  if (known?.pattern.test(value) === false) return known.error(value);
  if (minimum !== undefined && Number(value) < minimum) return `value must have a minimum value of ${minimum}`;
  if (maximum !== undefined && Number(value) > maximum) return `value must have a maximum value of ${maximum}`;
  return undefined;
}
