import { fileError, toProblems, twiceNamed } from '../checks/file-problems.ts';
import { readYaml } from '../checks/yaml-places.ts';
import { GUEST_FILE, type GuestSpec, specProblems } from './guest-file-schema.ts';

const HINT = '`rollcall create vm --help` shows an example';

/** The guests of a file. Throws AppError('configuration') that lists every problem with its line and column. */
export function parseGuestFile(text: string, { file, kind }: { file: string; kind: 'vm' | 'container' }): GuestSpec[] {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw fileError(file, yaml.problems, HINT);
  const parsed = GUEST_FILE.safeParse(yaml.value);
  if (!parsed.success) {
    throw fileError(
      file,
      parsed.error.issues.flatMap((issue) => toProblems(issue, yaml)),
      HINT,
    );
  }
  const { guests } = parsed.data;
  const problems = [
    ...twiceNamed(guests, { list: 'guests', noun: 'guest', yaml }),
    ...guests.flatMap((spec, index) =>
      specProblems(spec, kind).map(({ field, message }) => ({
        place: yaml.placeOf(['guests', index, field]),
        message,
      })),
    ),
  ];
  if (problems.length > 0) throw fileError(file, problems, HINT);
  return guests;
}
