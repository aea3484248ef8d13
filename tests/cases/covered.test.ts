import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { caseNames } from './field-case.ts';

const check = caseNames().length === 0 ? it.skip : it;
check('the cases of ROLLCALL_CASES_DIR have a test each', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));
  const texts = files.map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8')).join('\n');
  expect(caseNames().filter((name) => !texts.includes(`('${name}: `))).toEqual([]);
});
