import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LinkedPage, readLinks } from '../../src/providers/azure/read-links.ts';

const ORIGIN = 'https://management.azure.com';

function reader(pages: Readonly<Record<string, LinkedPage<number>>>) {
  const asked: string[] = [];
  const readPage = async (path: string): Promise<LinkedPage<number>> => {
    asked.push(path);
    const page = pages[path];
    if (page === undefined) throw new Error(`${path} was asked for`);
    return page;
  };
  return {
    asked,
    read: (maxRows?: number) =>
      readLinks('/a', readPage, { what: 'GET /a', origin: ORIGIN, ...(maxRows !== undefined && { maxRows }) }),
  };
}

describe('a list of Azure', () => {
  it('is read to its end, whatever its pages have', async () => {
    const sizes = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const pathOf = (at: number): string => (at === 0 ? '/a' : `/a?$skiptoken=${at}`);
        const pages = counts.map((count, at): [string, LinkedPage<number>] => {
          const isLast = at === counts.length - 1;
          return [
            pathOf(at),
            { value: Array<number>(count).fill(at), nextLink: isLast ? null : ORIGIN + pathOf(at + 1) },
          ];
        });
        const { read, asked } = reader(Object.fromEntries(pages));
        expect(await read()).toEqual(counts.flatMap((count, at) => Array<number>(count).fill(at)));
        expect(asked).toHaveLength(counts.length);
      }),
    );
  });

  it.each(['', null, undefined])('ends with the link %p', async (nextLink) => {
    expect(await reader({ '/a': { value: [1], nextLink } }).read()).toEqual([1]);
  });

  it('goes on at the same server where the link names its port', async () => {
    const pages = { '/a': { value: [1], nextLink: `${ORIGIN}:443/b?c=d` }, '/b?c=d': { value: [2] } };
    expect(await reader(pages).read()).toEqual([1, 2]);
  });

  it.each([
    'https://management.azure.com.example.com/b',
    'https://example.com/b',
    'http://management.azure.com/b',
    'https://management.azure.com:8443/b',
    'https://user@management.azure.com/b',
    '/b',
    'unreadable',
  ])('does not go on at %s', async (nextLink) => {
    const { read, asked } = reader({ '/a': { value: [1], nextLink } });
    await expect(read()).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining('GET /a: ') });
    expect(asked).toEqual(['/a']);
  });

  it('is none when a link comes again', async () => {
    const pages = { '/a': { value: [1], nextLink: `${ORIGIN}/b` }, '/b': { value: [2], nextLink: `${ORIGIN}/a` } };
    await expect(reader(pages).read()).rejects.toMatchObject({
      code: 'malformed',
      message: 'GET /a: the list does not end: a link came again',
    });
  });

  it('is none when it has more rows than may be read', async () => {
    const pages = { '/a': { value: [1, 2], nextLink: `${ORIGIN}/b` }, '/b': { value: [3] } };
    await expect(reader(pages).read(1)).rejects.toMatchObject({
      code: 'limit',
      message: 'GET /a: the list has more than 1 rows',
    });
    expect(await reader(pages).read(2)).toEqual([1, 2, 3]);
  });
});
