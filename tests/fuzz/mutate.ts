import type { Random } from '../campaign/random.ts';

/** An answer as it goes over the wire. */
export interface WireBytes {
  status: number;
  reason: string;
  body: Buffer;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const STATUSES = [200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 500, 501, 503, 595, 596, 599];
const REASONS = [
  'OK',
  '',
  "Configuration file 'nodes/pve1/qemu-server/1.conf' does not exist",
  'x'.repeat(4000),
  '100%',
];

/** Texts that have broken readers: what acts on terminals, looks like numbers, or like the keys of an object's prototype. */
const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  '0x10',
  '9007199254740993',
  'NaN',
  'null',
  'true',
  '__proto__',
  'constructor',
  '\u0000',
  '\u001b[2J\u001b]0;title\u0007',
  '\u202egnp.exe',
  '\ud800',
  "'; DROP TABLE guests; --",
  '=cmd|calc',
  '../../etc/passwd',
  'a=b,c=d,,=,e',
  'UPID:pve1:0:0:0::::',
  'UPID:pve1:00001234:00000001:ZZZZZZZZ:qmstart:100:root@pam:',
  'line\nbreak\r\n\ttab',
  '🦄'.repeat(50),
];

/** Tokens that a Perl program or a broken proxy may put where JSON has a value. */
const TOKENS = ['NaN', '-Infinity', 'inf', 'undefined', '1e400', '-0', '00', '{', ']', '"', ',', '\\u', '\\x'];

/** One answer with one to four things changed in its structure, its bytes or its head. */
export function mutate({ status, reason, body }: WireBytes, random: Random): WireBytes {
  let bytes = body;
  let head = { status, reason };
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const kind = random.next();
    if (kind < 0.7) bytes = changeStructure(bytes, random);
    else if (kind < 0.9) bytes = changeBytes(bytes, random);
    else head = { status: random.pick(STATUSES), reason: random.pick(REASONS) };
  }
  return { ...head, body: bytes };
}

function changeStructure(body: Buffer, random: Random): Buffer {
  let root: Json;
  try {
    root = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return changeBytes(body, random);
  }
  return Buffer.from(JSON.stringify(changeWithin(root, random)));
}

/** Walks down at random and changes what it stops at. */
function changeWithin(value: Json, random: Random): Json {
  if (Array.isArray(value)) return changeList(value, random);
  if (typeof value === 'object' && value !== null) return changeRecord(value, random);
  return junk(random);
}

function changeList(list: Json[], random: Random): Json {
  if (list.length === 0 || random.chance(0.05)) return junk(random);
  const at = random.below(list.length);
  const item = list[at] ?? null;
  if (random.chance(0.1)) return list.toSpliced(at, 1);
  if (random.chance(0.1)) return list.toSpliced(at, 0, item);
  return list.with(at, changeWithin(item, random));
}

function changeRecord(record: { [key: string]: Json }, random: Random): Json {
  const entries = Object.entries(record);
  if (entries.length === 0 || random.chance(0.03)) return junk(random);
  const at = random.below(entries.length);
  const [key, item] = entries[at] ?? ['', null];
  if (random.chance(0.08)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (random.chance(0.08)) return Object.fromEntries(entries.with(at, [random.pick(TEXTS), item]));
  // Not by assignment: `__proto__` must become a key of its own, as JSON.parse makes it.
  return Object.fromEntries(entries.with(at, [key, changeWithin(item, random)]));
}

function junk(random: Random): Json {
  const choice = random.below(12);
  if (choice < 6) return random.pick(TEXTS);
  if (choice === 6) return random.pick([0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, 5e-324]);
  if (choice === 7) return random.pick([null, true, false]);
  if (choice === 8) return random.pick<Json>([[], {}, [[]], [null], { data: null }]);
  if (choice === 9) return Object.fromEntries(TEXTS.map((text, index) => [text, index]));
  if (choice === 10) return nested(random.below(400));
  return random.chance(0.02) ? 'x'.repeat(2 ** 20) : 'x'.repeat(random.below(2000));
}

function nested(depth: number): Json {
  let value: Json = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { data: value };
  return value;
}

function changeBytes(body: Buffer, random: Random): Buffer {
  const at = random.below(body.length + 1);
  switch (random.below(6)) {
    case 0:
      return body.subarray(0, at);
    case 1:
      return Buffer.concat([body.subarray(0, at), Buffer.from([random.below(256)]), body.subarray(at + 1)]);
    case 2:
      return Buffer.concat([body.subarray(0, at), Buffer.from(random.pick(TOKENS)), body.subarray(at)]);
    case 3:
      return Buffer.concat([body.subarray(0, at), body.subarray(random.below(body.length + 1))]);
    case 4:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    default:
      return Buffer.from('['.repeat(random.below(20_000)));
  }
}
