import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  discordRequest,
  escapeDiscord,
  escapeMatrix,
  escapeSlack,
  escapeTeams,
  matrixRequest,
  ntfyRequest,
  slackRequest,
  teamsRequest,
} from '../../src/services/notify/channels/chat.ts';
import type { HookRequest } from '../../src/services/notify/channels/hook-request.ts';
import { toMail } from '../../src/services/notify/channels/mail.ts';
import { webhookRequest } from '../../src/services/notify/channels/webhook.ts';
import { renderText } from '../../src/services/notify/template.ts';
import type { NotifyMessage } from '../../src/types/notify.ts';

/** A name that is markup in every channel, and a line break. */
const NAME = '@everyone <!channel> *b* @room\r\nBcc: x {{DATE(0)}}';
const NAME_LINE = '@everyone <!channel> *b* @room Bcc: x {{DATE(0)}}';

const MESSAGE: NotifyMessage = {
  id: '0123456789abcdef0123456789abcdef',
  at: '2026-11-21T10:00:00.000Z',
  title: `lab/100 ${NAME}: changed: memory`,
  counts: { changed: 1 },
  total: 1,
  events: [
    {
      id: 'fedcba9876543210fedcba9876543210',
      kind: 'changed',
      at: '2026-11-21T10:00:00.000Z',
      provider: { id: 'p', name: 'lab' },
      guest: { id: 'g', ref: 'lab/100', kind: 'qemu', vmid: 100, name: NAME },
      actor: 'admin@pve',
      text: 'changed: memory',
      changes: [{ path: 'memory', before: 1024, after: 2048 }],
    },
  ],
  run: { id: 'run', rev: 7 },
};

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
const DETAILS = 'memory: 1024 → 2048\nby admin@pve';

function text(escaped: (value: string) => string, message = MESSAGE): string {
  return renderText(null, message, escaped);
}

function parsed({ body, ...request }: HookRequest) {
  return { ...request, body: JSON.parse(body) as unknown };
}

