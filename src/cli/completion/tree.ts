import type { ApiVerb } from '../../app/api-words.ts';
import type { LiveKind } from '../../types/live-names.ts';

/** What a shell may offer in one place. */
export type Offer =
  | { of: 'words'; words: readonly string[] }
  | { of: 'live'; kind: LiveKind }
  | { of: 'selector' }
  | { of: 'columns' }
  /** The path of a call of the API, and then its parameters. */
  | { of: 'api'; verb: ApiVerb }
  | { of: 'file' };

export interface OptionNode {
  /** `-o`, `--output`. */
  flags: readonly string[];
  about: string;
  value: 'none' | 'required' | 'optional' | 'many';
  offer: Offer | null;
  /** Whether a value may be several, with commas. */
  isList: boolean;
}

export interface CommandNode {
  name: string;
  about: string;
  options: readonly OptionNode[];
  /** What each argument offers; the last one again where it may be repeated. */
  arguments: readonly (Offer | null)[];
  isVariadic: boolean;
  columns: readonly string[];
  commands: readonly CommandNode[];
}

/** A field of selectors, with the operator that fits it best. */
export interface FieldNode {
  name: string;
  operator: string;
  about: string;
  offer: Offer | null;
}

/** All that completion needs of the program, as it is written at build time. */
export interface CompletionTree {
  root: CommandNode;
  fields: readonly FieldNode[];
}
