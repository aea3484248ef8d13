import type { NotifierSettings, NotifyChannel, QuietHours } from '../../types/notify.ts';
import { formatDuration } from '../output/format.ts';

/** Where messages go, with references in place of secrets. */
export function targetText(channel: NotifyChannel): string {
  switch (channel.kind) {
    case 'command':
      return channel.argv.join(' ');
    case 'email':
      return `${channel.to.join(', ')} by ${channel.host}:${channel.port}`;
    case 'ntfy':
      return `${channel.url} ${channel.topic}`;
    case 'matrix':
      return `${channel.url} ${channel.room}`;
    default:
      return channel.url;
  }
}

/** Which events are wanted; `everything` without a filter. */
export function filterText({ filter }: Pick<NotifierSettings, 'filter'>): string {
  const { kinds, selectors, paths, by, providers } = filter;
  const parts = [
    ...kinds,
    ...selectors,
    ...paths.map((one) => `path ${one}`),
    ...by.map((one) => `by ${one}`),
    ...providers.map((one) => `provider ${one}`),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

export function quietText(quiet: QuietHours | null): string {
  if (quiet === null) return 'none';
  const ranges = quiet.ranges.map(({ from, to }) => `${timeOfDay(from)}-${timeOfDay(to)}`).join(', ');
  return `${ranges} ${quiet.timeZone}, ${quiet.isDropped ? 'then dropped' : 'then delivered'}`;
}

function timeOfDay(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Keys and values of `notify show`. */
export function settingPairs(settings: NotifierSettings): { key: string; value: string }[] {
  const { channel, batchOver, staleAfterMs, quiet, template } = settings;
  return [
    { key: 'channel', value: channel.kind },
    { key: 'target', value: targetText(channel) },
    ...secretPairs(channel),
    { key: 'events', value: filterText(settings) },
    { key: 'one message', value: `for a run with more than ${batchOver} guests` },
    { key: 'stale after', value: formatDuration(staleAfterMs) },
    { key: 'quiet hours', value: quietText(quiet) },
    { key: 'template', value: template ?? 'the usual one' },
  ];
}

function secretPairs(channel: NotifyChannel): { key: string; value: string }[] {
  if (channel.kind === 'command') return [{ key: 'ended after', value: formatDuration(channel.timeoutMs) }];
  const references =
    channel.kind === 'email'
      ? { user: channel.user, password: channel.passwordRef, from: channel.from, security: channel.security }
      : { token: channel.tokenRef, secret: channel.kind === 'webhook' ? channel.secretRef : undefined };
  return [
    ...Object.entries(references).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
    ...(channel.caFile === undefined ? [] : [{ key: 'authority', value: channel.caFile }]),
    { key: 'addresses', value: channel.isPrivateAllowed ? 'any' : 'public ones' },
  ];
}
