import { describe, expect, it } from '@jest/globals';
import { answerError, missingPrivilege } from '../../src/api/answer-error.ts';
import { PROXMOX } from '../../src/api/server-words.ts';
import { isConnectionFailure, wireError } from '../../src/net/wire-error.ts';
import { WireFailure } from '../../src/net/wire-failure.ts';

const label = { verb: 'GET', path: '/nodes/pve2/qemu/100/config', endpoint: 'https://pve1:8006' } as const;
const token = { kind: 'token', name: 'rollcall@pve!ro' } as const;
const password = { kind: 'password', name: 'admin@pve' } as const;

function refused(status: number, reason: string, body: unknown = '', identity: typeof token | typeof password = token) {
  return answerError({ status, reason, text: typeof body === 'string' ? body : JSON.stringify(body) }, label, identity);
}

describe('answerError', () => {
  it.each([
    [401, 'Authentication failed!', 'unauthenticated', /token rollcall@pve!ro.*pveum user token list rollcall@pve/],
    [401, 'No ticket', 'unauthenticated', /reverse proxy/],
    [403, 'Permission check failed', 'forbidden', /pveum user permissions 'rollcall@pve!ro'/],
    [404, 'Not Found', 'no-endpoint', /port 8006/],
    [501, "Method 'GET /foo' not implemented", 'no-endpoint', /version of Proxmox VE/],
    [301, 'Moved Permanently', 'configuration', /https:\/\/HOST:8006/],
    [595, 'No route to host', 'node-unreachable', /cannot reach node pve2/],
    [596, 'Connection timed out', 'node-unreachable', /pve2/],
    [599, 'Too many redirections', 'node-unreachable', /pve2/],
    [500, "Configuration file 'nodes/pve2/qemu-server/100.conf' does not exist", 'no-such-guest', /another node/],
    [500, "hostname lookup 'nope' failed - failed to get address info", 'node-unreachable', /pvecm status/],
    [500, "'/etc/pve/nodes/pve3/pve-ssl.pem' does not exist!", 'node-unreachable', /pvecm status/],
    [500, 'cluster not ready - no quorum?', 'server', undefined],
    [503, 'Service Unavailable', 'server', /overloaded/],
    [429, 'Too Many Requests', 'server', /overloaded/],
    [504, 'Gateway Timeout', 'timeout', /again later/],
    [400, 'Parameter verification failed.', 'parameter', /version/],
  ])('tells %i %s apart', (status, reason, code, hint) => {
    const error = refused(status, reason);
    expect(error.code).toBe(code);
    expect(error.message).toBe(`GET /nodes/pve2/qemu/100/config: ${reason.replace(/\.$/, '')} (${status})`);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
  });

  it('takes the reason from message, then errors, then the reason phrase', () => {
    const error = (body: unknown) => refused(400, 'Parameter verification failed.', body).message;
    const errors = { vmid: 'invalid format', node: ['odd'] };
    expect(error({ data: null, message: 'From the body\n', errors: { vmid: 'too long' } })).toContain(
      ': From the body: vmid: too long (400)',
    );
    expect(error({ data: null, errors })).toContain(': vmid: invalid format, node: ["odd"] (400)');
    expect(error({ data: null })).toContain(': Parameter verification failed (400)');
    expect(error('<html>')).toContain(': Parameter verification failed (400)');
    expect(error('{"message":')).toContain(': Parameter verification failed (400)');
    expect(refused(500, '').message).toContain(': no reason given (500)');
  });

  it('names the missing privilege and how to give it', () => {
    const error = refused(403, 'x', { message: 'Permission check failed (/vms/100, VM.Audit)\n' });
    expect(error.hint).toBe(
      "Give it VM.Audit on /vms/100: `pveum acl modify /vms/100 --tokens 'rollcall@pve!ro' --roles PVEAuditor`",
    );
    expect(missingPrivilege(error)).toEqual({ path: '/vms/100', privileges: ['VM.Audit'] });
    expect(missingPrivilege(refused(401, 'Permission check failed (/vms/100, VM.Audit)'))).toBeNull();
    expect(missingPrivilege(refused(403, 'Permission check failed'))).toBeNull();
  });

  it.each([
    '/vms/1;reboot, VM.Audit',
    '/vms/1, VM.Audit|`reboot`',
    '/vms/1, $(reboot)',
    '/vms/1, ',
    '/vms/1',
    '/a)b, VM.Audit',
  ])('puts nothing into a command that a shell would run: %s', (words) => {
    const error = refused(403, 'x', { message: `Permission check failed (${words})` });
    expect(error.hint).toBe("rollcall@pve!ro lacks a privilege: see `pveum user permissions 'rollcall@pve!ro'`");
    expect(missingPrivilege(error)).toBeNull();
  });

  it('reads 2 KiB of a reason, and no body that is no error of Proxmox VE', () => {
    const long = 'Permission check failed (/'.repeat(40_000);
    const prefix = 'GET /nodes/pve2/qemu/100/config: ';
    expect(refused(403, 'x', { message: long.slice(0, 200_000) }).message).toBe(
      `${prefix}${long.slice(0, 2048)} (403)`,
    );
    expect(refused(403, 'x', { message: long }).message).toBe(`${prefix}x (403)`);
    expect(refused(403, long).message).toBe(`${prefix}${long.slice(0, 2048)} (403)`);
    const errors = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`p${index}`, 'wrong']));
    expect(refused(400, 'x', { errors }).message).toMatch(/: p0: wrong, .* p19: wrong \(400\)$/);
  });

  it('makes a role for a privilege that PVEAuditor does not have', () => {
    const error = refused(403, 'Permission check failed (/, Sys.Syslog|Sys.Modify)', '', password);
    expect(error.hint).toBe(
      "Give it Sys.Syslog on /: `pveum role add Rollcall-Sys-Syslog --privs Sys.Syslog && pveum acl modify / --users 'admin@pve' --roles Rollcall-Sys-Syslog`",
    );
    expect(missingPrivilege(error)?.privileges).toEqual(['Sys.Syslog', 'Sys.Modify']);
  });

  it('tells a password what to check', () => {
    expect(refused(401, 'authentication failure', '', password).hint).toMatch(/password of admin@pve.*realm/);
  });

  it('thinks of users and tokens that are disabled or have expired, and gives a new token its rights', () => {
    const hint = (name: string) =>
      answerError({ status: 401, reason: 'x', text: '' }, label, { kind: 'token', name }).hint;
    expect(hint('rollcall@pve!ro')).toBe(
      'Check that token rollcall@pve!ro exists, has not expired and that its secret is right: `pveum user token list rollcall@pve`; ' +
        'that user rollcall@pve is enabled and has not expired: `pveum user list`; ' +
        'a lost secret needs a new token: `pveum user token remove rollcall@pve ro`, then `pveum user token add rollcall@pve ro --privsep 0`',
    );
    expect(hint('root@pam!ro')).toMatch(
      /then `pveum user token add root@pam ro` and `pveum acl modify \/ --tokens 'root@pam!ro' --roles PVEAuditor`$/,
    );
    expect(refused(401, 'x', '', password).hint).toContain('that the user is enabled and has not expired');
  });

  it('is not repeated without pmxcfs, and says what to look at', () => {
    const reason = 'RPCEnvironment init request failed: Unable to load access control list: Connection refused';
    const error = refused(500, reason);
    expect(error).toMatchObject({ code: 'node-unreachable', retryable: false });
    expect(error.hint).toBe('pmxcfs does not run on pve2: see `systemctl status pve-cluster` there');
    const atTop = answerError({ status: 500, reason, text: '' }, { ...label, path: '/version' }, token);
    expect(atTop).toMatchObject({ code: 'unreachable', retryable: false, hint: expect.stringContaining('on pve1:') });
  });

  it('knows what may pass', () => {
    expect([502, 503, 429, 595, 596, 504].map((status) => refused(status, 'x').retryable)).not.toContain(false);
    expect([401, 403, 400, 404, 501, 500].map((status) => refused(status, 'x').retryable)).not.toContain(true);
    expect(refused(500, "can't lock file '/var/lock/x' - got timeout").retryable).toBe(true);
  });
});

