import * as z from 'zod';
import { AppError } from '../../types/errors.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';

const SIZE = /^(?:\d+(?:\.\d+)?\s*[kmgtpKMGTP](?:[iI]?[bB])?|0)$/;
const DURATION = /^\d+(?:\.\d+)?\s*[smhdwSMHDW]$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const HA_STATES = ['started', 'stopped', 'disabled', 'ignored', 'error', 'none'] as const;

const size = z.string('write a size with a unit: 512M, 8G').regex(SIZE, 'write a size with a unit: 512M, 8G');
const duration = z.string('write a duration: 12h, 14d, 2w').regex(DURATION, 'write a duration: 12h, 14d, 2w');
const flag = z.boolean('write true or false');
const text = z.string('write a text; one that looks like a number needs quotation marks').min(1, 'it is empty');
const selector = text.superRefine((written, context) => {
  const problem = selectorProblem(written);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem.message, params: { at: problem.at } });
});
const value = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()],
  'write a text, a number, true, false, null or a list of texts',
);

const EXPECTED = z.strictObject({
  tags: z
    .array(text, 'write a list: [prod, web]')
    .min(1, 'it is empty')
    .describe('Tags that a guest has, perhaps beside others.'),
  memory: z
    .union(
      [
        size,
        z
          .strictObject({ min: size, max: size })
          .partial()
          .refine(({ min, max }) => min !== undefined || max !== undefined, 'write min, max or both'),
      ],
      'write a size such as 4G, or { min: 1G, max: 16G }',
    )
    .describe('Configured memory: a size, or its least and most.'),
  onboot: flag.describe('Whether it starts with its node.'),
  bridge: z
    .union([text, z.array(text).min(1)], 'write a bridge, or a list of them')
    .describe('Bridges that its network cards may be on; wildcards allowed.'),
  agent: flag.describe('Whether the QEMU guest agent is enabled.'),
  ha: z
    .union([z.boolean(), z.enum(HA_STATES)], `write true, false, or one of ${HA_STATES.join(', ')}`)
    .describe('State that HA keeps it in; true: any, false: HA does not manage it.'),
  snapshotMaxAge: duration.describe('No snapshot is older: 14d.'),
  backupMaxAge: duration.describe('The last backup is not older: 2d.'),
  backupJob: flag.describe('Whether an enabled backup job includes it.'),
  config: z
    .record(text, value, 'write fields with their values')
    .refine((fields) => Object.keys(fields).length > 0, 'it is empty')
    .describe('Fields as `rollcall show -o json` prints them, wildcards allowed, with their values; null: not set.'),
});

/** What can be expected, in the order of the help. */
export const EXPECTATION_KEYS = Object.keys(EXPECTED.shape);

const expectations = EXPECTED.partial()
  .refine((some) => Object.keys(some).length > 0, 'nothing is expected')
  .describe('What is expected of every guest that the rule selects.');

const rule = z.strictObject(
  {
    name: text.describe('What findings call the rule.'),
    select: selector.describe('Guests that the rule is about; `rollcall help selectors` explains selectors.'),
    expect: expectations,
  },
  'write a rule: name, select and expect',
);

const waiver = z.strictObject(
  {
    select: selector.describe('Guests that may deviate.'),
    rules: z.array(text).min(1).optional().describe('Names of the rules that it is about; all without it.'),
    expect: z
      .array(text)
      .min(1)
      .optional()
      .describe('Expectations that it is about, as `onboot`, `config.cores`; all without it.'),
    reason: text.describe('Why they may.'),
    until: z
      .string('write a day: 2026-12-31')
      .regex(DAY, 'write a day: 2026-12-31')
      .describe('Last day on which it counts.'),
  },
  'write a waiver: select, reason and until',
);

export const EXPECTATION_FILE = z
  .strictObject(
    {
      version: z.literal(1, 'write 1'),
      rules: z.array(rule, 'write a list of rules').min(1, 'it is empty'),
      waivers: z.array(waiver, 'write a list of waivers').optional(),
    },
    'write version and rules',
  )
  .describe('Desired state of guests, for `rollcall check`.');

export type ExpectationFile = z.infer<typeof EXPECTATION_FILE>;
export type RuleText = ExpectationFile['rules'][number];
export type WaiverText = NonNullable<ExpectationFile['waivers']>[number];
export type Expectations = RuleText['expect'];
export type ExpectedValue = z.infer<typeof value>;

/** `at`: where in the selector it is wrong, in characters. */
function selectorProblem(written: string): { message: string; at: number } | null {
  try {
    parseSelectors([written], new Date(0));
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const [reason = '', , mark = ''] = error.messageLines;
    const near = /^did you mean [^?]*\?/.exec(error.hint ?? '')?.[0];
    return { message: `${reason}${near === undefined ? '' : `; ${near}`}`, at: Math.max(mark.indexOf('^') - 2, 0) };
  }
}

/** For editors. */
export function expectationJsonSchema(): object {
  return { title: 'Rollcall expectations', ...z.toJSONSchema(EXPECTATION_FILE, { target: 'draft-07' }) };
}
