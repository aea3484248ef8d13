import { Document, isCollection, isMap, isScalar, isSeq, Scalar, visit } from 'yaml';
import type { RuleText } from '../../services/checks/expectation-schema.ts';
import { escapeJson, isSafeText, type SafeText } from '../output/escape.ts';

const AGES = ` snapshotMaxAge: 14d   # no snapshot is older
 backupMaxAge: 2d     # the last backup is not older`;

const WAIVERS = ` waivers:
   - select: name=legacy-*
     rules: [production]
     expect: [onboot]
     reason: is switched off at the end of the year
     until: 2026-12-31`;

/** A file of expectations; what would act on a terminal is quoted and escaped. `schema`: where editors find its schema. */
export function expectationText(rules: readonly RuleText[], { schema }: { schema: string }): SafeText {
  const document = new Document({ version: 1, rules });
  document.commentBefore = ` yaml-language-server: $schema=${encodeURI(schema)}\n Checked by \`rollcall check\`. docs/expectations.md explains every expectation.`;
  document.comment = WAIVERS;
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && !isSafeText(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
    Pair(_key, { key, value }) {
      if (isShort(key) && isCollection(value)) value.flow = true;
    },
  });
  const list = document.get('rules');
  if (isSeq(list)) {
    for (const item of list.items) {
      const expect = isMap(item) ? item.get('expect') : undefined;
      if (isMap(expect)) expect.comment = AGES;
    }
  }
  return escapeJson(document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY }));
}

/** Short lists and ranges. */
const SHORT = ['tags', 'memory', 'bridge'];

function isShort(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'string' && SHORT.includes(key.value);
}
