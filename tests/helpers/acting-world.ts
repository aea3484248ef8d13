import path from 'node:path';
import { expect } from '@jest/globals';
import type { LabOptions } from '../../src/lab/lab.ts';
import { ACTION_RIGHTS } from '../../src/types/action.ts';
import { NO_ENVIRONMENT, secretOf } from './stored-provider.ts';
import { openWorld, type Ran, type RunOptions, type World } from './world.ts';

/** A world whose lab is the stored provider `prod`: read by `rollcall@pve!ro`, acted on by `root@pam!lab`. */
export interface ActingWorld extends World {
  /** Runs without what the environment would say of a provider. */
  run: (line: string | readonly string[], options?: RunOptions) => Promise<Ran>;
  runEnv: Record<string, string | undefined>;
}

export const READER = 'rollcall@pve!ro';
export const ACTOR = 'root@pam!lab';

/** `allow`: what its owner allows, all by default. */
export async function openActingWorld(
  options: LabOptions = {},
  allow: string = ACTION_RIGHTS.join(','),
): Promise<ActingWorld> {
  const world = await openWorld(options);
  const { lab } = world;
  const runEnv = {
    ...NO_ENVIRONMENT,
    XDG_CONFIG_HOME: path.join(world.dir, 'config'),
    READ: secretOf(lab.auditorToken),
    ACT: secretOf(lab.token),
  };
  const run: ActingWorld['run'] = (line, extra = {}) =>
    world.rollcall(line, { ...extra, env: { ...runEnv, ...extra.env } });
  const added = await run(
    `providers add prod --endpoint ${lab.url} --fingerprint ${lab.fingerprint} --token-id ${READER} --secret env:READ ` +
      `--action-token-id ${ACTOR} --action-secret env:ACT --allow ${allow}`,
  );
  expect(added).toMatchObject({ status: 0 });
  expect(await run('discover-all --quiet')).toMatchObject({ status: 0 });
  return { ...world, run, runEnv: { ...world.env, ...runEnv } };
}
