import { expect, it } from '@jest/globals';
import { describeVsphere } from '../../helpers/vcsim.ts';
import { AWS } from './aws-subject.ts';
import { AZURE } from './azure-subject.ts';
import { BIGFIX } from './bigfix-subject.ts';
import { playCampaign } from './campaign.ts';
import { FILES } from './files-subject.ts';
import { GCP } from './gcp-subject.ts';
import { newTally } from './judge.ts';
import { PROXMOX } from './proxmox-subject.ts';
import type { SubjectKind } from './subject.ts';
import { VIRTFUSION } from './virtfusion-subject.ts';
import { VSPHERE } from './vsphere-subject.ts';

const RUNS = Number(process.env['ROLLCALL_CONFORMANCE_RUNS'] ?? 8);
const SEED = Number(process.env['ROLLCALL_CONFORMANCE_SEED'] ?? 1);

function campaign(kind: SubjectKind): void {
  it(`records what happened and nothing else through ${RUNS} runs with faults: ${kind.kind}`, async () => {
    const tally = newTally();
    const complaints = await playCampaign(kind, { runs: RUNS, seed: SEED, tally });
    process.stdout.write(`conformance of ${kind.kind} from seed ${SEED}: ${JSON.stringify(tally)}\n`);
    expect(complaints).toEqual([]);
  }, 7_200_000);
}

campaign(AZURE);
campaign(AWS);
campaign(FILES);
campaign(GCP);
campaign(PROXMOX);
campaign(VIRTFUSION);
campaign(BIGFIX);
describeVsphere('vSphere', () => campaign(VSPHERE));
