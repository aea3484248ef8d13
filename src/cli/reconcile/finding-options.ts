import { Option } from 'commander';
import { FINDING_KINDS, type FindingKind } from '../../types/finding.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { fixedWords } from '../fixed-words.ts';
import { collect, offering } from '../options.ts';

export function kindOption(): Option {
  const option = new Option('--kind <kinds>', 'only these kinds of findings, with * and ?');
  return offering(option.argParser(fixedWords('kind', FINDING_KINDS)), FINDING_KINDS);
}

export function kindsOf(patterns: readonly string[]): FindingKind[] {
  return FINDING_KINDS.filter(compileFilter(patterns));
}

export function panelOption(): Option {
  return new Option('--panel <name>', 'only this panel; repeatable').argParser(collect);
}

export function accountOption(): Option {
  return new Option('--account <account>', 'only servers of this account: its name, its id or SYSTEM:VALUE');
}
