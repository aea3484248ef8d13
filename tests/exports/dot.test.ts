import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { renderDot } from '../../src/services/exports/dot.ts';
import { visibleText } from '../../src/services/exports/visible-text.ts';
import type { NodeRow, StorageRow } from '../../src/types/inventory.ts';
import { describeReaders } from '../helpers/export-readers.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const seen = {
  presence: 'present',
  presenceReason: null,
  unobservableSince: null,
  goneAt: null,
  isStale: false,
} as const;
const AT = new Date(0);
const sighting = { ...seen, firstSeenAt: AT, lastSeenAt: AT, providerId: 'p', providerName: 'lab', document: {} };

function node(name: string): NodeRow {
  const rest = { status: 'online', isInMaintenance: false, version: null, cpus: null, memoryBytes: null } as const;
  return {
    ...sighting,
    ...rest,
    id: `n-${name}`,
    name,
    telemetry: null,
    guests: { total: 0, running: 0, templates: 0 },
  };
}

function storage(name: string, nodes: readonly string[], isShared = true): StorageRow {
  const onNodes = nodes.map((at) => ({ node: at, status: 'available', totalBytes: null, usedBytes: null }));
  return { ...sighting, id: `s-${name}`, name, type: 'nfs', content: [], isShared, onNodes };
}

const MORE_NAMES = ['a"b', 'a\\', '\\N \\L', '&amp;<b>', '"]; evil [label="x', '<<b>x</b>>', '/* x */ // y'];
const hostile = [
  ...hostileGuests(),
  ...MORE_NAMES.map((name, index) => guestRow({ vmid: 5000 + index, name, node: name })),
];

it('a graph has providers, nodes, guests and the storages that are shared', () => {
  const guests = [
    guestRow({ vmid: 100, name: 'web' }),
    guestRow({ vmid: 101, name: null, status: 'stopped', node: '' }),
    guestRow({ vmid: 102, name: 'db', node: 'pve2' }),
  ];
  const more = {
    nodes: [node('pve1')],
    storages: [storage('nfs', ['pve1', 'pve9']), storage('local', ['pve1'], false)],
  };
  expect(renderDot(inventoryOf(guests, ['lab: partial'], more)).content).toBe(`digraph rollcall {
  rankdir=LR;
  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];
  edge [arrowhead=none, color=gray60];
  label="partial: lab: partial";
  provider1 [label="lab", shape=folder, style=bold];
  node2 [label="pve1", shape=box3d, style=solid];
  provider1 -> node2;
  node3 [label="pve2", shape=box3d, style=solid, color=gray60, fontcolor=gray40];
  provider1 -> node3;
  guest4 [label="web (100)"];
  node2 -> guest4;
  guest5 [label="vm 101", color=gray60, fontcolor=gray40];
  provider1 -> guest5;
  guest6 [label="db (102)"];
  node3 -> guest6;
  storage7 [label="nfs", shape=cylinder, style=solid];
  node2 -> storage7 [style=dashed, constraint=false];
}
`);
});

describeReaders('dot', () => {
  describe('Graphviz', () => {
    it('reads a graph of any names, and draws each as it is', () => {
      const nodes = hostile.map((guest) => node(guest.node));
      const storages = hostile.map((guest) => storage(guest.node, [guest.node]));
      const { content } = renderDot(inventoryOf(hostile, ['a "b"\n\\'], { nodes, storages }));
      const drawn = spawnSync('dot', ['-Tsvg'], { input: String(content), encoding: 'utf8' });
      expect(drawn).toMatchObject({ status: 0, stderr: '' });
      const texts = textsOf(drawn.stdout);
      expect(texts).toContain('partial: a "b"\\n\\');
      const plain = new Set(texts.map((text) => text.replaceAll('\u00a0', ' ')));
      const wanted = [...HOSTILE_NAMES, ...MORE_NAMES].filter((name) => name !== '').map(visibleText);
      expect(wanted.filter((name) => !plain.has(name))).toEqual([]);
    });
  });
});

function textsOf(svg: string): string[] {
  const texts: string[] = [];
  let isText = false;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    isText = name === 'text';
  });
  parser.on('text', (text) => {
    if (isText) texts.push(text);
  });
  parser.on('closetag', () => {
    isText = false;
  });
  parser.write(svg).close();
  return texts;
}
