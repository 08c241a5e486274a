import { DAY, HOUR, MINUTE } from '../../shared/limits.ts';

const units: Readonly<Record<string, number>> = { m: MINUTE, min: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/**
 * `30m`, `2h`, `3d`, `1w` ago; `2026-11-20`, `2026-11-20 18:00`, `2026-11-20T18:00:05` by local time; `18:00` of today, or
 * of yesterday while that is still to come. ms since 1970, undefined when it is none of these.
 */
export function parseSince(text: string, now: number): number | undefined {
  const ago = /^(\d{1,5})\s*(m|min|h|d|w)$/i.exec(text.trim());
  if (ago) return now - Number(ago[1]) * (units[ago[2]?.toLowerCase() ?? ''] ?? 0);

  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (clock) {
    const today = new Date(now);
    const at = localTime([today.getFullYear(), today.getMonth() + 1, today.getDate()], clock.slice(1));
    if (at === undefined || at <= now) return at;
    const before = new Date(at);
    before.setDate(before.getDate() - 1);
    return before.getTime();
  }

  const date = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  return date ? localTime(date.slice(1, 4).map(Number), date.slice(4)) : undefined;
}

/** Undefined for a date or time that no calendar or clock shows. */
function localTime(date: readonly number[], clock: readonly (string | undefined)[]): number | undefined {
  const [year = 0, month = 0, day = 0] = date;
  const [hours = 0, minutes = 0, seconds = 0] = clock.map((part) => Number(part ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const at = new Date(year, month - 1, day, hours, minutes, seconds);
  return at.getMonth() === month - 1 && at.getDate() === day ? at.getTime() : undefined;
}
