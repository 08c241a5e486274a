import { describe, expect, it } from 'vitest';
import { emptyRoom, type RoomState } from '../../../src/host/room/room-state.ts';
import { decide, evolve, type RoomRequest } from '../../../src/host/room/room.ts';
import { identityKey, type IdentityKey } from '../../../src/shared/ids.ts';
import type { Role } from '../../../src/shared/room/roles.ts';
import type { EventKind, EventOf, RoomEvent } from '../../../src/shared/room/events.ts';

const keyBytes = (n: number) => new Uint8Array(32).fill(n);
const host = identityKey(keyBytes(1));
const ada = identityKey(keyBytes(2));
const bob = identityKey(keyBytes(3));
const room = new Uint8Array(16).fill(7);
const log = new Uint8Array(8).fill(8);

function event<Kind extends EventKind>(
  kind: Kind,
  body: EventOf<Kind>['body'],
  change: Partial<RoomEvent> = {},
) {
  return { room, log, id: new Uint8Array(16), counter: 1, time: 0, kind, body, ...change } as RoomEvent;
}

function joined(n: number, nick: string, role: Role = 'member'): RoomEvent {
  return event('member-joined', { key: keyBytes(n), nick, role });
}

function state(members: RoomEvent[] = [joined(1, 'host', 'owner'), joined(2, 'ada')]): RoomState {
  const policy = { maxMembers: 2, posts: { rate: 1, burst: 5 } };
  const empty = emptyRoom({ room, log, host, title: 'tea', topic: '', policy });
  return members.reduce((s, e) => evolve(s, { author: host, event: e }, 0), empty);
}

function post(s: RoomState, actor: IdentityKey, e: RoomEvent, now = 0, known?: number) {
  return decide(s, actor, { type: 'post', event: e, known }, now);
}

function rejection(code: string) {
  return { type: 'rejected', rejection: expect.objectContaining({ code }) };
}

describe('posting', () => {
  it('accepts a line of a member', () => {
    expect(post(state(), ada, event('text', { text: 'hi' }))).toEqual({ type: 'accepted' });
  });

  it('refuses whoever is not on the roster', () => {
    expect(post(state(), bob, event('text', { text: 'hi' }))).toEqual(rejection('not-allowed'));
  });

  it('refuses an operator who has left', () => {
    const op = evolve(state(), { author: host, event: joined(3, 'bob', 'op') }, 0);
    const left = evolve(op, { author: host, event: event('member-left', { key: keyBytes(3) }) }, 0);
    expect(post(left, bob, event('text', { text: 'hi' }))).toEqual(rejection('not-allowed'));
  });

  it.each([
    ['another room', { room: new Uint8Array(16) }],
    ['another log', { log: new Uint8Array(8) }],
    ['a counter that does not rise', { counter: 0 }],
  ])('refuses an event of %s', (_, change) => {
    expect(post(state(), ada, event('text', { text: 'hi' }, change))).toEqual(rejection('bad-event'));
  });

  it('wants each counter of one author above the last', () => {
    const after = evolve(state(), { author: ada, event: event('text', { text: 'a' }, { counter: 5 }) }, 0);
    expect(post(after, ada, event('text', { text: 'b' }, { counter: 5 }))).toEqual(rejection('bad-event'));
    expect(post(after, ada, event('text', { text: 'b' }, { counter: 6 }))).toEqual({ type: 'accepted' });
    expect(post(after, host, event('text', { text: 'b' }, { counter: 1 }))).toEqual({ type: 'accepted' });
  });

  it('names the seq of what was posted before, whatever its counter', () => {
    expect(post(state(), ada, event('text', { text: 'hi' }, { counter: 0 }), 0, 9)).toEqual({
      type: 'known',
      seq: 9,
    });
  });

  it.each([
    joined(3, 'eve'),
    event('member-left', { key: keyBytes(1) }),
    event('room-opened', { title: 'x', topic: '' }),
  ])('lets nobody post what only the host may say', (forged) => {
    expect(post(state(), ada, forged)).toEqual(rejection('not-allowed'));
    expect(post(state(), host, forged)).toEqual(rejection('not-allowed'));
  });

  it('lets only those change the topic who may', () => {
    const topic = event('topic-changed', { topic: 'biscuits' });
    expect(post(state(), ada, topic)).toEqual(rejection('not-allowed'));
    expect(post(state(), host, topic)).toEqual({ type: 'accepted' });
  });

  it.each([
    ['256 bytes', 'ä'.repeat(128), true],
    ['a byte more', `${'ä'.repeat(128)}x`, false],
    ['two lines', 'milk\nfirst', false],
  ])('takes a topic of one line with 256 bytes at most: %s', (_, topic, fits) => {
    const posted = post(state(), host, event('topic-changed', { topic }));
    const set = decide(state(), host, { type: 'set-topic', topic }, 0);
    expect([posted.type, set.type]).toEqual(fits ? ['accepted', 'drafts'] : ['rejected', 'rejected']);
  });

  it.each([
    ['empty', '', 'bad-event'],
    ['blank', ' \n ', 'bad-event'],
    ['of 65 lines', 'x\n'.repeat(64) + 'x', 'too-many-lines'],
    ['of 4097 bytes', 'ä'.repeat(2_048) + 'x', 'too-long'],
  ])('refuses text that is %s', (_, text, code) => {
    expect(post(state(), ada, event('text', { text }))).toEqual(rejection(code));
  });

  it.each(['x\n'.repeat(63) + 'x', 'ä'.repeat(2_048)])('accepts text at the limit', (text) => {
    expect(post(state(), ada, event('text', { text }))).toEqual({ type: 'accepted' });
  });

  it.each(['', '#tea', 'a b', 'a~b', 'x'.repeat(21)])('refuses the nick %j', (nick) => {
    expect(post(state(), ada, event('nick-changed', { nick }))).toEqual(rejection('bad-event'));
  });

  it('slows down who posts more than five at once and one a second', () => {
    let s = state();
    for (let counter = 1; counter <= 5; counter++) {
      const line = event('text', { text: 'x' }, { counter });
      expect(post(s, ada, line)).toEqual({ type: 'accepted' });
      s = evolve(s, { author: ada, event: line }, 0);
    }
    const sixth = event('text', { text: 'x' }, { counter: 6 });
    expect(post(s, ada, sixth, 0)).toEqual({
      type: 'rejected',
      rejection: { code: 'slow-down', retryMs: 1_000 },
    });
    expect(post(s, ada, sixth, 999)).toMatchObject({ rejection: { retryMs: 1 } });
    expect(post(s, ada, sixth, 1_000)).toEqual({ type: 'accepted' });
    expect(post(s, host, event('text', { text: 'x' }), 0)).toEqual({ type: 'accepted' });
  });
});

