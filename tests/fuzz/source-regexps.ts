import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

export interface SourceRegExp {
  file: string;
  pattern: string;
  flags: string;
}

/** Every regular expression in the sources, but for what is generated; `dynamic` are those made at run time. */
export function readRegExps(): { literals: readonly SourceRegExp[]; dynamic: readonly string[] } {
  const literals: SourceRegExp[] = [];
  const dynamic: string[] = [];
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
    .map((file) => file.split(path.sep).join('/'))
    .sort();
  for (const file of files) {
    const program = parseSync(readFileSync(path.join(SOURCE, file), 'utf8'), {
      syntax: 'typescript',
      target: 'es2022',
    });
    visit(program, (node) => {
      if (node['type'] === 'RegExpLiteral')
        literals.push({ file, pattern: String(node['pattern']), flags: String(node['flags']) });
      if (isCallOf(node, 'RegExp')) dynamic.push(file);
    });
  }
  return { literals, dynamic };
}

function isCallOf(node: Record<string, unknown>, name: string): boolean {
  const callee = node['callee'] as Record<string, unknown> | undefined;
  return (node['type'] === 'NewExpression' || node['type'] === 'CallExpression') && callee?.['value'] === name;
}

function visit(value: unknown, each: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, each);
  else if (typeof value === 'object' && value !== null) {
    each(value as Record<string, unknown>);
    for (const part of Object.values(value)) visit(part, each);
  }
}
