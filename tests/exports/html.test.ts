import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { renderHtml } from '../../src/services/exports/html.ts';
import { html } from '../../src/services/exports/html-text.ts';
import { visibleText } from '../../src/services/exports/visible-text.ts';
import type { StorageRow } from '../../src/types/inventory.ts';
import type { LifecycleWarning } from '../../src/types/lifecycle.ts';
import { tempDir } from '../helpers/temp.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
const dir = tempDir();
const EXPECTED = fileURLToPath(new URL('report.txt', import.meta.url));
const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-21T10:00:00.000Z');
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

/** What markup would be made of a name: it must stay text. */
const MARKUP = [
  '<script>document.title = "PWNED"</script>',
  '"><img src="/evil.png" onerror="document.title = 1">',
  '</style><style>body { background: url(/evil.css) }</style>',
  '</title></svg><script src="/evil.js"></script>',
  "' onmouseover='document.title=1",
  '<iframe src="/evil.html"></iframe><link rel="stylesheet" href="/evil.css">',
  '&lt;b&gt; &amp; --><!--',
];

function storage(name: string, isShared: boolean, gib: number): StorageRow {
  const onNodes = ['pve1', 'pve2'].map((node) => ({
    node,
    status: 'available',
    totalBytes: gib * 2 ** 30,
    usedBytes: (gib * 2 ** 30) / 2,
  }));
  const sighting = { presence: 'present', presenceReason: null, unobservableSince: null, goneAt: null } as const;
  const seen = { ...sighting, firstSeenAt: NOW, lastSeenAt: NOW, isStale: false, document: {} };
  return {
    ...seen,
    id: name,
    providerId: 'p',
    providerName: 'lab',
    name,
    type: 'nfs',
    content: ['images'],
    isShared,
    onNodes,
  };
}

function warning(ref: string, urgency: LifecycleWarning['urgency'], text = 'A 1'): LifecycleWarning {
  const subject = { kind: 'guest', id: ref, name: text, ref, provider: 'lab' } as const;
  const about = { what: text, release: text, ends: '2026-08-31', moveTo: `${text} again`, note: null, source: 'here' };
  return { id: ref, subject, ...about, urgency, basis: 'agent' };
}

function hostile(): string {
  const names = [...MARKUP, ...HOSTILE_NAMES];
  const guests = [
    ...hostileGuests(),
    ...MARKUP.map((name, index) => guestRow({ vmid: 5000 + index, name, node: name, pool: name, tags: [name] })),
  ];
  const actions = names.map((name) => ({ at: ago(1), by: name, of: name, what: name }));
  const storages = names.map((name) => ({ ...storage('x', true, 1), name, type: name }));
  const warnings = names.map((name) => warning(name, 'ended', name));
  const more = { actions, storages, begin: ago(90), lifecycle: { warnings, guests: { total: 1, unknown: 0 } } };
  return String(renderHtml(inventoryOf(guests, names, more), {}).content);
}

describe('a report in HTML', () => {
  it('has what there is, what was done and what is overdue', () => {
    const inventory = inventoryOf(
      [
        guestRow({ vmid: 100, name: 'web', ip: '10.0.0.1/24', lastBackup: { at: ago(8), bytes: 1, volume: null } }),
        guestRow({ vmid: 101, name: 'db', lastBackup: { at: ago(6), bytes: 1, volume: null } }),
        guestRow({ vmid: 102, name: 'gold', isTemplate: true }),
        guestRow({ vmid: 103, name: null, kind: 'lxc', document: { 'snapshot.old.time': ago(15).getTime() / 1000 } }),
      ],
      ['lab: its last run was partial'],
      {
        storages: [storage('nfs', true, 100), storage('local', false, 10)],
        actions: [
          { at: ago(2), by: 'alice@pve', of: 'lab/100 web', what: 'memory 4 → 8 GiB' },
          { at: ago(1), by: 'unknown', of: 'lab/101 db', what: 'cores 2 → 4' },
        ],
        begin: ago(3),
        lifecycle: {
          warnings: [
            warning('lab/100', 'ended'),
            warning('lab/pve1', 'ended'),
            { ...warning('lab/101', 'soon'), release: 'b/2' },
          ],
          guests: { total: 4, unknown: 2 },
        },
      },
    );
    const page = String(renderHtml(inventory, { historyDays: '4' }).content);
    expect(page.slice(page.indexOf('<body>'))).toBe(readFileSync(EXPECTED, 'utf8'));
  });

  it('names so many of what runs a release, and counts the others', () => {
    const warnings = Array.from({ length: 25 }, (_, index) => warning(`lab/${index}`, 'later'));
    const lifecycle = { warnings, guests: { total: 25, unknown: 0 } };
    const page = String(renderHtml(inventoryOf([], [], { lifecycle }), {}).content);
    expect(page).toContain('<td class="number">25</td><td>lab/0, lab/1,');
    expect(page).toContain('lab/19 and 5 more</td>');
  });

  it('takes numbers of days only', () => {
    expect(() => renderHtml(inventoryOf([]), { backupDays: '1.5' })).toThrow("'1.5' is no number of days");
    expect(() => renderHtml(inventoryOf([]), { snapshotDays: '0' })).toThrow("'0' is no number of days");
  });

  it('makes markup of nothing but its own templates', () => {
    expect(html`<p title="${'"\'<>&'}">${['<b>', html`<i>${1}</i>`, null]}</p>`.markup).toBe(
      '<p title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;<i>1</i></p>',
    );
  });

  it('has the tags of its templates only, whatever names are', () => {
    const tags = new Set([...hostile().matchAll(/<\/?([a-z0-9!]+)/g)].map(([, tag]) => tag));
    const known = '!doctype html head meta title style body header main section h1 h2 h3 p span div dl dt dd ul li';
    const parts = 'table thead tbody tr th td figure figcaption svg rect line text';
    expect([...tags].filter((tag) => !`${known} ${parts}`.split(' ').includes(tag ?? ''))).toEqual([]);
    const attributes = hostile()
      .replace(/"[^"]*"/g, '""')
      .matchAll(/<[^>]*?\s(on\w+|style|src|href)=/g);
    expect([...attributes].map(([, name]) => name)).toEqual([]);
  });
});

(BROWSER === undefined ? describe.skip : describe)('Chromium', () => {
  it('shows names as text, runs nothing, asks for nothing and has nothing to complain of', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(request.url === '/' ? hostile() : '');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const browser = spawn(
      BROWSER ?? '',
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        `--user-data-dir=${path.join(dir, 'browser')}`,
        '--dump-dom',
        `http://127.0.0.1:${port}/`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 },
    );
    const [dom, log] = ['', ''].map((text) => ({ text }));
    browser.stdout.on('data', (chunk) => {
      if (dom) dom.text += String(chunk);
    });
    browser.stderr.on('data', (chunk) => {
      if (log) log.text += String(chunk);
    });
    await once(browser, 'close');
    server.close();
    const page = dom?.text ?? '';
    expect(page).toContain('<title>Inventory of 2026-11-21 10:00 UTC</title>');
    expect(asked.filter((url) => url !== '/' && url !== '/favicon.ico')).toEqual([]);
    expect(log?.text.split('\n').filter((line) => line.includes('CONSOLE'))).toEqual([]);
    expect(page).not.toMatch(/<(?:script|img|iframe|link)\b/);
    expect(page.match(/<style/g)).toHaveLength(1);
    for (const name of MARKUP) expect(page).toContain(`<td>${inText(visibleText(name))}</td>`);
    expect(page.length).toBeGreaterThan(hostile().length / 2);
  }, 90_000);
});

/** As the browser writes text. */
function inText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