describe('coming and going', () => {
  const ask = (s: RoomState, actor: IdentityKey, request: RoomRequest) => decide(s, actor, request, 0);

  it('puts a newcomer on the roster as a member', () => {
    const decision = ask(state(), bob, { type: 'join', nick: 'bob' });
    expect(decision).toEqual({
      type: 'drafts',
      drafts: [{ kind: 'member-joined', body: { key: keyBytes(3), nick: 'bob', role: 'member' } }],
    });
  });

  it('has nothing to say of somebody who is there already', () => {
    expect(ask(state(), ada, { type: 'join', nick: 'ada' })).toEqual({ type: 'drafts', drafts: [] });
  });

  it('is full with as many members as it may have, the owner not counted', () => {
    const full = state([joined(1, 'host', 'owner'), joined(2, 'ada'), joined(3, 'bob')]);
    expect(ask(full, identityKey(keyBytes(4)), { type: 'join', nick: 'cleo' })).toEqual(
      rejection('room-full'),
    );
    const withoutOwner = state([joined(2, 'ada'), joined(3, 'bob')]);
    expect(ask(withoutOwner, host, { type: 'join', nick: 'host' })).toMatchObject({
      drafts: [{ body: { role: 'owner' } }],
    });
  });

  it('takes who leaves off the roster, but never the owner', () => {
    expect(ask(state(), ada, { type: 'leave', reason: 'tea time' })).toEqual({
      type: 'drafts',
      drafts: [{ kind: 'member-left', body: { key: keyBytes(2), reason: 'tea time' } }],
    });
    expect(ask(state(), host, { type: 'leave' })).toEqual({ type: 'drafts', drafts: [] });
    expect(ask(state(), bob, { type: 'leave' })).toEqual({ type: 'drafts', drafts: [] });
  });

  it('says nothing of a topic that is set to what it is', () => {
    expect(ask(state(), host, { type: 'set-topic', topic: '' })).toEqual({ type: 'drafts', drafts: [] });
  });

  it('remembers by the store what a returning author has posted', () => {
    const after = evolve(state(), { author: host, event: joined(3, 'bob'), resumes: 12 }, 0);
    expect(post(after, bob, event('text', { text: 'x' }, { counter: 12 }))).toEqual(rejection('bad-event'));
  });
});

describe('what events change', () => {
  it('follows topic and nicks, made safe', () => {
    const s = [
      event('topic-changed', { topic: 'milk\u001b[31m first' }),
      event('nick-changed', { nick: 'queen' }, { counter: 2 }),
    ].reduce((acc, e, i) => evolve(acc, { author: i === 0 ? host : ada, event: e }, 0), state());
    expect(s.topic).not.toContain('\u001b');
    expect(s.members.get(ada)?.nick).toBe('queen');
  });

  it('leaves the state before it untouched', () => {
    const before = state();
    evolve(before, { author: host, event: event('member-left', { key: keyBytes(2) }) }, 0);
    evolve(before, { author: ada, event: event('text', { text: 'x' }, { counter: 8 }) }, 0);
    expect(before.members.get(ada)?.counter).toBe(0);
  });
});
