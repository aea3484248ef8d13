// @ts-check
// Answers that are as bad as a server can make them, each of as many bytes as one may have. Also loaded by the server, in its own process.

const BYTES = 32 * 2 ** 20;
/** `npm run fuzz` gives a log of 32 MiB; what a line of it costs is the same in a short one. */
const LOG_BYTES = process.env['ROLLCALL_FUZZ_ANSWERS'] === undefined ? 2 * 2 ** 20 : BYTES;

/** @typedef {{ status?: number, reason?: string, body: string }} HostileAnswer */

/** @param {string} unit @param {number} [bytes] */
function much(unit, bytes = BYTES - 4096) {
  return unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
}

/** `["a","b",…]` without the brackets, until it is long enough. @param {(index: number) => string} make @param {number} [bytes] */
function list(make, bytes = BYTES - 4096) {
  const parts = [];
  for (let index = 0, length = 0; length < bytes; index += 1) {
    const part = make(index);
    length += part.length + 1;
    parts.push(part);
  }
  return parts.slice(0, -1).join();
}

/** Bodies of one call: brackets, keys, quotes and escapes. @type {Record<string, () => string>} */
const BODIES = {
  'empty objects': () => `{"data":[${much('{},')}0]}`,
  'empty lists': () => `{"data":[${much('[],')}0]}`,
  'lists in lists': () => `{"data":${much('[')}`,
  'objects in objects': () => `{"data":${much('{"a":')}`,
  'rows of brackets': () => `{"data":[${much(`[${'{},'.repeat(4000)}0],`)}0]}`,
  'rows of keys': () => `{"data":[${list((index) => `[${list((key) => `{"${index}-${key}":0}`, 50_000)}]`)}]}`,
  'many keys': () => `{"data":{${list((index) => `"k${index}":0`)}}}`,
  'keys that are numbers': () => `{"data":{${list((index) => `"${(index * 7919) % 4294967291}":0`)}}}`,
  'one string': () => `{"data":{"version":"${much('x')}"}}`,
  'escaped quotes': () => `{"data":{"version":"${much('\\"')}"}}`,
  'escaped quotes without end': () => `{"data":{"version":"${much('\\"')}`,
  quotes: () => `{${much('"')}`,
  'halves of characters': () => `{"data":{"version":"${much('\\ud800')}"}}`,
  'backslashes and a half': () => `{"data":{"version":"${much('\\\\')}\\ud800"}}`,
  'numbers that are none': () => `{"data":[${much('NaN,')}0]}`,
  'a number that is none, behind quotes': () => `{"data":{"version":"${much('\\"')}","a":NaN}}`,
  signs: () => `{"data":${much('-')}}`,
  digits: () => `{"data":${much('1')}}`,
  blanks: () => much(' '),
  markup: () => `<html>${much('<p>')}`,
};

/** Reasons of a refusal. @type {Record<string, string>} */
const REASONS = {
  tickets: 'PVE:',
  'encoded tickets': 'PVE%3A',
  refusals: 'Permission check failed (/',
  'refused paths': 'Permission check failed (/a, b',
  'lost configurations': "Configuration file '",
  'lost nodes': "hostname lookup '/etc/pve/nodes/",
  blanks: ' \t',
  dots: '.',
};

/** What texts of guests, tasks and the log may be made of. @type {Record<string, string>} */
const TEXTS = {
  secrets: 'token=x&',
  'quoted secrets': 'token=a\\"',
  'hidden secrets': `${'pwd='.repeat(60)}«hidden `,
  'addresses with a password': 'a://b:c@',
  'web tokens': 'eyJ-',
  options: ' -a',
  'options that ascend': ' -a -b -c -d -e -f -g -h -i -j -k -l -m -n -o -p -q -r -s -t -u -v -w -x -y -z',
  'free texts': ' -description -args',
  commas: ',',
  properties: 'a=b,',
  blanks: ' ',
  quotes: '\\"',
  'line breaks': '\\n',
  wildcards: '*a',
};

/** @param {string} text @param {number} length */
const cut = (text, length) =>
  text
    .repeat(Math.ceil(length / text.length))
    .slice(0, length)
    .replace(/\\$/, '');

/** A whole cluster, every text of which is hostile. @param {string} text @param {string} path @returns {HostileAnswer} */
function cluster(text, path) {
  const [where = ''] = path.split('?');
  return { body: `{"data":${CLUSTER[where]?.(text) ?? configuration(text, where)}}` };
}

/** @type {Record<string, (text: string) => string>} */
const CLUSTER = {
  '/version': () => '{"version":"8.4.1"}',
  '/access/permissions': () => '{"/":{"VM.Audit":1,"Sys.Audit":1,"Sys.Syslog":1,"Datastore.Audit":1,"Pool.Audit":1}}',
  '/cluster/status': () => '[{"type":"node","name":"pve1","online":1,"local":1,"ip":"10.0.0.1"}]',
  '/cluster/resources': (text) => `[{"type":"node","node":"pve1","status":"online"},${guests(text)}]`,
  '/nodes/pve1/qemu': (text) => `[${guests(text)}]`,
  '/nodes/pve1/tasks': (text) => `[${list((index) => task(index, cut(text, 2000)), 2 ** 20)}]`,
  '/cluster/log': (text) => `[${list((index) => logLine(index, cut(text, 8000)), LOG_BYTES - 4096)}]`,
};

/** @param {string} text */
function guests(text) {
  const words = `"name":"${cut(text, 200)}","tags":"${cut(text, 100)}"`;
  return list((index) => `{"type":"qemu","vmid":${100 + index},"node":"pve1","status":"running",${words}}`, 40_000);
}

/** @param {number} index @param {string} status */
function task(index, status) {
  const pid = (index + 4096).toString(16).padStart(8, '0');
  const upid = `UPID:pve1:${pid}:00000001:6740A000:qmstart:100:root@pam:`;
  return `{"upid":"${upid}","status":"${status}","starttime":1731000000,"endtime":1731000001}`;
}

/** @param {number} index @param {string} text */
function logLine(index, text) {
  const head = `"uid":"${index}","node":"pve1","time":1731000000,"user":"root@pam","tag":"pvedaemon"`;
  return `{${head},"msg":"update VM 100: -name${text}"}`;
}

/** Of guest 100 as large as one may be. @param {string} text @param {string} path */
function configuration(text, path) {
  if (!path.endsWith('/config')) return '[]';
  const length = path.includes('/100/') ? 1.2 * 2 ** 20 : 2048;
  const keys = ['description', 'args', 'tags', 'net0'].map((key) => `"${key}":"${cut(text, length)}"`);
  return `{"digest":"x",${keys.join()}}`;
}

/** By name. @type {Record<string, (path: string) => HostileAnswer>} */
export const CASES = {
  ...Object.fromEntries(Object.entries(BODIES).map(([name, make]) => [`body: ${name}`, () => ({ body: make() })])),
  ...Object.fromEntries(
    Object.entries(REASONS).flatMap(([name, unit]) => [
      [
        `reason: ${name}`,
        () => ({ status: 403, reason: cut(unit, 8000), body: `{"data":null,"message":"${much(unit)}"}` }),
      ],
      [
        `error: ${name}`,
        () => ({
          status: 400,
          reason: 'no',
          body: `{"data":null,"message":"${cut(unit, 200_000)}","errors":{"a":"${cut(unit, 50_000)}"}}`,
        }),
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(TEXTS).map(([name, text]) => [
      `cluster: ${name}`,
      (/** @type {string} */ path) => cluster(text, path),
    ]),
  ),
};
