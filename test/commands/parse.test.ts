import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/commands/arguments.ts';
import { parseLine } from '../../src/commands/parse.ts';
import { commands } from '../../src/commands/table.ts';

const parse = (typed: string) => parseLine(typed, commands);
const named = (typed: string) => {
  const parsed = parse(typed);
  return parsed.type === 'command' ? [parsed.command.name, parsed.args] : parsed;
};

describe('a typed line', () => {
  it('is text when it begins with neither slash nor backslash, and stays as typed', () => {
    expect(parse('  hello /quit ')).toEqual({ type: 'text', text: '  hello /quit ' });
  });

  it('is a command by name or alias, in any case, with the rest as its arguments', () => {
    expect(named('/whisper bob  hi  there')).toEqual(['whisper', 'bob  hi  there']);
    expect(named('/W bob hi')).toEqual(['whisper', 'bob hi']);
    expect(named('/?')).toEqual(['help', '']);
  });

  it('is a command behind a backslash too', () => {
    expect(named('\\join tea')).toEqual(['join', 'tea']);
    expect(named('\\?')).toEqual(['help', '']);
  });

  it('is a command behind spaces and newlines, so that a whisper is not shown to the room', () => {
    expect(named(' \n /w bob secret')).toEqual(['whisper', 'bob secret']);
  });

  it('sends one slash or backslash where two are typed', () => {
    expect(parse('//etc/hosts')).toEqual({ type: 'text', text: '/etc/hosts' });
    expect(parse('\\\\server')).toEqual({ type: 'text', text: '\\server' });
  });

  it('is text when a backslash begins no name', () => {
    expect(parse('\\o/')).toEqual({ type: 'text', text: '\\o/' });
  });

  it('keeps the newlines of text and of arguments', () => {
    expect(parse('one\n/quit\ntwo')).toEqual({ type: 'text', text: 'one\n/quit\ntwo' });
    expect(named('/me one\ntwo')).toEqual(['me', 'one\ntwo']);
  });

  it('names the nearest command where one is near', () => {
    expect(parse('/jion tea')).toEqual({ type: 'unknown', name: 'jion', near: 'join' });
    expect(parse('/wisper bob')).toEqual({ type: 'unknown', name: 'wisper', near: 'whisper' });
    expect(parse('/memb')).toMatchObject({ near: 'members' });
    expect(parse('/etc/passwd')).toEqual({ type: 'unknown', name: 'etc/passwd' });
    expect(parse('/')).toEqual({ type: 'unknown', name: '' });
  });

  it('does not find names that every object has', () => {
    expect(parse('/constructor')).toEqual({ type: 'unknown', name: 'constructor' });
    expect(parseArguments('--constructor x', {})).toMatchObject({ ok: false });
  });
});

describe('arguments', () => {
  it('keep words in quotes together, and apostrophes inside words as they are', () => {
    expect(parseArguments(`"my file.txt" it's 'a b'`)).toMatchObject({
      words: ['my file.txt', "it's", 'a b'],
    });
    expect(parseArguments('C:\\temp\\x.txt')).toMatchObject({ words: ['C:\\temp\\x.txt'] });
    expect(parseArguments('"" x')).toMatchObject({ words: ['', 'x'] });
  });

  it('say when a quote stays open', () => {
    expect(parseArguments('"my file')).toEqual({ ok: false, why: 'A quote is not closed.' });
  });

  it('read flags, values and texts, each in both spellings', () => {
    const spec = { topic: 'text', private: 'flag', last: 'value' } as const;
    const parsed = parseArguments('tea room --topic green and black --last=5 --private', spec);
    if (!parsed.ok) throw new Error(parsed.why);
    expect(parsed.words).toEqual(['tea', 'room']);
    expect([...parsed.options]).toEqual([
      ['topic', 'green and black'],
      ['last', '5'],
      ['private', ''],
    ]);
    expect(parseArguments('--last 5 file', spec)).toMatchObject({ words: ['file'] });
    expect(parseArguments('"--private"', spec)).toMatchObject({ words: ['--private'] });
  });

  it('refuse unknown options, values of flags and missing values', () => {
    const spec = { private: 'flag', last: 'value' } as const;
    expect(parseArguments('--nope', spec)).toMatchObject({ why: 'There is no option --nope.' });
    expect(parseArguments('--private=yes', spec)).toMatchObject({ why: '--private takes no value.' });
    expect(parseArguments('--last', spec)).toMatchObject({ why: '--last needs a value.' });
    expect(parseArguments('--last --private', spec)).toMatchObject({ why: '--last needs a value.' });
  });
});
