import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { childOf, childrenOf, dateOf, flagOf, numberOf, textOf } from '../../src/providers/vsphere/soap/xml-element.ts';
import { readXml, type XmlLimits } from '../../src/providers/vsphere/soap/xml-reader.ts';
import { element, envelope } from '../../src/providers/vsphere/soap/xml-writer.ts';

function refusal(text: string, limits?: XmlLimits): Promise<string> {
  return readXml(text, limits).then(
    () => 'was read',
    (error: Error) => error.message,
  );
}

describe('what is written', () => {
  it('is read back, whatever text is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        fc.pre(!/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text));
        const root = await readXml(element('a', [element('b', text, { type: text })]).xml);
        expect(childOf(root, 'b')).toMatchObject({ text, type: text });
      }),
    );
  });

  it('cannot be broken out of by a user name', () => {
    const self = { type: 'SessionManager', value: 'SessionManager' };
    const written = envelope('Login', self, [element('userName', '</userName><password>x')]);
    expect(written).toContain('<userName>&lt;/userName&gt;&lt;password&gt;x</userName>');
  });

  it.each(['\0', '\u001b', '\ud800', '\uffff'])('refuses the character %j, without repeating the text', (character) => {
    expect(() => element('password', `geheim${character}`)).toThrow(
      expect.objectContaining({ code: 'parameter', message: expect.not.stringContaining('geheim') }),
    );
  });
});

describe('what is read', () => {
  it('has types of values and of references, by any prefix', async () => {
    const root = await readXml(
      '<r xmlns:i="x"><a i:type="xsd:int">5</a><b type="VirtualMachine">vm-1</b><ns:c>true</ns:c><d><![CDATA[<&>]]></d></r>',
    );
    expect(root.children).toMatchObject([
      { name: 'a', kind: 'int', type: null, text: '5' },
      { name: 'b', kind: null, type: 'VirtualMachine', text: 'vm-1' },
      { name: 'c', text: 'true' },
      { name: 'd', text: '<&>' },
    ]);
    expect(numberOf(childOf(root, 'a'))).toBe(5);
    expect(flagOf(childOf(root, 'c'))).toBe(true);
    expect(numberOf(childOf(root, 'c'))).toBeNull();
    expect(textOf(childOf(root, 'x.y'))).toBeNull();
  });

  it('gives null for a date that is none', async () => {
    const root = await readXml('<r><a>2026-11-26T10:00:00.5Z</a><a>soon</a></r>');
    expect(childrenOf(root, 'a').map(dateOf)).toEqual([new Date('2026-11-26T10:00:00.500Z'), null]);
  });

  it.each([
    ['a document type', '<!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>', 'it has a document type'],
    ['an unknown entity', '<r>&a;</r>', 'it is not well-formed XML'],
    ['a crossed tag', '<r><a></r></a>', 'it is not well-formed XML'],
    ['an end in the middle', '<r><a>vm', 'it ends early'],
    ['an end within a tag', '<r><a', 'it ends early'],
    ['nothing', '', 'it ends early'],
    ['no XML', 'Bad Gateway', 'it is not well-formed XML'],
  ])('refuses %s', async (_what, text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  it('bounds levels and elements', async () => {
    expect(await refusal('<a>'.repeat(5) + '</a>'.repeat(5), { maxDepth: 4 })).toBe('it nests more than 4 levels');
    expect(await refusal('<a>'.repeat(4) + '</a>'.repeat(4), { maxDepth: 4 })).toBe('was read');
    expect(await refusal(`<r>${'<a/>'.repeat(10)}</r>`, { maxElements: 10 })).toBe('it has more than 10 elements');
    expect(await refusal('<a>'.repeat(100_000))).toBe('it nests more than 256 levels');
  });

  it('is the same wherever the text is divided for turns of the event loop', async () => {
    const words = Array.from({ length: 60_000 }, (_, index) => `w${index}&amp;ü`);
    const root = await readXml(`<r>${words.map((word) => `<a>${word}</a>`).join('')}</r>`);
    expect(root.children.map(({ text }) => text)).toEqual(words.map((word) => word.replace('&amp;', '&')));
  });
});
