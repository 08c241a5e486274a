import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete, nicksByRecency, type CompletionSource } from '../../src/commands/complete.ts';
import { commands } from '../../src/commands/table.ts';
import { personNamed } from '../support/memory-room.ts';

const source: CompletionSource = {
  table: commands,
  nicks: ['bob', 'Ada', 'adam'],
  rooms: ['tea', 'tea party', 'lounge'],
  relays: ['wss://chat.example.org:443', 'ws://tea.local:1878'],
  topic: 'green and black',
  windows: ['lobby', 'tea', 'tea party', 'bob'],
};

/** The text each candidate would leave, `|` being the cursor. */
function completed(marked: string): string[] {
  const cursor = marked.indexOf('|');
  const text = marked.replace('|', '');
  const { from, to, candidates } = complete(text, cursor, source);
  return candidates.map((candidate) => text.slice(0, from) + candidate + text.slice(to));
}

describe('completion', () => {
  it('finishes commands, names before aliases, with a space where something follows', () => {
    expect(completed('/wh|')).toEqual(['/whois ', '/whisper ', '/who']);
    expect(completed('/vers|')).toEqual(['/version']);
    expect(completed('\\jo|')).toEqual(['\\join ']);
    expect(completed('/JOI|')).toEqual(['/join ']);
    expect(completed('//wh|')).toEqual([]);
  });

  it('finishes nicks in the order they are given, with a colon at the start of the line only', () => {
    expect(completed('|')).toEqual(['bob: ', 'Ada: ', 'adam: ']);
    expect(completed('ad|')).toEqual(['Ada: ', 'adam: ']);
    expect(completed('@ad|')).toEqual(['Ada: ', 'adam: ']);
    expect(completed('hello ad| there')).toEqual(['hello Ada there', 'hello adam there']);
  });

  it('adds no nick where none was begun: Tab twice, or before a line of code', () => {
    expect(completed('bob: |')).toEqual([]);
    expect(completed('if x:\n|')).toEqual([]);
    expect(completed('hello |, how are you')).toEqual([]);
  });

  it('finishes a nick after a command with a space', () => {
    expect(completed('/w ad|')).toEqual(['/w Ada ', '/w adam ']);
    expect(completed('/whisper |')).toEqual(['/whisper bob ', '/whisper Ada ', '/whisper adam ']);
  });

  it('finishes nicks inside texts of commands, but offers none unasked', () => {
    expect(completed('/me hugs bo|')).toEqual(['/me hugs bob']);
    expect(completed('/me hugs |')).toEqual([]);
    expect(completed('/w bob Ad|')).toEqual(['/w bob Ada', '/w bob adam']);
  });

  it('finishes a nick wherever the first thing that a command takes is one', () => {
    const takers = commands.filter(({ usage }) => /^\S+ \[?NICK\b/.test(usage));
    expect(takers.length).toBeGreaterThan(15);
    for (const { name } of takers)
      expect(completed(`/${name} bo|`).map((line) => line.trimEnd())).toEqual([`/${name} bob`]);
  });

  it('finishes windows by name, spaces included', () => {
    expect(completed('/win t|')).toEqual(['/win tea', '/win tea party']);
    expect(completed('/buffer tea p|')).toEqual(['/buffer tea party']);
  });

  it('gives the topic of now, to be changed', () => {
    expect(completed('/topic |')).toEqual(['/topic green and black']);
    expect(completed('/t |')).toEqual(['/t green and black']);
    expect(completed('/topic tea with ad|')).toEqual(['/topic tea with Ada', '/topic tea with adam']);
    expect(completed('/topic gr|')).toEqual([]);
  });

  it('finishes emoji in what a command is given', () => {
    expect(completed('/react :thumbsu|')).toEqual(['/react 👍']);
    expect(completed('/w bob well done :thumbsu|')).toEqual(['/w bob well done 👍']);
  });

  it('finishes room names after join, spaces included', () => {
    expect(completed('/join |')).toEqual(['/join tea', '/join tea party', '/join lounge']);
    expect(completed('/j tea p|')).toEqual(['/j tea party']);
  });

  it('minds no second space behind a command', () => {
    expect(completed('/join  l|')).toEqual(['/join  lounge']);
  });

  it('finishes relays by URL or host after disconnect', () => {
    expect(completed('/disconnect chat|')).toEqual(['/disconnect wss://chat.example.org:443']);
    expect(completed('/disconnect ws://|')).toEqual(['/disconnect ws://tea.local:1878']);
  });

  it('finishes options and the commands that help explains', () => {
    expect(completed('/host tea --p|')).toEqual(['/host tea --private ']);
    expect(completed('/save --|')).toEqual(['/save --last ', '/save --since ', '/save --format ']);
    expect(completed('/help wh|')).toEqual(['/help whois', '/help whisper']);
  });

  it('replaces a range before the cursor, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
        const cursor = at % (text.length + 1);
        const { from, to } = complete(text, cursor, source);
        expect(to).toBe(cursor);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(from).toBeLessThanOrEqual(to);
      }),
    );
  });
});

describe('nicks by recency', () => {
  it('puts who spoke last first, the silent by name, and leaves oneself out', () => {
    const member = (nick: string) => ({ ...personNamed(nick), role: 'member', presence: 'online' }) as const;
    const [me, ada, bob, cleo, dan] = ['me', 'ada', 'bob', 'cleo', 'dan'].map(member);
    if (!me || !ada || !bob || !cleo || !dan) throw new Error('nobody');
    const lines = [bob, ada, me, bob, cleo].map((by) => ({ by }));
    expect(nicksByRecency([me, dan, ada, bob, cleo], lines, me.key)).toEqual(['cleo', 'bob', 'ada', 'dan']);
  });
});
