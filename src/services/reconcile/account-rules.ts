import * as z from 'zod';
import { ACCOUNT_RULE_KINDS, type AccountRule } from '../../types/account.ts';
import { AppError } from '../../types/errors.ts';
import { isRulePattern } from './owners.ts';

const RULES = z.array(z.object({ kind: z.enum(ACCOUNT_RULE_KINDS), pattern: z.string(), system: z.string().min(1) }));
const HINT =
  'write KIND:PATTERN=SYSTEM: tag:owner-*=whmcs, pool:cust-*=whmcs, "description:customer: *=whmcs", owner=cp, file:/etc/rollcall/owners.csv=whmcs';

/** The rules of a stored document. Throws AppError('database'). */
export function toRules(document: unknown): AccountRule[] {
  const parsed = RULES.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new AppError('database', 'the database holds damaged rules of accounts', {
    hint: 'rollcall accounts rules set …',
  });
}

/** `tag:owner-*=whmcs`. Throws AppError('usage'). */
export function parseRule(text: string): AccountRule {
  const end = text.lastIndexOf('=');
  const [what, system] = [text.slice(0, Math.max(end, 0)), text.slice(end + 1).trim()];
  const colon = what.indexOf(':');
  const [word, pattern] = colon < 0 ? [what, ''] : [what.slice(0, colon), what.slice(colon + 1)];
  const kind = ACCOUNT_RULE_KINDS.find((one) => one === word.trim());
  if (kind === undefined || system === '' || text.length > 1000) throw wrong(text, 'is no rule');
  if (!isRulePattern({ kind, pattern })) {
    throw wrong(
      text,
      kind === 'owner'
        ? 'has a pattern, which owner has not'
        : kind === 'file'
          ? 'names no file'
          : 'does not have one * where the id stands',
    );
  }
  return { kind, pattern, system };
}

export function ruleText({ kind, pattern, system }: AccountRule): string {
  return `${pattern === '' ? kind : `${kind}:${pattern}`}=${system}`;
}

function wrong(text: string, why: string): AppError {
  return new AppError('usage', `'${text}' ${why}`, { hint: HINT });
}