describe('the payload of', () => {
  it('a webhook: the message, its words, and a signature over time and body', () => {
    const now = new Date('2026-11-21T10:00:05.600Z');
    const parts = { url: 'https://example.com/h', message: MESSAGE, text: 'words', notifier: 'ops', now };
    const request = webhookRequest({ ...parts, secret: 'key', token: 'tok' });
    expect(JSON.parse(request.body)).toEqual({ ...MESSAGE, notifier: 'ops', text: 'words' });
    const hex = createHmac('sha256', 'key').update(`1795255205.${request.body}`).digest('hex');
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://example.com/h',
      headers: {
        ...JSON_TYPE,
        'Rollcall-Event-Id': MESSAGE.id,
        'Rollcall-Signature': `t=1795255205,v1=${hex}`,
        Authorization: 'Bearer tok',
      },
    });
    expect(webhookRequest(parts).headers).toEqual({ ...JSON_TYPE, 'Rollcall-Event-Id': MESSAGE.id });
  });

  it('Slack: no mention, no link', () => {
    expect(parsed(slackRequest('https://hooks.slack.com/x', text(escapeSlack)))).toEqual({
      method: 'POST',
      url: 'https://hooks.slack.com/x',
      headers: JSON_TYPE,
      body: {
        text: `lab/100 @everyone &lt;!channel&gt; *b* @room Bcc: x {{DATE(0)}}: changed: memory\n${DETAILS}`,
        unfurl_links: false,
        unfurl_media: false,
      },
    });
  });

  it('Discord: no mention, no markup', () => {
    const shown = 'lab/100 @\u200beveryone \\<!channel\\> \\*b\\* @\u200broom Bcc: x {{DATE\\(0\\)}}: changed: memory';
    expect(parsed(discordRequest('https://discord.com/api/webhooks/1/x', text(escapeDiscord)))).toMatchObject({
      method: 'POST',
      body: { content: `${shown}\nmemory: 1024 → 2048\nby admin@\u200bpve`, allowed_mentions: { parse: [] } },
    });
    const long = { ...MESSAGE, title: '*'.repeat(3000) };
    const { content } = JSON.parse(discordRequest('https://discord.com/x', text(escapeDiscord, long)).body);
    expect(content).toHaveLength(2000);
  });

  it('Teams: an Adaptive Card with a block for each line', () => {
    const shown = 'lab/100 @everyone \\<!channel\\> \\*b\\* @room Bcc: x {\u200b{DATE\\(0\\)}}: changed: memory';
    expect(parsed(teamsRequest('https://example.logic.azure.com/x', text(escapeTeams)))).toMatchObject({
      method: 'POST',
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                { type: 'TextBlock', text: shown, wrap: true, weight: 'bolder' },
                { type: 'TextBlock', text: 'memory: 1024 → 2048', wrap: true, spacing: 'none' },
                { type: 'TextBlock', text: 'by admin@pve', wrap: true, spacing: 'none' },
              ],
            },
          },
        ],
      },
    });
  });

  it('Matrix: a notice whose transaction is the id of the message', () => {
    const room = { url: 'https://matrix.org/', room: '!a/b:matrix.org', token: 'tok' };
    expect(parsed(matrixRequest(room, MESSAGE, text(escapeMatrix)))).toEqual({
      method: 'PUT',
      url: `https://matrix.org/_matrix/client/v3/rooms/!a%2Fb%3Amatrix.org/send/m.room.message/${MESSAGE.id}`,
      headers: { ...JSON_TYPE, Authorization: 'Bearer tok' },
      body: {
        msgtype: 'm.notice',
        body: `lab/100 @everyone <!channel> *b* @\u200broom Bcc: x {{DATE(0)}}: changed: memory\n${DETAILS}`,
        'm.mentions': {},
      },
    });
  });

  it('ntfy: JSON to the root of the server', () => {
    const target = { url: 'https://ntfy.sh', topic: 'ops', token: undefined };
    expect(
      parsed(
        ntfyRequest(
          target,
          MESSAGE,
          text((value) => value),
        ),
      ),
    ).toEqual({
      method: 'POST',
      url: 'https://ntfy.sh/',
      headers: JSON_TYPE,
      body: {
        topic: 'ops',
        title: `lab/100 ${NAME_LINE}: changed: memory`,
        message: `lab/100 ${NAME_LINE}: changed: memory\n${DETAILS}`,
        priority: 3,
        tags: ['changed'],
      },
    });
    const long = JSON.parse(ntfyRequest({ ...target, token: 't' }, MESSAGE, 'ü'.repeat(5000)).body);
    expect(Buffer.byteLength(long.message)).toBeLessThanOrEqual(4096);
    expect(long.message).toMatch(/^ü+…$/);
  });

  it('a mail: one line as subject', () => {
    expect(toMail(MESSAGE, 'words')).toEqual({
      subject: `[rollcall] lab/100 ${NAME_LINE}: changed: memory`,
      text: 'words',
      messageId: `<${MESSAGE.id}@rollcall.invalid>`,
    });
  });
});

describe('a template', () => {
  it.each([
    ['{{title}}', `lab/100 ${NAME_LINE}: changed: memory`],
    ['{{ details }}', DETAILS],
    ['{{kind}} {{total}} {{provider}} {{guest}} {{actor}}', 'changed 1 lab lab/100 admin@pve'],
    ['{{name}}', NAME_LINE],
    ['{{time}} {{id}}', `2026-11-21T10:00:00.000Z ${MESSAGE.id}`],
    ['{{title}', '{{title}'],
    ['{{constructor}}', '{{constructor}}'],
  ])('%s', (template, expected) => {
    expect(renderText(template, MESSAGE, (value) => value)).toBe(expected);
  });

  it('escapes values, and leaves its own markup', () => {
    expect(renderText('<!here> {{guest}} {{name}}', MESSAGE, escapeSlack)).toBe(
      '<!here> lab/100 @everyone &lt;!channel&gt; *b* @room Bcc: x {{DATE(0)}}',
    );
  });

  it('has a line for each of several guests, and counts the rest', () => {
    const [event] = MESSAGE.events;
    if (event === undefined) throw new Error('the message has an event');
    const other = { ...event, guest: { ...event.guest, id: 'h', ref: 'lab/101', name: null }, actor: null };
    const many = { ...MESSAGE, total: 12, events: [event, other as typeof event] };
    expect(renderText('{{details}}', many, (value) => value)).toBe(
      `lab/100 ${NAME_LINE}: changed: memory (admin@pve)\nlab/101: changed: memory\nand 10 more events`,
    );
  });
});
