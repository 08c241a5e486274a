import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { PostSender, type PostLine } from '../../../src/client/posts/post-sender.ts';
import type { RoomEventBody } from '../../../src/client/session-events.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { messageId, roomId, type MessageId } from '../../../src/shared/ids.ts';
import { DAY, HOUR, MINUTE } from '../../../src/shared/limits.ts';
import { decodeEvent } from '../../../src/shared/room/events.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const room = roomId(randomBytes(16));
let archive: Archive;
let clock: ManualClock;
let events: RoomEventBody[];
let sent: { id: MessageId; text: string; counter: number }[];
let sender: PostSender;
const signer = person();

beforeEach(() => {
  archive = openArchive(':memory:');
  clock = new ManualClock();
  events = [];
  sent = [];
  sender = make();
});
afterEach(() => {
  sender.close();
  archive.close();
});

function make(): PostSender {
  return new PostSender({ room, signer, clock, rooms: archive.rooms, emit: (event) => events.push(event) });
}
function line(change: Partial<PostLine> = {}): PostLine {
  return {
    log: randomBytes(8),
    counter: 0,
    limits: { rate: 1, burst: 5, textBytes: 4_096, textLines: 64 },
    relay: { framesPerSecond: 20, bytesPerSecond: 65_536 },
    send(message) {
      if (message.t !== 'post') return false;
      const event = decodeEvent(message.event[1]);
      const text = event.kind === 'text' ? event.body.text : event.kind;
      sent.push({ id: messageId(event.id), text, counter: event.counter });
      return true;
    },
    ...change,
  };
}
function say(text: string, ref?: string): MessageId {
  const id = messageId(randomBytes(16));
  expect(
    sender.add({ id, kind: 'text', text, time: clock.wall(), ...(ref === undefined ? {} : { ref }) }),
  ).toBeUndefined();
  sender.pump();
  return id;
}
const texts = () => sent.map(({ text }) => text);

