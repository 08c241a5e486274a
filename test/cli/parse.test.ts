import { describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from '../../src/cli/parse.ts';
import { commands } from '../../src/cli/options.ts';
import { usageText } from '../../src/cli/usage.ts';

function parse(line: string, env: Record<string, string> = {}) {
  return parseCommandLine(line.split(' ').filter(Boolean), env);
}

/** What is said of an option that says nothing to what was asked. */
function idle(flag: string, whose: string): string {
  return `${flag} belongs to chat-tui ${whose}; leave it out, or see chat-tui ${whose.split(' ')[0]} --help`;
}

describe('the command line', () => {
  it('opens the terminal UI without a word, and with a room or an invite', () => {
    expect(parse('').command).toBe('chat');
    expect(parse('tea')).toMatchObject({ command: 'chat', words: ['tea'] });
    expect(parse('tc://host/aa#bb.cc').words).toEqual(['tc://host/aa#bb.cc']);
  });

  it('takes the first word as a command wherever the options stand', () => {
    expect(parse('--json host tea --rate 3')).toMatchObject({ command: 'host', words: ['tea'] });
    expect(parse('host --private tea').options.switch('private')).toBe(true);
    expect(parse('host tea --no-lan').options.switch('lan')).toBe(false);
    expect(parse('host tea').options.switch('lan')).toBeUndefined();
  });

  it('takes a flag before the environment and the environment where there is no flag', () => {
    const env = { CHAT_TUI_RELAY: 'ws://from-env' };
    expect(parse('rooms', env).options.text('relay')).toBe('ws://from-env');
    expect(parse('rooms --relay ws://from-flag', env).options.text('relay')).toBe('ws://from-flag');
  });

  it('takes a lone dash as the value standard input', () => {
    expect(parse('pipe tea --code-file -').options.text('code-file')).toBe('-');
    const saved = parse('save tea --json -');
    expect(saved.words).toEqual(['tea', '-']);
    expect(saved.options.switch('json')).toBe(true);
  });

  it('takes what begins with one dash as the value of an option that wants one', () => {
    expect(parse('save tea --since -5h').options.text('since')).toBe('-5h');
    const topic = '- milk first';
    expect(parseCommandLine(['host', 'tea', '--topic', topic], {}).options.text('topic')).toBe(topic);
    expect(parse('pipe --nick ada -- -tea').words).toEqual(['-tea']);
    expect(parse('save -- --last -5').words).toEqual(['--last', '-5']);
  });

  it.each([
    ['--bogus', 'unknown option --bogus; see chat-tui --help'],
    ['-x', 'unknown option -x; see chat-tui --help'],
    ['host tea --history 3', '--history is no option of this command; see chat-tui host --help'],
    ['host', 'usage: chat-tui host NAME'],
    ['pipe a b', 'usage: chat-tui pipe ROOM|INVITE'],
    ['tea green', 'usage: chat-tui [ROOM | INVITE]'],
    ['chat tea', 'usage: chat-tui [ROOM | INVITE]'],
    ['hsot tea', '"hsot" is no command; did you mean chat-tui host? See chat-tui --help'],
    ['rooms --rely ws://a', 'unknown option --rely; did you mean --relay? See chat-tui rooms --help'],
    ['host tea --privat', 'unknown option --privat; did you mean --private? See chat-tui host --help'],
    ['rooms --json=yes', '--json takes no value; leave out the "=" and what is behind it'],
    ['rooms --no-lan=1', '--lan takes no value; leave out the "=" and what is behind it'],
    ['rooms --relay', '--relay needs a value: --relay URL'],
    ['relay --for 2h', idle('--for', 'relay close and ban')],
    ['relay status --reason rude', idle('--reason', 'relay close and ban')],
    ['relay bans --once', idle('--once', 'relay status')],
    ['relay --check-config ban x', idle('--check-config', 'relay without a command')],
    ['relay status --listen 127.0.0.1:0', idle('--listen', 'relay without a command')],
    ['account list --yes', idle('--yes', 'account login and delete')],
    ['account whoami --password-file p', idle('--password-file', 'account register, login and passwd')],
  ])('refuses "%s" in one sentence', (line, sentence) => {
    expect(() => parse(line)).toThrow(new UsageError(sentence));
  });

  it('takes an option where it says something, and for any command from the environment', () => {
    expect(parse('relay ban x --for 2h --reason rude').options.text('for')).toBe('2h');
    expect(parse('relay close x --for 2h --data d --config c --json').command).toBe('relay');
    expect(parse('relay --listen 127.0.0.1:0 --check-config').command).toBe('relay');
    expect(parse('relay status', { CHAT_TUI_RELAY_LISTEN: 'x' }).words).toEqual(['status']);
    expect(parse('relay --for 2h --help').options.switch('help')).toBe(true);
  });

  it('leaves it to a command what to say of an action that is none', () => {
    expect(parse('relay bann x --for 2h').words).toEqual(['bann', 'x']);
  });

  it.each([['host', ''], ['pipe', ' '], ['save', ''], ['']])('refuses the empty word of %j', (...argv) => {
    expect(() => parseCommandLine(argv, {})).toThrow(/^usage: chat-tui /);
  });

  it('refuses an option that is given twice', () => {
    expect(() => parse('rooms --home a --home b')).toThrow(UsageError);
  });

  it.each(['abc', '-5', '1.5', '100001', ''])('refuses "%s" where a whole number is wanted', (value) => {
    const { options } = parseCommandLine(['pipe', 'tea', `--history=${value || ' '}`], {});
    expect(() => options.number('history', 0, 100_000)).toThrow(UsageError);
  });

  it('says what else may stand where a number is wanted', () => {
    const { options } = parse('host tea --retain foo');
    expect(() => options.number('retain', 1, 9, 'all')).toThrow(
      new UsageError('--retain wants a whole number from 1 to 9, or all, not "foo"'),
    );
  });

  it('takes true and false for a switch', () => {
    expect(parse('rooms --json=true').options.switch('json')).toBe(true);
    expect(parse('rooms --json=false').options.switch('json')).toBe(false);
  });

  it('prints nothing of an unknown option but printable text', () => {
    expect(() => parseCommandLine(['--\u001b[31mred'], {})).toThrow(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
  });

  it('asks for help without the words a command needs', () => {
    expect(parse('host --help').options.switch('help')).toBe(true);
  });
});

describe('the usage text', () => {
  it('names every command, and every option of each', () => {
    for (const command of Object.values(commands)) expect(usageText('chat')).toContain(command.usage);
    for (const option of commands.host.options) expect(usageText('host')).toContain(`--${option.name}`);
    expect(usageText('rooms')).toContain('--no-lan');
  });

  it('fits 100 columns', () => {
    for (const name of Object.keys(commands) as (keyof typeof commands)[])
      for (const line of usageText(name).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
