import { describe, expect, it } from '@jest/globals';
import type { ExportOptions, Inventory } from '../../src/services/exports/export-format.ts';
import { renderPrometheusSd } from '../../src/services/exports/prometheus-sd.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

interface Group {
  targets: string[];
  labels: Record<string, string>;
}

const hostile = inventoryOf(hostileGuests(), ['lab: its last run was partial']);

function groups(inventory: Inventory, options: ExportOptions = {}): Group[] {
  return JSON.parse(String(renderPrometheusSd(inventory, options).content));
}

describe('targets for Prometheus', () => {
  it('have labels that Prometheus takes, whatever guests are called', () => {
    const found = groups(hostile, { port: '9100' });
    expect(found.flatMap(({ targets }) => targets)).toEqual(
      HOSTILE_NAMES.map((_, index) => `10.1.0.${index + 1}:9100`),
    );
    for (const { labels } of found) {
      for (const [name, value] of Object.entries(labels)) {
        expect(name).toMatch(/^__meta_rollcall_[a-z]+$/);
        expect(typeof value).toBe('string');
      }
    }
    expect(found.map(({ labels }) => labels['__meta_rollcall_name'] ?? '')).toEqual(HOSTILE_NAMES);
  });

  it('have IPv6 addresses in brackets, with and without a port', () => {
    const inventory = inventoryOf([guestRow({ ip: 'fd00::5/64' })]);
    expect(groups(inventory, { port: '9100' })[0]?.targets).toEqual(['[fd00::5]:9100']);
    expect(groups(inventory)[0]?.targets).toEqual(['[fd00::5]']);
  });

  it('leave out templates and guests without an address, and say which', () => {
    const guests = [
      guestRow({ vmid: 1, name: 'web' }),
      guestRow({ vmid: 2, isTemplate: true, ip: '10.0.0.2/24' }),
      guestRow({ vmid: 3, ip: '10.0.0.3/24' }),
    ];
    const { content, warnings } = renderPrometheusSd(inventoryOf(guests), {});
    expect(JSON.parse(String(content))).toMatchObject([{ targets: ['10.0.0.3'] }]);
    expect(warnings).toEqual(['a guest without a known address left out: lab/1 web']);
  });

  it('let no tag stand for two', () => {
    const inventory = inventoryOf([guestRow({ ip: '10.0.0.1/24', tags: ['a,prod,b', 'web'] })]);
    expect(groups(inventory)[0]?.labels['__meta_rollcall_tags']).toBe(',a;prod;b,web,');
  });

  it.each(['0', '65536', '-1', '80 ', '1e3', ''])('take no port %j', (port) => {
    expect(() => renderPrometheusSd(hostile, { port })).toThrow('is no port');
  });
});
