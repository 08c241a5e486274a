import { beforeAll, describe, expect, it } from 'vitest';
import { parseSince } from '../../../src/client/saving/parse-since.ts';
import { DAY, HOUR, MINUTE } from '../../../src/shared/limits.ts';

describe('a time to save from', () => {
  beforeAll(() => {
    process.env['TZ'] = 'Europe/Berlin';
  });
  const now = Date.parse('2026-11-20T18:02:11+01:00');
  const since = (text: string): string | undefined => {
    const at = parseSince(text, now);
    return at === undefined ? undefined : new Date(at).toISOString();
  };

  it('is an age', () => {
    expect(parseSince('30m', now)).toBe(now - 30 * MINUTE);
    expect(parseSince('2h', now)).toBe(now - 2 * HOUR);
    expect(parseSince('3d', now)).toBe(now - 3 * DAY);
    expect(parseSince('1w', now)).toBe(now - 7 * DAY);
  });

  it('is a local day or moment', () => {
    expect(since('2026-11-20')).toBe('2026-11-19T23:00:00.000Z');
    expect(since('2026-07-01 12:30')).toBe('2026-07-01T10:30:00.000Z');
    expect(since('2026-07-01T12:30:05')).toBe('2026-07-01T10:30:05.000Z');
  });

  it('is a time of today, or of yesterday while it is still to come', () => {
    expect(since('18:00')).toBe('2026-11-20T17:00:00.000Z');
    expect(since('18:03')).toBe('2026-11-19T17:03:00.000Z');
  });

  it.each(['', 'tea', '2h30', '25:00', '18:60', '2026-02-30', '2026-13-01', '-2h'])(
    'is not %j, which no calendar or clock shows',
    (text) => {
      expect(parseSince(text, now)).toBeUndefined();
    },
  );
});
