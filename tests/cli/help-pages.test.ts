import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { environmentHelp, exitCodesHelp, outputHelp, privilegesHelp } from '../../src/cli/help-pages.ts';
import { FORMATS } from '../../src/cli/output/formats.ts';
import { readPolicy } from '../../src/providers/aws/policy.ts';
import { NEEDED } from '../../src/providers/proxmox/permissions.ts';
import { openWorld } from '../helpers/world.ts';

const src = path.join(import.meta.dirname, '../../src');

/** The names of variables that the sources read, in quotation marks. */
function variablesOfSources(): Set<string> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated/') && file !== 'cli/help-pages.ts',
  );
  const texts = files.map((file) => readFileSync(path.join(src, file), 'utf8'));
  return new Set(
    texts.flatMap(
      (text) =>
        text.match(
          /(?<=')(?:PROXMOX|VSPHERE|VIRTFUSION|AZURE|BIGFIX|GCP|GOOGLE_CLOUD|AWS_CA|ROLLCALL_AWS|ROLLCALL_OIDC|ROLLCALL_REQUIRE|DATABASE|NO_COLOR|XDG)(?:_[A-Z]+)*(?=')/g,
        ) ?? [],
    ),
  );
}

describe('the pages of the help', () => {
  it('say what every exit status means, in its order', () => {
    const said = [...exitCodesHelp().matchAll(/^ {2}[ \d]{3} {2}\S/gm)].map(([line]) => Number(line.slice(0, 5)));
    expect(said).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
  });

  it('name every variable that is read', () => {
    const said = new Set([...environmentHelp().matchAll(/^ {2}([A-Z_]+) {2,}\S/gm)].map(([, name]) => name));
    // What libraries read.
    said.delete('TZ');
    expect(said).toEqual(variablesOfSources());
  });

  it('name every format', () => {
    const said = [...outputHelp().matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name);
    expect(said).toEqual([...FORMATS]);
  });

  it('name every privilege that a run needs', () => {
    for (const { privilege, path: place } of Object.values(NEEDED).flat()) {
      expect(privilegesHelp()).toMatch(new RegExp(`^ {2}${privilege} +on ${place} +\\S`, 'm'));
    }
    const [, policy = ''] = /AWS: [^{]*(\{.*?\n {2}\})\n/s.exec(privilegesHelp()) ?? [];
    expect(JSON.parse(policy)).toEqual(JSON.parse(readPolicy()));
    const page = readFileSync(path.join(src, '../docs/aws.md'), 'utf8');
    expect(JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')).toEqual(JSON.parse(readPolicy()));
  });

  it.each(['exit-codes', 'environment', 'output', 'privileges', 'selectors'])('are printed: %s', async (topic) => {
    const world = await openWorld();
    const ran = await world.rollcall(`help ${topic}`);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toMatch(/\nExamples:\n {2}\$ /);
    expect(await world.rollcall(topic)).toMatchObject({ status: 2, stdout: '' });
  });
});
