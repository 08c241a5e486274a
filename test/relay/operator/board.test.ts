import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { board, plainBoard, type Sample } from '../../../src/relay/operator/board.ts';
import { textWidth } from '../../../src/shared/text.ts';
import { defaultLimits } from '../../../src/relay/limits.ts';

/** A look at a busy relay, `second` seconds after it began. */
function look(second: number, changes: Partial<Sample['status']['now']> = {}): Sample {
  return {
    at: second * 1_000,
    status: {
      relayId: 'a'.repeat(52),
      name: 'Tea house',
      url: 'wss://chat.example.org',
      version: '1.2.3',
      draining: false,
      private: false,
      now: {
        connections: 4_321,
        connectionLimit: defaultLimits.connections,
        members: 4_000,
        hosts: 321,
        rooms: 321,
        listed: 300,
        watchers: 12,
        circuits: 3_999,
        queuedBytes: 1_048_576,
        queuedFrames: 7,
        stalled: 2,
        bans: 1,
        mails: 12_345,
        mailBytes: 98_765_432,
        writable: true,
        commits: { count: second * 10, seconds: second * 0.05, upTo: [] },
        loopLagSeconds: 0.0014,
        residentBytes: 123_456_789,
        heapBytes: 1,
        cpuSeconds: second * 0.25,
        upSeconds: 93_784,
        ...changes,
      },
      total: {
        framesReceived: { control: second * 10, send: second * 100, cast: second * 90 },
        bytesReceived: { control: 0, send: 0, cast: second * 2_048 },
        writes: 0,
        bytesSent: second * 3 * 1_048_576,
        logins: second * 2,
        refusals: { 'room-full': 7, 'too-many-connections': second * 3, 'slow-down': 1 },
        closes: { 4005: 3 },
      },
    },
  };
}

const busy = Array.from({ length: 90 }, (_, second) => look(second));
const plain = (lines: readonly string[]): string => lines.join('\n');

describe('the operator’s board', () => {
  it.each([
    [80, 24],
    [40, 12],
    [120, 40],
    [20, 6],
    [200, 60],
  ])('fits %i columns and %i rows, whatever there is to show', (columns, rows) => {
    for (const color of [true, false]) {
      const lines = board(busy, { columns, rows, color });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines)
        expect(textWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(columns);
    }
  });

  it('shows lines, rates, refusals the most frequent first, and what the relay cannot see', () => {
    const text = plain(board(busy, { columns: 80, rows: 24, color: false }));
    expect(text).toMatch(/^Tea house wss:\/\/chat\.example\.org +open · up 1 d 2 h\n/);
    expect(text).toMatch(/lines +█+░+ {2}4 321 of 10 000 {3}4 000 members · 321 hosts/);
    expect(text).toContain('200 frames/s · in 2.0 KiB/s · out 3.0 MiB/s');
    expect(text).toContain('2.0 logins/s · 3.0 refusals/s');
    expect(text).toMatch(/refused +267 too-many-connections\n +7 room-full\n +1 slow-down/);
    expect(text).toContain('12 345 waiting · 94.2 MiB · 10 commits/s, 5.0 ms each');
    expect(text).toContain('2 slow · 3 closed for that · 1 ban');
    expect(text).toContain('lag 1.4 ms · CPU 25 %');
    expect(text).toContain('cannot see  what is said · nicks · private titles · codes · passwords · history');
    expect(text).toContain('q leaves');
  });

  it('keeps what matters on a small terminal', () => {
    const text = plain(board(busy, { columns: 40, rows: 12, color: false }));
    for (const part of [
      '4 321 of 10 000',
      '321 · 300 listed',
      '200 frames/s',
      'too-many-connections',
      '2 slow',
      'cannot see',
    ])
      expect(text).toContain(part);
  });

  it('has no colour where none is wanted, and says a full disk, a drain and a private relay in words', () => {
    const size = { columns: 80, rows: 24, color: false };
    expect(plain(board(busy, size))).not.toContain('\u001b');
    expect(plain(board([look(1, { writable: false })], size))).toMatch(/disk full · up(.|\n)*DISK FULL/);
    const one = look(1);
    expect(plain(board([{ ...one, status: { ...one.status, draining: true } }], size))).toContain(
      'draining · up',
    );
    expect(plain(board([{ ...one, status: { ...one.status, private: true } }], size))).toContain(
      'private · up',
    );
  });

  it('says what the operator has to see to', () => {
    const one = look(1);
    const warnings = [
      'the certificate expires in 3 days, on 2126-10-28: renew it, then "chat-tui relay reload"',
    ];
    const warned = { ...one, status: { ...one.status, warnings } };
    expect(board([warned], { columns: 40, rows: 12, color: false })).toContain(
      '! the certificate expires in 3 days, on…',
    );
    expect(plainBoard(warned)).toContain(`\nwarning                       ${warnings[0]}\n`);
  });

  it('begins without rates, and a relay that was restarted meanwhile has none below zero', () => {
    for (const samples of [[look(5)], [look(50), look(1)]])
      expect(plain(board(samples, { columns: 80, rows: 24, color: false }))).toContain(
        '0 frames/s · in 0 B/s',
      );
  });

  it('is a list of everything for a pipe', () => {
    const text = plainBoard(look(10));
    expect(text).not.toContain('\u001b');
    expect(text).toMatch(/^relay +Tea house wss:\/\/chat\.example\.org\n/);
    expect(text).toMatch(/refused too-many-connections +30\n/);
  });
});
