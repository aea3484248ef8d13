import type * as z from 'zod';
import type { Place } from '../../types/check.ts';
import { AppError } from '../../types/errors.ts';
import type { PlacedYaml, YamlProblem } from './yaml-places.ts';

const MOST_SHOWN = 20;

/** An issue of a schema at the place of the file that it is about. */
export function toProblems(issue: z.core.$ZodIssue, yaml: PlacedYaml): YamlProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      place: yaml.placeOf([...issue.path, key]),
      message: `there is no field '${key}' here`,
    }));
  }
  const field = issue.path.findLast((part) => typeof part === 'string');
  const isMissing = issue.path.length > 0 && issue.code !== 'custom' && yaml.valuePlaceOf(issue.path) === null;
  const what = isMissing ? 'it is missing' : issue.message;
  return [{ place: yaml.placeOf(issue.path), message: field === undefined ? what : `${field}: ${what}` }];
}

/** Of the entries of `list`, each name that an earlier entry has. */
export function twiceNamed(
  entries: readonly { name: string }[],
  { list, noun, yaml }: { list: string; noun: string; yaml: PlacedYaml },
): YamlProblem[] {
  const seen = new Set<string>();
  return entries.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ place: yaml.placeOf([list, index, 'name']), message: `there is another ${noun} '${name}'` }];
  });
}

/** AppError('configuration') with the problems in the order of their places; of many, the first ones. */
export function fileError(file: string, problems: readonly YamlProblem[], hint: string): AppError {
  const sorted = problems.toSorted((a, b) => order(a.place, b.place));
  const lines = sorted
    .slice(0, MOST_SHOWN)
    .map(({ place, message }) => `  ${file}:${place.line}:${place.column}  ${message}`);
  const more = sorted.length - lines.length;
  const count = sorted.length === 1 ? 'a problem' : `${sorted.length} problems`;
  const message = [`${file} cannot be used for ${count}:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
  return new AppError('configuration', message, { hint });
}

function order(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}
