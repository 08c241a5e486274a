/** Kills remembered; the oldest goes first. */
export const MAX_KILLS = 16;

/** Killed texts, newest first. */
export type KillRing = readonly string[];

export const emptyKillRing: KillRing = [];

/** `before` and `after` add to the newest kill, as for kills in a row. */
export function killed(ring: KillRing, text: string, where: 'new' | 'before' | 'after'): KillRing {
  const [newest = '', ...older] = ring;
  if (where === 'new') return [text, ...ring].slice(0, MAX_KILLS);
  return [where === 'before' ? text + newest : newest + text, ...older];
}

export function newestKill(ring: KillRing): string | undefined {
  return ring[0];
}
