import { DAY, HOUR, MINUTE, SECOND } from './limits.ts';

const units: Readonly<Record<string, number>> = {
  s: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};

/** `30s`, `10m`, `2h`, `3d`, `1w` in ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,4})(s|m|min|h|d|w)$/i.exec(text);
  const ms = match && Number(match[1]) * (units[match[2]?.toLowerCase() ?? ''] ?? 0);
  return ms ? ms : undefined;
}

/** A wait or an age in words: `4 s`, `2 min`, `3 h`, `5 d`; rounded up, so that waiting it out is enough. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(1, Math.ceil(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.ceil(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.ceil(ms / HOUR)} h` : `${Math.ceil(ms / DAY)} d`;
}

/** A time that somebody has set, whole seconds: as `duration`, but never rounded. */
export function period(ms: number): string {
  if (ms >= 2 * DAY && ms % DAY === 0) return `${ms / DAY} d`;
  if (ms % HOUR === 0) return `${ms / HOUR} h`;
  return ms % MINUTE === 0 ? `${ms / MINUTE} min` : `${Math.ceil(ms / SECOND)} s`;
}
