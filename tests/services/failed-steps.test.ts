import { expect, it } from '@jest/globals';
import { Problems } from '../../src/app/config/problems.ts';
import { failedSteps } from '../../src/app/failed-steps.ts';
import { AppError } from '../../src/types/errors.ts';

/** The same module again, as another part of the program has it. */
const ANOTHER = '../../src/app/config/problems.ts?another';

it.each([
  ['this part', async () => Problems],
  ['another part', async () => ((await import(ANOTHER)) as { Problems: typeof Problems }).Problems],
])('several problems that %s of the program found are a step each', async (_which, load) => {
  const Found = await load();
  const problems = new Found();
  problems.add('one is missing', 'set it');
  problems.add('another is wrong', 'change it');
  expect(() => problems.throwIfAny()).toThrow(AppError);
  try {
    problems.throwIfAny();
  } catch (error) {
    expect(failedSteps('settings', error as AppError)).toEqual([
      { step: 'settings', ok: false, message: 'one is missing', hint: 'set it' },
      { step: 'settings', ok: false, message: 'another is wrong', hint: 'change it' },
    ]);
  }
  expect.assertions(2);
});
