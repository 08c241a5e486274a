import { describe, expect, it } from 'vitest';
import { firstWord } from '../../src/host/first-word.ts';
import type { HostEvent } from '../../src/host/host-events.ts';

function asked(patient = false) {
  const listeners = new Set<(event: HostEvent) => void>();
  const word = firstWord((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, patient);
  const tell = (event: HostEvent): void => {
    for (const listener of listeners) listener(event);
  };
  return { word, tell, listeners };
}
const offline = (via?: 'relay' | 'lan'): HostEvent => ({
  type: 'offline',
  reason: 'unreachable',
  retryMs: 500,
  ...(via === undefined ? {} : { via }),
});

describe('a room that was asked for', () => {
  it('is there when a line is open, whatever happens besides', async () => {
    const { word, tell, listeners } = asked();
    tell({ type: 'storage', message: 'full' });
    tell({ type: 'online' });
    expect(await word).toBeUndefined();
    expect(listeners.size).toBe(0);
  });

  it('is not where its only relay cannot be reached, or wants it not', async () => {
    const unreachable = asked();
    unreachable.tell(offline());
    expect(await unreachable.word).toEqual({ code: 'unreachable', retryMs: 500 });
    const unwanted = asked();
    unwanted.tell({ type: 'refused', code: 'room-limit', retryMs: 0 });
    expect(await unwanted.word).toEqual({ code: 'room-limit', retryMs: 0 });
  });

  it('is waited for by the patient where its relays cannot be reached, not where they want it not', async () => {
    const alone = asked(true);
    alone.tell(offline());
    expect(await alone.word).toBeUndefined();
    const both = asked(true);
    both.tell(offline('relay'));
    both.tell(offline('lan'));
    expect(await both.word).toBeUndefined();
    const crowded = asked(true);
    crowded.tell({ type: 'offline', reason: 'too-many-connections', retryMs: 5_000 });
    expect(await crowded.word).toBeUndefined();
    const unwanted = asked(true);
    unwanted.tell({ type: 'refused', code: 'room-limit', retryMs: 0 });
    expect(await unwanted.word).toEqual({ code: 'room-limit', retryMs: 0 });
  });

  it('waits where somebody else hosts it', async () => {
    const { word, tell } = asked();
    tell({ type: 'refused', code: 'taken', retryMs: 0 });
    expect(await word).toBeUndefined();
  });

  it('may still open on the local network without the relay; what failed there is the reason else', async () => {
    const near = asked();
    near.tell(offline('relay'));
    near.tell({ type: 'online', via: 'lan' });
    expect(await near.word).toBeUndefined();
    const nowhere = asked();
    nowhere.tell({ type: 'offline', reason: 'draining', retryMs: 7, via: 'relay' });
    nowhere.tell(offline('lan'));
    expect(await nowhere.word).toEqual({ code: 'draining', retryMs: 7 });
  });
});
