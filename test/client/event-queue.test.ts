import { describe, expect, it } from 'vitest';
import { EventQueue, MAX_UNREAD_EVENTS } from '../../src/client/event-queue.ts';

describe('events for one reader at its own pace', () => {
  it('come in order, those first that were there before anybody read', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    const waiting = queue.next();
    queue.push(2);
    expect(await waiting).toEqual({ done: false, value: 2 });
    queue.end();
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('end with an error where one did not fit, and go on behind no hole', async () => {
    const queue = new EventQueue<number>();
    for (let event = 1; event <= MAX_UNREAD_EVENTS + 1; event++) queue.push(event);
    const read = [(await queue.next()).value];
    // There is room again, but one is lost by now.
    queue.push(MAX_UNREAD_EVENTS + 2);
    while (read.length < MAX_UNREAD_EVENTS) read.push((await queue.next()).value);
    expect(read.at(-1)).toBe(MAX_UNREAD_EVENTS);
    await expect(queue.next()).rejects.toThrow('not read in time');
  });
});
