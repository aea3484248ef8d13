import * as z from 'zod';
import { PROPOSAL_KINDS } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { type PriceList, ROUNDING_MODES } from '../../types/price-list.ts';
import { fileError, toProblems, twiceNamed } from '../checks/file-problems.ts';
import { readYaml } from '../checks/yaml-places.ts';

const HINT = 'docs/billing.md explains price lists';
const DECIMAL = /^\d{1,12}(?:\.\d{1,10})?$/;
const SIZE = z.number().positive().max(1_000_000);
/** A number of YAML has the text that was written, or one of the same value, as long as that has no more than 15 digits. */
const AMOUNT = z
  .union([z.string(), z.number()])
  .refine(isExact, 'an amount of more than 15 digits is written in quotation marks')
  .transform(String)
  .refine((text) => DECIMAL.test(text), 'an amount is a decimal number of at most 10 digits after the point');
const UNIT = z.strictObject({ per: z.enum(['hour', 'month']), amount: AMOUNT });

const PRICE_LIST = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'a currency has three capital letters: EUR'),
  rounding: z
    .strictObject({
      digits: z.number().int().min(0).max(10).default(2),
      mode: z.enum(ROUNDING_MODES).default('half-even'),
    })
    .default({ digits: 2, mode: 'half-even' }),
  charge: z.enum(['running', 'present']),
  hoursPerMonth: z.number().int().min(1).max(1000).default(730),
  packages: z
    .array(
      UNIT.extend({
        name: z.string().min(1).max(100),
        cores: SIZE.exactOptional(),
        memoryGiB: SIZE.exactOptional(),
        diskGiB: SIZE.exactOptional(),
      }),
    )
    .max(1000)
    .default([]),
  byCore: UNIT.exactOptional(),
  byGiB: UNIT.exactOptional(),
  byDiskGiB: UNIT.exactOptional(),
  apply: z
    .array(
      z.strictObject({
        kinds: z.array(z.enum(PROPOSAL_KINDS)).min(1),
        accounts: z.array(z.string().min(1)).min(1).exactOptional(),
        most: AMOUNT,
      }),
    )
    .max(100)
    .default([]),
});

/** Reads YAML or JSON. Throws AppError('configuration') that lists every problem with its line and column. */
export function parsePriceList(text: string, file: string): PriceList {
  const yaml = readYaml(text);
  const parsed = PRICE_LIST.safeParse(yaml.value);
  const problems =
    yaml.problems.length > 0 ? yaml.problems : (parsed.error?.issues ?? []).flatMap((issue) => toProblems(issue, yaml));
  if (!parsed.success) throw fileError(file, problems, HINT);
  const twice = twiceNamed(parsed.data.packages, { list: 'packages', noun: 'package', yaml });
  if (twice.length > 0) throw fileError(file, twice, HINT);
  return parsed.data;
}

/** A stored one. Throws AppError('database'). */
export function checkedPriceList(document: unknown): PriceList {
  const parsed = PRICE_LIST.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new AppError('database', 'the database holds a damaged row, setting prices', {
    hint: 'rollcall billing prices set FILE',
  });
}

function isExact(amount: string | number): boolean {
  return typeof amount === 'string' || Number(amount.toPrecision(15)) === amount;
}
