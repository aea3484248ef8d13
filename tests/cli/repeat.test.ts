import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliContext } from '../../src/cli/context.ts';
import { describingIo } from '../../src/cli/describing-io.ts';
import type { Io, Screen } from '../../src/cli/output/io.ts';
import { repeat } from '../../src/cli/screen/repeat.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

let world: World;
let end: AbortController;
let said = '';
let size = { columns: 80, rows: 12 };
const resize: (() => void)[] = [];
const atExit = new Set<string>();

const screen: Screen = {
  size: () => size,
  onResize: (listener) => {
    resize.push(listener);
    return () => void resize.splice(resize.indexOf(listener), 1);
  },
  atExit: (text) => {
    atExit.add(text);
    return () => void atExit.delete(text);
  },
};

beforeEach(async () => {
  world = await openWorld();
  await world.rollcall('discover-all --quiet');
  end = new AbortController();
  said = '';
  size = { columns: 80, rows: 12 };
});

afterEach(() => end.abort());

function start(line: string, more: Partial<Io> = {}): Promise<Ran> {
  const io = { signal: end.signal, stdout: (text: string) => void (said += text), ...more };
  return world.rollcall(line, { io });
}

async function change(): Promise<void> {
  world.clock.advance(60_000);
  world.lab.as('admin@pve').stop(102);
  await world.rollcall('discover-all --quiet');
}

const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** The lines of each screen that was drawn. */
const frames = (): string[][] =>
  said
    .split('\u001b[H')
    .slice(1)
    .map((frame) => frame.split('\u001b[J')[0]?.split('\u001b[0m\u001b[K\r\n') ?? []);

describe('--watch on a terminal', () => {
  it('draws again when something is recorded or the size changes, and gives the screen back', async () => {
    const running = start('list-vms --watch --interval 1h --no-color', { isTTY: true, columns: 80, screen });
    await until('the first screen', () => frames().length === 1);
    expect(said.startsWith('\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H')).toBe(true);
    expect([...atExit]).toEqual([LEAVE]);
    const [first = []] = frames();
    expect(first[0]).toBe('rollcall list-vms    10:00:00, every 3600 s    Ctrl-C ends');
    expect(first[1]).toMatch(/^VMID +NAME +/);
    expect(first.slice(2, 6).join('\n')).toMatch(/102 +app-03 +\S+ +running/);
    expect(first.at(-1)).toMatch(/^lab: as of just now, complete/);

    await change();
    await until('the second screen', () => frames().length === 2);
    expect(frames()[1]?.join('\n')).toMatch(/102 +app-03 +\S+ +stopped/);

    size = { columns: 80, rows: 4 };
    for (const listener of resize) listener();
    await until('the third screen', () => frames().length === 3);
    const third = frames()[2] ?? [];
    expect(third).toHaveLength(4);
    expect(third[2]).toBe('… 4 more lines');

    end.abort();
    expect((await running).status).toBe(0);
    expect(said.endsWith(LEAVE)).toBe(true);
    expect([resize.length, atExit.size]).toEqual([0, 0]);
  });

  it('keeps the newest changes in sight', async () => {
    await change();
    size = { columns: 80, rows: 5 };
    const running = start('show-changes -w --no-color', { isTTY: true, columns: 80, screen });
    await until('the first screen', () => frames().length === 1);
    expect(frames()[0]?.slice(1)).toEqual([
      '… 2 more lines',
      expect.stringMatching(/^2026-11-21 10:01:00 {2}lab\/102 app-03 {2}changed by admin@pve \(qmstop\)$/),
      '    status running → stopped',
      'lab: as of just now, complete\u001b[0m\u001b[K',
    ]);
    end.abort();
    await running;
  });

  it('draws again for what is recorded, and for another size, while a drawing is made', async () => {
    const io = { stdout: (text: string) => void (said += text), signal: end.signal, isTTY: true, screen };
    const context = new CliContext({ ...describingIo(() => undefined), ...io, env: world.env, cwd: world.dir });
    await context.configure({ output: 'table', color: true, headers: true });
    let runs = 0;
    const run = async () => {
      runs += 1;
      context.output.text(`drawing ${runs}`);
      if (runs === 1) await change();
      if (runs === 2) for (const listener of resize) listener();
      if (runs === 3) end.abort();
    };
    await repeat(context, run, { title: 'test', intervalMs: 3_600_000, isLog: false });
    expect(frames().map(([, line]) => line?.slice(0, 'drawing 1'.length))).toEqual([
      'drawing 1',
      'drawing 2',
      'drawing 3',
    ]);
    await context.app.close();
  });

  it('ends with the error of a first run, and leaves the screen alone', async () => {
    const { status, stderr } = await start('list-vms nosuch=1 --watch', { isTTY: true, columns: 80, screen });
    expect(status).toBe(2);
    expect(stderr).toContain('nosuch');
    expect(said).toBe('');
  });
});

describe('--watch in a pipe', () => {
  const lines = (): Record<string, unknown>[] =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line));

  it('prints each row as a line of JSON, and again when it differs or is not listed any more', async () => {
    const running = start('list-vms --status running --watch');
    await until('the rows', () => lines().length > 0);
    const first = lines();
    expect(first).toEqual((await world.rollcall('list-vms --status running -o json')).rows);
    await change();
    await until('the change', () => lines().some(({ vmid, isListed }) => vmid === 102 && isListed === false));
    end.abort();
    expect((await running).status).toBe(0);
  });

  it('prints each change once, as --follow does', async () => {
    const running = start('show-changes --watch --kind changed vmid=102');
    await change();
    await until('the change', () => lines().length > 0);
    expect(lines()).toMatchObject([{ path: 'status', after: 'stopped', actor: 'admin@pve' }]);
    end.abort();
    await running;
  });

  it.each([
    ['list-vms -w -o csv', 'error: --watch does not go with -o csv\nhint: leave out -o, or use -o json\n'],
    ['show-changes -w --follow', "error: option '-w, --watch' cannot be used with option '--follow'\n"],
    ['list-vms -w --interval soon', "error: 'soon' is not a duration\n"],
  ])('%s is refused', async (line, words) => {
    const { status, stderr } = await start(line);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
  });
});
