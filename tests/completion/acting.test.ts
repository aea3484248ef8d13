import { beforeAll, describe, expect, it } from '@jest/globals';
import { wantedAt } from '../../src/cli/completion/candidates.ts';
import type { CompletionTree } from '../../src/cli/completion/tree.ts';
import { wholeTree } from '../../src/cli/completion-tree.ts';

let tree: CompletionTree;

beforeAll(async () => {
  tree = await wholeTree();
});

/** Which names of the inventory are offered for the last word of a line; null: none. */
function kindAt(line: string): string | null {
  const words = line.split(' ');
  return wantedAt(tree, words.slice(0, -1), words.at(-1) ?? '').live?.kind ?? null;
}

describe('a command that acts is completed', () => {
  it.each([
    ['shutdown w', 'guest'],
    ['snapshot create web-01 w', 'guest'],
    ['tag w', 'guest'],
    ['set w', 'guest'],
    ['migrate web-01 --to p', 'node'],
    ['migrate web-01 --target-storage c', 'storage'],
    ['clone web-01 --node p', 'node'],
    ['clone web-01 --storage=c', 'storage'],
    ['create vm --template t', 'guest'],
    ['move-disk web-01 scsi0 --storage c', 'storage'],
    ['backup web-01 --storage c', 'storage'],
    ['restore web-01 --storage c', 'storage'],
  ])('%s: the name of a %s', (line, kind) => {
    expect(kindAt(line)).toBe(kind);
  });

  it.each(['clone web-01 --name w', 'create vm --name w', 'snapshot create web-01 --name w', 'tokens add --name w'])(
    '%s: a new name is none of the inventory',
    (line) => {
      expect(kindAt(line)).toBeNull();
    },
  );
});

it('a filter offers the names that there are', () => {
  expect(kindAt('list-vms --name w')).toBe('name');
});
