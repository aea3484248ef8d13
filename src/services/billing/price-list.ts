import * as z from 'zod';
import { PROPOSAL_KINDS } from '../../types/billing.ts';
import type { Place } from '../../types/check.ts';
import { AppError } from '../../types/errors.ts';
import { type PriceList, ROUNDING_MODES } from '../../types/price-list.ts';
import { type PlacedYaml, readYaml } from '../checks/yaml-places.ts';

const MOST_SHOWN = 20;
const DECIMAL = /^\d{1,12}(?:\.\d{1,10})?$/;
const SIZE = z.number().positive().max(1_000_000);
/** `0.10` in YAML is a number whose text has few digits, so that it is the decimal that was written. */
const AMOUNT = z
  .union([z.string(), z.number()])
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

interface Problem {
  place: Place;
  message: string;
}

/** Reads YAML or JSON. Throws AppError('configuration') that lists every problem with its line and column. */
export function parsePriceList(text: string, file: string): PriceList {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw fileError(file, yaml.problems);
  const parsed = PRICE_LIST.safeParse(yaml.value);
  if (!parsed.success) {
    throw fileError(
      file,
      parsed.error.issues.flatMap((issue) => toProblems(issue, yaml)),
    );
  }
  const twice = twiceNamed(parsed.data, yaml);
  if (twice.length > 0) throw fileError(file, twice);
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

function twiceNamed({ packages }: PriceList, yaml: PlacedYaml): Problem[] {
  const names = packages.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ place: yaml.placeOf(['packages', index, 'name']), message: `there is another package '${name}'` }],
  );
}

function toProblems(issue: z.core.$ZodIssue, yaml: PlacedYaml): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      place: yaml.placeOf([...issue.path, key]),
      message: `there is no field '${key}' here`,
    }));
  }
  const field = issue.path.findLast((part) => typeof part === 'string');
  const isMissing = issue.path.length > 0 && yaml.valuePlaceOf(issue.path) === null;
  const what = isMissing ? 'it is missing' : issue.message;
  return [{ place: yaml.placeOf(issue.path), message: field === undefined ? what : `${String(field)}: ${what}` }];
}

function fileError(file: string, problems: readonly Problem[]): AppError {
  const sorted = problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const lines = sorted
    .slice(0, MOST_SHOWN)
    .map(({ place, message }) => `  ${file}:${place.line}:${place.column}  ${message}`);
  const more = sorted.length - lines.length;
  const count = sorted.length === 1 ? 'a problem' : `${sorted.length} problems`;
  return new AppError(
    'configuration',
    [`${file} cannot be used for ${count}:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])],
    { hint: 'docs/billing.md explains price lists' },
  );
}
