// @ts-check
// Names the packages that are put together into the program, with their licences.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './ready.mjs';

/**
 * The folder of each package of which a module is in the program: `node_modules/zod`.
 * @param {readonly string[]} inputs modules, relative to the checkout
 */
export function bundledFolders(inputs) {
  const folders = inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/**
 * One section for each package: name, version and licence as its author wrote them.
 * @param {readonly string[]} folders
 */
export function thirdPartyText(folders) {
  const sections = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const files = readdirSync(path.join(root, folder)).filter((file) => /^(?:licen[cs]e|notice)/i.test(file));
    const texts = files.map((file) => readFileSync(path.join(root, folder, file), 'utf8').trim());
    return [`${name} ${version} (${license ?? 'no licence named'})`, ...texts].join('\n\n');
  });
  return `${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
