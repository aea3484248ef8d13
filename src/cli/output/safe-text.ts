declare const SAFE: unique symbol;

/**
 * Text that may be written to a terminal: nothing in it acts on one, and every line break is the program's own. The streams and
 * the prompts of the program take nothing else, and only the modules of this folder make it, so that unescaped text does not
 * compile.
 */
export type SafeText = string & { readonly [SAFE]: true };

/** Declares that a text is safe. For this folder only: others escape with escape.ts. */
export function declareSafe(text: string): SafeText {
  assertSafe(text);
  return text;
}

/** A brand has no value to check at run time. */
function assertSafe(_text: string): asserts _text is SafeText {}
