import type { Lab } from '../../src/lab/lab.ts';

/** Something happens at the moment at which a call is made. */
export function actBefore(lab: Lab, match: RegExp, act: () => void): () => void {
  let isDone = false;
  const spy = Object.defineProperty(/./, Symbol.search, {
    value: (request: string) => {
      if (match.test(request) && !isDone) {
        isDone = true;
        act();
      }
      return -1;
    },
  });
  return lab.faults.add({ match: spy, effect: { kind: 'empty-list' } });
}