describe('wireError', () => {
  const limits = { connectTimeoutMs: 10_000, timeoutMs: 15_000, maxBytes: 32 * 2 ** 20, words: PROXMOX };
  const of = (failure: WireFailure, seen?: string) => wireError(failure, label, limits, seen);
  const network = (code: string, seen?: string) => of(new WireFailure('network', { code }), seen);

  it.each([
    ['ENOTFOUND', 'unreachable', 'no such host: pve1', /DNS/, false],
    ['EAI_AGAIN', 'unreachable', 'no name server answered for pve1', /DNS/, true],
    ['ECONNREFUSED', 'unreachable', 'the connection was refused', /8006/, true],
    ['EHOSTUNREACH', 'unreachable', 'no route to the host', /firewall/, true],
    ['ETIMEDOUT', 'unreachable', 'the connection timed out', /firewall/, true],
    ['EPROTO', 'unreachable', 'the TLS handshake failed', /TLS 1.2/, false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable', 'the TLS handshake failed', /HTTPS/, false],
    ['HPE_INVALID_CONSTANT', 'malformed', 'the answer is no HTTP', /port/, false],
    ['EODD', 'unreachable', 'EODD', /firewall/, true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate', 'self-signed', /PROXMOX_VE_FINGERPRINT/, false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate', 'unknown authority', /PROXMOX_VE_CA_FILE/, false],
    ['CERT_HAS_EXPIRED', 'certificate', 'has expired', /PROXMOX_VE_FINGERPRINT/, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', 'another host name', /PROXMOX_VE_FINGERPRINT/, false],
  ])('tells %s apart', (errno, code, what, hint, retryable) => {
    const error = network(errno);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain('GET /nodes/pve2/qemu/100/config on https://pve1:8006: ');
    expect(error.message).toContain(what);
    expect(error.hint).toMatch(hint);
  });

  it('shows the fingerprint that was seen, to compare and to pin', () => {
    const error = network('DEPTH_ZERO_SELF_SIGNED_CERT', 'AA:BB');
    expect(error.message).toContain('seen SHA-256 AA:BB');
    expect(error.hint).toContain('PROXMOX_VE_FINGERPRINT=AA:BB');
    expect(of(new WireFailure('fingerprint', { detail: 'CC:DD' })).message).toContain('seen SHA-256 CC:DD');
  });

  it.each([
    [undefined, 'PROXMOX_VE_FINGERPRINT=CC:DD', '/etc/pve/pve-root-ca.pem) with PROXMOX_VE_CA_FILE'],
    ['', '--fingerprint CC:DD', '/etc/pve/pve-root-ca.pem) with --ca-file'],
    [
      'rollcall providers trust prod',
      'rollcall providers trust prod --fingerprint CC:DD',
      'its own: rollcall providers trust prod --cluster-ca)',
    ],
  ])('names what counts for the trust: %j', (trustCommand, pin, ca) => {
    const error = wireError(new WireFailure('fingerprint', { detail: 'CC:DD' }), label, { ...limits, trustCommand });
    expect(error.hint).toBe(
      `Compare CC:DD with \`pvenode cert info\` on the server, then pin it: ${pin}, or trust its CA (${ca}`,
    );
  });

  it.each([
    ['connect-timeout', 'unreachable', 'no connection within 10 s'],
    ['timeout', 'timeout', 'no answer within 15 s'],
    ['aborted', 'interrupted', 'interrupted'],
    ['cut', 'malformed', 'was cut off'],
    ['too-large', 'malformed', 'larger than 32 MiB'],
    ['encoding', 'malformed', 'compressed answer is damaged'],
    ['fingerprint', 'certificate', 'another fingerprint'],
  ] as const)('names %s', (kind, code, what) => {
    const error = of(new WireFailure(kind));
    expect(error.code).toBe(code);
    expect(error.message).toContain(what);
  });

  it('goes to another address only when there was no connection to use', () => {
    expect(isConnectionFailure(new WireFailure('connect-timeout'))).toBe(true);
    expect(isConnectionFailure(new WireFailure('network', { code: 'ECONNREFUSED' }))).toBe(true);
    expect(isConnectionFailure(new WireFailure('network', { code: 'CERT_HAS_EXPIRED' }))).toBe(true);
    expect(isConnectionFailure(new WireFailure('timeout'))).toBe(false);
    expect(isConnectionFailure(new WireFailure('cut'))).toBe(false);
    expect(isConnectionFailure(new WireFailure('aborted'))).toBe(false);
    expect(isConnectionFailure(new WireFailure('fingerprint'))).toBe(true);
  });
});
