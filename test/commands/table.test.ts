import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/commands/find.ts';
import { helpAll, helpOne } from '../../src/commands/help.ts';
import { commands } from '../../src/commands/table.ts';
import { textWidth } from '../../src/shared/text.ts';

describe('the command table', () => {
  it('gives every name and alias to one command only', () => {
    const names = commands.flatMap(namesOf);
    expect(names).toEqual([...new Set(names)]);
    for (const name of names) expect(name).toMatch(/^(?:[a-z][a-z-]*|\?)$/);
  });

  it('has the aliases people know from elsewhere', () => {
    const aliases = Object.fromEntries(
      commands.flatMap(({ name, aliases: also }) => (also.length > 0 ? [[name, also]] : [])),
    );
    expect(aliases).toEqual({
      help: ['h', '?'],
      quit: ['exit', 'bye', 'q'],
      clear: ['c', 'cl'],
      relay: ['relays'],
      rooms: ['list'],
      join: ['j'],
      leave: ['part', 'close'],
      topic: ['t'],
      members: ['clients', 'names', 'n', 'who'],
      whois: ['wi'],
      fingerprint: ['safety'],
      whisper: ['w', 'msg', 'm', 'tell'],
      reply: ['r'],
      inbox: ['deliver'],
      kick: ['k'],
      unban: ['ub'],
      search: ['find', 'lastlog'],
      win: ['window', 'buffer'],
      save: ['export'],
      status: ['route', 'ping'],
    });
  });

  it('begins each usage with the name and names each option in it', () => {
    for (const { name, usage, options } of commands) {
      expect(usage.split(' ')[0]).toBe(`/${name}`);
      for (const option of Object.keys(options ?? {})) expect(usage).toContain(`--${option}`);
    }
  });
});

describe('help', () => {
  it('lists every command in aligned columns that fit a terminal of 80 cells', () => {
    const help = helpAll(commands);
    const rows = help.split('\n').filter((row) => row.startsWith('  /'));
    expect(rows).toHaveLength(commands.length);
    const starts = rows.map((row) => /^ {2}\/.*? {2,}(?=\S)/.exec(row)?.[0].length);
    expect(new Set(starts).size).toBe(1);
    expect(Math.max(...help.split('\n').map(textWidth))).toBeLessThanOrEqual(80);
  });

  it('tells usage, place and other names of one command', () => {
    const join = commands.find(({ name }) => name === 'join');
    if (!join) throw new Error('no join');
    expect(helpOne(join)).toBe(
      [
        '/join ROOM|INVITE',
        '  Go into a room; a join code is asked for.',
        '  Works everywhere.',
        '  Also: /j',
        '  INVITE  a link, or eight words; /join alone asks for it and shows it to nobody',
      ].join('\n'),
    );
  });

  it('tells who may change what everybody may have shown', () => {
    const saying = (words: string) =>
      commands.filter((command) => helpOne(command).includes(words)).map(({ name }) => name);
    expect(saying('Operators and the owner change it.')).toEqual(['topic', 'slow', 'filter', 'motd']);
    expect(saying('Operators and the owner only.')).toContain('kick');
  });

  it('explains every option of a command', () => {
    for (const command of commands) {
      for (const option of Object.keys(command.options ?? {})) {
        expect(helpOne(command).split('\n').slice(1).join('\n')).toContain(`--${option}`);
      }
    }
  });
});
