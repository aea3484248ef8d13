import { API_RELEASES, type ApiRelease } from './read-endpoints.ts';

export interface ChosenRelease {
  release: ApiRelease;
  /** Why its endpoints may differ from those of the server; null: they do not, as far as the version tells. */
  doubt: string | null;
}

/** The release whose endpoints a server is taken to have, by its version: `8.4.1`, `9.0`. The last of its major version is known. */
export function releaseOf(version: string): ChosenRelease {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const order = (release: string): number => Number(release.split('.')[0]);
  const same = API_RELEASES.find((release) => order(release) === major);
  const [oldest, newest] = [API_RELEASES[0], API_RELEASES[API_RELEASES.length - 1] ?? API_RELEASES[0]];
  const release = same ?? (major < order(oldest) ? oldest : newest);
  if (`${major}.${minor}` === release) return { release, doubt: null };
  return { release, doubt: `the server is ${version}; the call is checked against ${release}` };
}