describe('posts', () => {
  it('wait until there is a host, then go in order with rising counters', () => {
    say('one');
    say('two');
    expect(sent).toEqual([]);
    sender.online(line({ counter: 7 }));
    say('three');
    expect(texts()).toEqual(['one', 'two', 'three']);
    expect(sent.map(({ counter }) => counter)).toEqual([8, 9, 10]);
  });

  it.each([
    ['a rate above it', 50],
    ['no rate', 0],
  ])('stay below what the relay takes, in a room with %s', (_, rate) => {
    const limits = { rate, burst: 100, textBytes: 4_096, textLines: 64 };
    sender.online(line({ limits }));
    for (let i = 0; i < 200; i++) say(`line ${i}`);
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.length).toBeLessThanOrEqual(20);
    const burst = sent.length;
    clock.advance(10_000);
    expect(sent.length - burst).toBeGreaterThan(120);
    expect(sent.length - burst).toBeLessThanOrEqual(150);
  });

  it('stay below the bytes that the relay takes, which a long line has more of than it has letters', () => {
    const limits = { rate: 50, burst: 100, textBytes: 4_096, textLines: 64 };
    sender.online(line({ limits }));
    for (let i = 0; i < 60; i++) say('x'.repeat(4_000));
    // Each is padded to 16 KiB, and a quarter of 64 KiB is for other things.
    expect(sent).toHaveLength(4);
    clock.advance(10_000);
    expect(sent.length).toBeGreaterThan(4 + 28);
    expect(sent.length).toBeLessThanOrEqual(4 + 30);
    // Another line is not held back by what went over this one.
    const before = sent.length;
    sender.offline();
    sender.online(line({ limits }));
    expect(sent.length - before).toBeGreaterThanOrEqual(3);
  });

  it('are held back by nobody in a room without a rate, at a relay that names none', () => {
    const limits = { rate: 0, burst: 0, textBytes: 4_096, textLines: 64 };
    sender.online(line({ limits, relay: { framesPerSecond: 0, bytesPerSecond: 0 } }));
    for (let i = 0; i < 200; i++) say(`line ${i}`);
    expect(sent).toHaveLength(200);
  });

  it('stay below the room’s rate', () => {
    sender.online(line());
    for (let i = 0; i < 10; i++) say(`line ${i}`);
    expect(sent).toHaveLength(4);
    clock.advance(1_000);
    expect(sent).toHaveLength(4);
    clock.advance(100);
    expect(sent).toHaveLength(5);
    clock.advance(10_000);
    expect(texts()).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`));
  });

  it('unanswered at an interruption are sent again with the same ids and new counters', () => {
    sender.online(line());
    const [one, two] = [say('one'), say('two')];
    sender.confirmed(one, 5);
    sender.offline();
    sender.online(line({ counter: 1 }));
    expect(sent.map(({ id }) => id)).toEqual([one, two, two]);
    expect(sent.at(-1)?.counter).toBe(3);
    sender.confirmed(two, 6);
    sender.confirmed(two, 6);
    expect(events).toEqual([
      { type: 'sent', id: one, seq: 5 },
      { type: 'sent', id: two, seq: 6 },
    ]);
    expect(archive.rooms.pending(room)).toEqual([]);
  });

  it('that were said too fast wait as long as they are told, and keep their place', () => {
    sender.online(line());
    const [one, two] = [say('one'), say('two')];
    sender.rejected({ id: one, code: 'slow-down', retryMs: 500 });
    sender.rejected({ id: two, code: 'slow-down', retryMs: 700 });
    clock.advance(699);
    expect(sent).toHaveLength(2);
    clock.advance(5_000);
    expect(texts()).toEqual(['one', 'two', 'one', 'two']);
    expect(events).toEqual([]);
  });

  it('keep their order when one was put off: what was on its way behind it comes back first', () => {
    sender.online(line());
    const [one, two] = [say('one'), say('two')];
    sender.rejected({ id: one, code: 'slow-down', retryMs: 10 });
    say('three');
    clock.advance(5_000);
    expect(texts()).toEqual(['one', 'two']);
    sender.rejected({ id: two, code: 'slow-down', retryMs: 10 });
    clock.advance(5_000);
    expect(texts()).toEqual(['one', 'two', 'one', 'two', 'three']);
    expect(sent.map(({ counter }) => counter)).toEqual([1, 2, 1, 2, 3]);
  });

  it('go on as they stand when one behind a line that was put off got its number all the same', () => {
    sender.online(line());
    const [one, two] = [say('one'), say('two')];
    sender.rejected({ id: one, code: 'storage-full', retryMs: 10 });
    sender.confirmed(two, 4);
    clock.advance(5_000);
    expect(sent.at(-1)).toMatchObject({ id: one, counter: 3 });
  });

  it('put off for hours go out as soon as the room has other rules', () => {
    sender.online(line());
    const one = say('one');
    sender.rejected({ id: one, code: 'slow-down', retryMs: 6 * HOUR });
    clock.advance(MINUTE);
    expect(texts()).toEqual(['one']);
    sender.tryAgain();
    expect(texts()).toEqual(['one', 'one']);
  });

  it('refused for good fail with the caller’s id and the reason', () => {
    sender.online(line());
    const id = say('one', 'r');
    sender.rejected({ id, code: 'not-allowed' });
    sender.rejected({ id, code: 'not-allowed' });
    expect(events).toEqual([{ type: 'failed', id, code: 'not-allowed', ref: 'r' }]);
    expect(sender.pending()).toEqual([]);
  });

  it('whose counter somebody else of this key has taken are signed once more', () => {
    sender.online(line());
    const id = say('one');
    sender.confirmed(messageId(randomBytes(16)), 3, 9);
    sender.rejected({ id, code: 'bad-event' });
    expect(sent.at(-1)).toMatchObject({ id, counter: 10 });
    sender.rejected({ id, code: 'bad-event' });
    expect(events).toMatchObject([{ type: 'failed', code: 'bad-event' }]);
  });

  it('are settled when the last has its answer, or when nobody waits any longer', async () => {
    await sender.settled(1_000);
    const [one, two] = [say('one'), say('two')];
    sender.online(line());
    const settled = sender.settled(1_000);
    sender.confirmed(one, 1);
    expect(clock.pending).toBe(2);
    sender.rejected({ id: two, code: 'not-allowed' });
    await settled;
    say('three');
    const late = sender.settled(1_000);
    clock.advance(1_000);
    await late;
    expect(sender.pending()).toHaveLength(1);
  });

  it('of an earlier process are there again, in order', () => {
    say('one');
    say('two');
    sender.close();
    sender = make();
    sender.online(line());
    expect(texts()).toEqual(['one', 'two']);
  });

  it('that were on their way when the host went fail after a day like the others', () => {
    sender.online(line());
    const id = say('one');
    sender.offline();
    clock.advance(DAY + 2 * MINUTE);
    expect(events).toEqual([{ type: 'failed', id, code: 'host-away' }]);
    sender.online(line());
    expect(texts()).toEqual(['one']);
  });

  it('fail when the host was away for a day, but not because a clock was set', () => {
    const id = say('one');
    clock.advance(DAY - HOUR);
    expect(events).toEqual([]);
    clock.advance(HOUR + 2 * MINUTE);
    expect(events).toEqual([{ type: 'failed', id, code: 'host-away' }]);
    say('two');
    const wall = clock.wall.bind(clock);
    clock.wall = () => wall() + 3 * DAY;
    clock.advance(2 * MINUTE);
    expect(events).toHaveLength(1);
  });
});
