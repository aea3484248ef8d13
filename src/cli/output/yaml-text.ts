// In a module of its own, loaded with `-o yaml`: in the bundle, import() of a CommonJS package has a default export only.
import { Document, Scalar, visit } from 'yaml';
import { escapeJson, isSafeText, type SafeText } from './escape.ts';

/** Text that would act on a terminal is quoted and escaped. */
export function yamlText(plain: unknown): SafeText {
  const document = new Document(plain);
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && !isSafeText(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeJson(document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY }));
}
