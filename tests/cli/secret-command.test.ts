import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { childEnvironment } from '../../src/app/config/child-environment.ts';
import type { Environment } from '../../src/app/config/environment.ts';
import { absoluteSearchPath, findProgram } from '../../src/app/config/find-program.ts';
import { runProgram } from '../../src/app/config/run-program.ts';
import { resolveSecret } from '../../src/app/config/secret.ts';
import { tempDir } from '../helpers/temp.ts';
import { until } from '../watch/processes.ts';

const dir = realpathSync(tempDir());
const SYSTEM_PATH = process.env['PATH'] ?? '';

/** An executable below the folder of these tests. */
function program(name: string, text: string): string {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

function read(command: string, env: Environment = {}, signal = new AbortController().signal): Promise<string> {
  const processEnv = { PATH: SYSTEM_PATH, HOME: dir, ...env };
  const commands = { has: () => true, file: 'allowed-commands' };
  const sources = { env: processEnv, processEnv, cwd: path.join(dir, 'hostile'), signal, commands };
  return resolveSecret(`command:${command}`, sources);
}

describe('a program that fetches a secret', () => {
  it('runs in the home of the user, with an empty standard input', async () => {
    const file = program('where', '#!/bin/sh\nread line; echo "$(pwd) [$line]"\n');
    expect(await read(file)).toBe(`${dir} []`);
  });

  it.each([
    ['is not there', '/nonexistent'],
    ['is a file', program('no-home', '')],
    ['is relative', 'home'],
  ])('runs in the root when the home %s', async (_name, HOME) => {
    expect(await read(program('where', '#!/bin/sh\npwd\n'), { HOME })).toBe('/');
  });

  it('is not changed by what shells, loaders and interpreters read from the environment', async () => {
    const marker = path.join(dir, 'marker');
    const trojan = program('trojan.sh', `touch ${marker}\n`);
    const honest = program('honest', '#!/bin/bash\necho secret\n');
    const env = {
      BASH_ENV: trojan,
      ENV: trojan,
      PROMPT_COMMAND: `touch ${marker}`,
      'BASH_FUNC_echo%%': `() { touch ${marker}; }`,
    };
    expect(await read(honest, env)).toBe('secret');
    expect(existsSync(marker)).toBe(false);
  });

  it('is found in the absolute folders of PATH alone, and so is what it starts', async () => {
    program('hostile/get-secret', '#!/bin/sh\necho hostile\n');
    program('hostile/helper', '#!/bin/sh\necho hostile\n');
    program('trusted/get-secret', '#!/bin/sh\nhelper; echo "$PATH"\n');
    program('trusted/helper', '#!/bin/sh\necho trusted\n');
    const before = process.cwd();
    process.chdir(path.join(dir, 'hostile'));
    try {
      const PATH = `.::hostile:${dir}/trusted:${SYSTEM_PATH}:`;
      expect(await read('get-secret', { PATH })).toBe('trusted');
      await expect(read('get-secret', { PATH: '.:' })).rejects.toMatchObject({
        message: 'the command for a secret failed: get-secret (ENOENT)',
      });
    } finally {
      process.chdir(before);
    }
  });

  it.each(['./get-secret', 'bin/get-secret', '../get-secret'])('is not named by a relative path: %s', async (name) => {
    program(path.join('hostile', name), '#!/bin/sh\necho hostile\n');
    await expect(read(`${name} --x`)).rejects.toMatchObject({
      code: 'configuration',
      message: `the path of a program is not absolute: ${name}`,
      hint: 'give its absolute path, or its name if it is in PATH',
    });
  });

  it('that fails says with what status', async () => {
    await expect(read(program('fails', '#!/bin/sh\necho s3cret; exit 3\n'))).rejects.toMatchObject({
      code: 'configuration',
      message: `the command for a secret failed: ${dir}/fails (3)`,
    });
  });

  it('and all that it started ends after an interruption, also when it ignores SIGTERM', async () => {
    const { file, pids } = stubborn('interrupted');
    const abort = new AbortController();
    const reading = read(file, {}, abort.signal);
    await until('it runs', () => pids().length === 2);
    abort.abort();
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
    await until('all of it is gone', () => pids().every((pid) => !isRunning(pid)));
  });
});

/** Starts a child of its own, both ignore SIGTERM; tells their process numbers. */
function stubborn(name: string): { file: string; pids: () => number[] } {
  const log = path.join(dir, `${name}.pids`);
  const loop = 'while :; do sleep 0.1; done';
  const file = program(
    name,
    `#!/bin/sh\ntrap '' TERM\nsh -c 'echo $$ >> ${log}; ${loop}' &\necho $$ >> ${log}\n${loop}\n`,
  );
  return {
    file,
    pids: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean).map(Number) : []),
  };
}

