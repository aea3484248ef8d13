import { withoutTrailingSlashes } from '../../../text/without-slashes.ts';
import type { NotifyKind, NotifyMessage } from '../../../types/notify.ts';
import { cut, plainLine } from '../text.ts';
import { bearer, type HookRequest, jsonRequest } from './hook-request.ts';

/** Slack cuts longer texts itself. */
const SLACK_CHARACTERS = 4000;
const DISCORD_CHARACTERS = 2000;
const TEAMS_LINES = 40;
const TEAMS_CHARACTERS = 1000;
const MATRIX_CHARACTERS = 16_000;
/** ntfy turns longer messages into attachments. */
const NTFY_BYTES = 4096;
const NTFY_TITLE_CHARACTERS = 200;

const URGENT: ReadonlySet<NotifyKind> = new Set(['guard', 'sync-failed', 'history', 'import-gone']);
const ZERO_WIDTH_SPACE = '\u200b';

/** Slack reads `<!channel>`, `<@U123>` and links between angle brackets; these three escapes are all that it knows. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Markdown, mentions, channels and links. `allowed_mentions` alone decides who is notified; this is about what is seen. */
export function escapeDiscord(text: string): string {
  return text.replace(/[\\*_~`|>#<[\]()-]/g, '\\$&').replaceAll('@', `@${ZERO_WIDTH_SPACE}`);
}

/** The Markdown of a TextBlock, and its functions such as `{{DATE(…)}}`. */
export function escapeTeams(text: string): string {
  return text.replace(/[\\*_~`>#<[\]()-]/g, '\\$&').replace(/\{(?=\{)/g, `{${ZERO_WIDTH_SPACE}`);
}

/** Clients from before `m.mentions` notify everyone of a text with `@room`. */
export function escapeMatrix(text: string): string {
  return text.replace(/@(?=room)/gi, `@${ZERO_WIDTH_SPACE}`);
}

/** Source: docs.slack.dev, incoming webhooks. */
export function slackRequest(url: string, text: string): HookRequest {
  return jsonRequest(url, { text: cut(text, SLACK_CHARACTERS), unfurl_links: false, unfurl_media: false });
}

/** Source: docs.discord.com, execute webhook. */
export function discordRequest(url: string, text: string): HookRequest {
  return jsonRequest(url, { content: cut(text, DISCORD_CHARACTERS), allowed_mentions: { parse: [] } });
}

/** An Adaptive Card, as the Workflows app of Teams takes it. Source: learn.microsoft.com, create and send messages. */
export function teamsRequest(url: string, text: string): HookRequest {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const body = lines.slice(0, TEAMS_LINES).map((line, index) => ({
    type: 'TextBlock',
    text: cut(line, TEAMS_CHARACTERS),
    wrap: true,
    ...(index === 0 && { weight: 'bolder' }),
    ...(index > 0 && { spacing: 'none' }),
  }));
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return jsonRequest(url, { type: 'message', attachments: [attachment] });
}

/** The server takes a transaction once: a repetition is no second message. Source: spec.matrix.org, client-server API. */
export function matrixRequest(
  { url, room, token }: { url: string; room: string; token: string },
  message: Pick<NotifyMessage, 'id'>,
  text: string,
): HookRequest {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${message.id}`;
  const body = { msgtype: 'm.notice', body: cut(text, MATRIX_CHARACTERS), 'm.mentions': {} };
  return { ...jsonRequest(`${withoutTrailingSlashes(url)}${path}`, body, bearer(token)), method: 'PUT' };
}

/** As JSON, so that no text becomes a header. Source: docs.ntfy.sh, publish as JSON. */
export function ntfyRequest(
  { url, topic, token }: { url: string; topic: string; token?: string | undefined },
  message: NotifyMessage,
  text: string,
): HookRequest {
  const isUrgent = message.events.some(({ kind }) => URGENT.has(kind));
  const title = cut(plainLine(message.title), NTFY_TITLE_CHARACTERS);
  return jsonRequest(
    `${withoutTrailingSlashes(url)}/`,
    {
      topic,
      title,
      message: cutBytes(text, NTFY_BYTES),
      priority: isUrgent ? 4 : 3,
      tags: Object.keys(message.counts),
    },
    bearer(token),
  );
}

/** By bytes of UTF-8, between two characters. */
function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const kept = Buffer.from(text).subarray(0, most - 3);
  return `${kept.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
