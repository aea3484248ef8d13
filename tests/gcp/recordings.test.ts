import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aggregatedPage, instance } from '../../src/providers/gcp/answers.ts';
import { observeGuest } from '../../src/providers/gcp/guest-observation.ts';
import { readAggregated } from '../../src/providers/gcp/read-aggregated.ts';

const DIR = path.join(process.env['ROLLCALL_PROVIDERS_DIR'] ?? '', 'gcp');
const files = existsSync(DIR)
  ? readdirSync(DIR).filter((name) => name.includes('get-compute-v1-projects-example-project-aggregated'))
  : [];

interface Recorded {
  body: { items: Record<string, { instances?: { id: string; name: string; status: string; zone: string }[] }> };
}

/** Answers of the real service; names and addresses were replaced. */
(files.length > 0 ? describe : describe.skip)('recorded answers of Compute Engine (ROLLCALL_PROVIDERS_DIR)', () => {
  it.each(files)('%s is read whole', async (name) => {
    const { body } = JSON.parse(readFileSync(path.join(DIR, name), 'utf8')) as Recorded;
    const listing = await readAggregated(async () =>
      aggregatedPage('instances', instance).parse({ ...body, nextPageToken: undefined }),
    );
    const truth = Object.values(body.items).flatMap(({ instances = [] }) => instances);
    expect(listing.rows.map(({ id }) => id).toSorted()).toEqual(truth.map(({ id }) => id).toSorted());
    expect(listing.doubt).toBeNull();
    expect([...listing.doubts]).toEqual([]);
    const guests = listing.rows.map((row) =>
      observeGuest(row, { project: 'example', types: new Map(), maskKey: null }),
    );
    for (const guest of guests) {
      const of = truth.find(({ id }) => id === guest.nativeId);
      expect(guest.document['name']).toBe(of?.name);
      expect(guest.node).toBe(`example/${of?.zone.split('/').at(-1) ?? ''}`);
      const expected = ({ RUNNING: 'running', TERMINATED: 'stopped' } as Record<string, string>)[of?.status ?? ''];
      expect(guest.document['status']).toBe(expected);
      // Metadata has scripts and keys.
      expect(JSON.stringify(guest.document)).not.toMatch(/startup-script|ssh-rsa|BEGIN/);
    }
  });
});