/** One that nobody has waited for is a zombie, and runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the limits of a program', () => {
  const options = {
    env: { PATH: SYSTEM_PATH },
    cwd: dir,
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    killAfterMs: 100,
    maxBytes: 1000,
  };

  it('end it after its time, also when it ignores SIGTERM', async () => {
    const { file, pids } = stubborn('late');
    expect(await runProgram(file, [], { ...options, timeoutMs: 1_000 })).toMatchObject({ failure: 'timeout' });
    await until('all of it is gone', () => pids().every((pid) => !isRunning(pid)));
  });

  it('end what it left behind, although it ended itself at SIGTERM', async () => {
    const log = path.join(dir, 'left.pids');
    const loop = 'while :; do sleep 0.1; done';
    const file = program(
      'leaver',
      `#!/bin/sh\n(trap '' TERM; echo > ${log}.ready; ${loop}) > /dev/null &\necho $! > ${log}\nwait\n`,
    );
    const abort = new AbortController();
    const running = runProgram(file, [], { ...options, signal: abort.signal, killAfterMs: 60_000 });
    // The file is there before its content is.
    await until('it runs', () => existsSync(`${log}.ready`) && existsSync(log) && readFileSync(log, 'utf8') !== '');
    abort.abort();
    expect(await running).toMatchObject({ failure: 'aborted' });
    const pid = Number(readFileSync(log, 'utf8'));
    await until('it is gone', () => pid > 0 && !isRunning(pid));
  });

  it('end one that prints without end, and keep no more than they allow', async () => {
    const { failure, stdout } = await runProgram(program('loud', '#!/bin/sh\nyes\n'), [], options);
    expect(failure).toBe('too much output');
    expect(stdout.length).toBeLessThanOrEqual(1000);
  });

  it('do not start one after an interruption', async () => {
    const marker = path.join(dir, 'started');
    const signal = AbortSignal.abort();
    const outcome = await runProgram(program('marks', `#!/bin/sh\ntouch ${marker}\n`), [], { ...options, signal });
    expect(outcome).toEqual({ failure: 'aborted', stdout: '' });
    expect(existsSync(marker)).toBe(false);
  });

  it.each([
    ['is no program', program('nothing', ''), 'EACCES'],
    ['was killed', program('killed', '#!/bin/sh\nkill -9 $$\n'), 'SIGKILL'],
  ])('are not what ends one that %s', async (_name, file, failure) => {
    if (failure === 'EACCES') chmodSync(file, 0o600);
    expect(await runProgram(file, [], options)).toEqual({ failure, stdout: '' });
  });
});

describe('the environment of a program', () => {
  const names = (env: Record<string, string>) =>
    Object.keys(childEnvironment({ processEnv: env, env: {}, secretVariables: [] })).toSorted();
  const all = (list: string) => Object.fromEntries(list.split(/\s+/).map((name) => [name, '/x']));

  it('has what secret managers need', () => {
    const needed = `AWS_PROFILE AZURE_CONFIG_DIR BAO_ADDR BITWARDENCLI_APPDATA_DIR BWS_ACCESS_TOKEN BW_SESSION
      CLOUDSDK_CONFIG CREDENTIALS_DIRECTORY DBUS_SESSION_BUS_ADDRESS DISPLAY GNUPGHOME GOOGLE_APPLICATION_CREDENTIALS
      GPG_TTY HOME HTTPS_PROXY LANG LC_ALL LOGNAME NODE_EXTRA_CA_CERTS OP_SERVICE_ACCOUNT_TOKEN PASSWORD_STORE_DIR PATH
      REQUESTS_CA_BUNDLE SHELL SSH_AUTH_SOCK SSL_CERT_FILE TERM TMPDIR TZ USER VAULT_ADDR VAULT_NAMESPACE VAULT_TOKEN
      WAYLAND_DISPLAY XDG_RUNTIME_DIR https_proxy`;
    expect(names(all(needed))).toEqual(Object.keys(all(needed)).toSorted());
  });

  it('has nothing that makes a shell, the loader or an interpreter run something else, and nothing unknown', () => {
    const refused = `BASH_ENV ENV SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND IFS CDPATH LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
      DYLD_INSERT_LIBRARIES NODE_OPTIONS NODE_PATH NODE_TLS_REJECT_UNAUTHORIZED PYTHONSTARTUP PYTHONPATH PYTHONHOME
      PERL5OPT PERL5LIB RUBYOPT RUBYLIB GIT_SSH_COMMAND GIT_ASKPASS GIT_CONFIG_GLOBAL JAVA_TOOL_OPTIONS EDITOR PAGER
      LESSOPEN PROXMOX_VE_API_TOKEN PROXMOX_HOST DATABASE_URL PGPASSWORD NOTIFY_SOCKET SOMETHING_ELSE home lang`;
    expect(names(all(refused))).toEqual([]);
  });

  it('keeps out a secret that only a named file has', () => {
    const processEnv = { OP_COPY: 'x=only-in-the-file', LANG: 'C' };
    const env = { ...processEnv, PROXMOX_PASSWORD: 'only-in-the-file' };
    expect(childEnvironment({ processEnv, env, secretVariables: [] })).toEqual({ LANG: 'C' });
  });
});

describe('the search for a program', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['.', ''],
    [':/a:.:b::/c:..', '/a:/c'],
  ])('in %j goes through %j', (given, expected) => expect(absoluteSearchPath(given)).toBe(expected));

  it('takes an absolute path as it is, and no folder or file that cannot be run', () => {
    program('some/tool', '');
    chmodSync(path.join(dir, 'some/tool'), 0o644);
    mkdirSync(path.join(dir, 'some/folder'));
    expect(findProgram('/usr/bin/x', undefined)).toBe('/usr/bin/x');
    expect(findProgram('folder', `${dir}/some`)).toBeNull();
    expect(findProgram('', `${dir}/some`)).toBeNull();
    expect(findProgram('tool', undefined)).toBeNull();
    program('second/tool', '');
    expect(findProgram('tool', `${dir}/some:${dir}/second`)).toBe(`${dir}/second/tool`);
  });
});
