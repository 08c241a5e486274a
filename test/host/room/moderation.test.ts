import { describe, expect, it } from 'vitest';
import { filtered } from '../../../src/host/room/filters.ts';
import type { TargetLine } from '../../../src/host/room/line-changes.ts';
import { emptyRoom, type RoomState } from '../../../src/host/room/room-state.ts';
import { decide, evolve } from '../../../src/host/room/room.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import { idBytes, identityKey, type IdentityKey } from '../../../src/shared/ids.ts';
import {
  HOUR,
  MAX_EDITS_PER_LINE,
  MAX_MOTD_BYTES,
  MAX_MOTD_LINES,
  MAX_REACTIONS_PER_LINE,
  MAX_SANCTIONS,
  MAX_SLOW_SECONDS,
  MINUTE,
} from '../../../src/shared/limits.ts';
import {
  decodeEvent,
  encodeEvent,
  type EventKind,
  type EventOf,
  type RoomEvent,
} from '../../../src/shared/room/events.ts';
import type { Role } from '../../../src/shared/room/roles.ts';

const keyBytes = (n: number) => new Uint8Array(32).fill(n);
const owner = identityKey(keyBytes(1));
const ada = identityKey(keyBytes(2));
const bob = identityKey(keyBytes(3));
const place = { room: new Uint8Array(16), log: new Uint8Array(8), id: new Uint8Array(16), time: 0 };
let counter = 0;

function event<Kind extends EventKind>(kind: Kind, body: EventOf<Kind>['body']): RoomEvent {
  return { ...place, counter: ++counter, kind, body } as RoomEvent;
}

function joined(n: number, nick: string, role: Role): RoomEvent {
  return event('member-joined', { key: keyBytes(n), nick, role });
}

/** The owner, ada the operator, bob the member. */
function room(): RoomState {
  const policy = { maxMembers: 10, posts: { rate: 1_000, burst: 1_000 } };
  const empty = emptyRoom({ ...place, host: owner, title: 'tea', topic: '', policy });
  return [joined(1, 'olga', 'owner'), joined(2, 'ada', 'op'), joined(3, 'bob', 'member')].reduce(
    (state, joins) => evolve(state, { author: owner, event: joins }, 0),
    empty,
  );
}

function ask(state: RoomState, actor: IdentityKey, posted: RoomEvent, now = 0, target?: TargetLine): string {
  const decision = decide(state, actor, { type: 'post', event: posted, known: undefined, target }, now);
  return decision.type === 'rejected' ? decision.rejection.code : decision.type;
}

function after(state: RoomState, author: IdentityKey, posted: RoomEvent, now = 0): RoomState {
  return evolve(state, { author, event: posted }, now);
}

const text = (said = 'hi') => event('text', { text: said });
const line: TargetLine = { kind: 'text', edits: 0, reactions: 0, deleted: false };

describe('a ban', () => {
  it('ends when its time is over, and by being lifted', () => {
    const banned = after(
      room(),
      ada,
      event('banned', { key: keyBytes(3), ms: HOUR, reason: ' rude\n ' }),
      1_000,
    );
    expect(banned.members.has(bob)).toBe(false);
    const join = (state: RoomState, now: number) => decide(state, bob, { type: 'join', nick: 'rob' }, now);
    expect(join(banned, 61 * MINUTE - 60_000)).toMatchObject({
      rejection: { code: 'banned', retryMs: 1_000, reason: 'rude' },
    });
    expect(join(banned, 1_000 + HOUR)).toMatchObject({ type: 'drafts' });
    const lifted = after(banned, ada, event('unbanned', { key: keyBytes(3) }), 2_000);
    expect(join(lifted, 2_000)).toMatchObject({ drafts: [{ body: { nick: 'rob', role: 'member' } }] });
    expect(ask(lifted, ada, event('unbanned', { key: keyBytes(3) }))).toBe('no-change');
  });

  it('never holds the owner', () => {
    const forged = after(room(), ada, event('banned', { key: keyBytes(1) }));
    expect(forged.members.has(owner)).toBe(true);
    expect(decide(forged, owner, { type: 'join', nick: 'olga' }, 0).type).toBe('drafts');
  });

  it('finds a full list, in which those whose time is over take no room', () => {
    let state = room();
    for (let n = 0; n < MAX_SANCTIONS; n++) {
      const key = new Uint8Array(32).fill(9);
      new DataView(key.buffer).setUint32(0, n);
      state = after(state, ada, event('banned', { key, ms: MINUTE }), 0);
    }
    const one = event('banned', { key: keyBytes(3) });
    expect(ask(state, ada, one, 1)).toBe('list-full');
    expect(ask(state, ada, one, MINUTE)).toBe('accepted');
    expect(after(state, ada, one, MINUTE).bans.size).toBe(1);
    const [held] = state.bans.keys();
    expect(ask(state, ada, event('banned', { key: idBytes(held ?? owner) }), 1)).toBe('accepted');
  });
});

describe('silence', () => {
  it('holds speech, names and reactions of the silenced, also of operators, until its time is over', () => {
    const silent = after(room(), owner, event('muted', { key: keyBytes(2), ms: MINUTE }));
    const react = () => event('reacted', { of: place.id, author: keyBytes(3), emoji: '+1', on: true });
    expect(ask(silent, ada, text())).toBe('muted');
    expect(ask(silent, ada, event('me', { text: 'waves' }))).toBe('muted');
    expect(ask(silent, ada, event('edited', { of: place.id, text: 'x' }), 0, line)).toBe('muted');
    expect(ask(silent, ada, event('nick-changed', { nick: 'help' }))).toBe('muted');
    expect(ask(silent, ada, react(), 0, line)).toBe('muted');
    expect(ask(silent, ada, event('deleted', { of: place.id, author: keyBytes(2) }), 0, line)).toBe(
      'accepted',
    );
    expect(ask(silent, ada, event('kicked', { key: keyBytes(3) }))).toBe('accepted');
    expect(ask(silent, ada, text(), MINUTE)).toBe('accepted');
  });

  it('of so many people at once has an end', () => {
    let state = room();
    for (let n = 0; n < MAX_SANCTIONS; n++) {
      const key = new Uint8Array(32).fill(9);
      new DataView(key.buffer).setUint32(0, n);
      state = after(state, ada, event('muted', { key, ms: MINUTE }), 0);
    }
    const one = event('muted', { key: keyBytes(3) });
    expect(ask(state, ada, one, 1)).toBe('list-full');
    expect(ask(state, ada, one, MINUTE)).toBe('accepted');
  });

  it('is not for the absent, who can only be let speak again', () => {
    const muted = after(room(), ada, event('muted', { key: keyBytes(3) }));
    const gone = after(muted, owner, event('member-left', { key: keyBytes(3) }));
    expect(ask(gone, ada, event('muted', { key: keyBytes(3) }))).toBe('no-such-member');
    expect(ask(gone, ada, event('muted', { key: keyBytes(3), ms: 0 }))).toBe('accepted');
    expect(ask(room(), ada, event('muted', { key: keyBytes(3), ms: 0 }))).toBe('no-change');
  });
});

describe('slow mode', () => {
  it('holds members, not operators, and not less after leaving and coming back', () => {
    const slow = after(room(), ada, event('slow-changed', { seconds: 60 }));
    expect(ask(slow, ada, event('slow-changed', { seconds: 60 }))).toBe('no-change');
    const spoken = after(after(slow, bob, text(), 1_000), ada, text(), 1_000);
    expect(ask(spoken, ada, text(), 1_001)).toBe('accepted');
    const refused = decide(spoken, bob, { type: 'post', event: text(), known: undefined }, 11_000);
    expect(refused).toMatchObject({ rejection: { code: 'slow-down', retryMs: 50_000 } });
    const left = after(spoken, owner, event('member-left', { key: keyBytes(3) }), 2_000);
    const back = after(left, owner, joined(3, 'bob', 'member'), 3_000);
    expect(ask(back, bob, text(), 4_000)).toBe('slow-down');
    expect(ask(back, bob, text(), 61_000)).toBe('accepted');
    expect(ask(after(back, ada, event('slow-changed', { seconds: 0 })), bob, text(), 4_000)).toBe('accepted');
  });

  it('remembers nobody for longer than it holds them', () => {
    const slow = after(room(), ada, event('slow-changed', { seconds: 60 }));
    const spoken = after(after(slow, bob, text(), 1_000), owner, text(), 60_999);
    expect([...spoken.spoke.keys()]).toEqual([bob, owner]);
    expect([...after(spoken, owner, text(), 61_000).spoke.keys()]).toEqual([owner]);
  });
});

it('slow mode is at most six hours', () => {
  const asked = (seconds: number): RoomEvent => decodeEvent(encodeEvent(event('slow-changed', { seconds })));
  expect(asked(6 * 3_600)).toMatchObject({ body: { seconds: MAX_SLOW_SECONDS } });
  expect(() => asked(MAX_SLOW_SECONDS + 1)).toThrow(ProtocolError);
  const slow = after(room(), ada, asked(MAX_SLOW_SECONDS));
  const spoken = after(slow, bob, text(), 0);
  expect(ask(spoken, bob, text(), 6 * HOUR - 1)).toBe('slow-down');
  expect(ask(spoken, bob, text(), 6 * HOUR)).toBe('accepted');
});

describe('filters', () => {
  it.each([
    ['see https://example.org', 'links'],
    ['HTTP://EXAMPLE.ORG', 'links'],
    ['www.example.org', 'links'],
    ['irc://example.org/tea', 'links'],
    ['ht\u200btps://example.org', 'links'],
    ['tc://relay/abc#def', 'invites'],
    ['(tcs://relay/abc#def)', 'invites'],
    ['at 5 pm: tea, biscuits.', undefined],
    ['a://', undefined],
    ['acorn, arcade, crossbow, acrobat, angel, cactus, macaroni, hiking', 'invites'],
    ['acorn arcade crossbow acrobat angel cactus macaroni hiking and more of that', undefined],
  ] as const)('find %j to be %s', (said, found) => {
    expect(filtered(said, ['links', 'invites'])).toBe(found);
    expect(filtered(said, [])).toBeUndefined();
  });

  it('hold members and not operators, in edits too', () => {
    const state = after(room(), ada, event('filter-changed', { filter: 'links', on: true }));
    expect(ask(state, bob, text('see https://a.example'))).toBe('links-filtered');
    const edit = event('edited', { of: place.id, text: 'https://a.example' });
    expect(ask(state, bob, edit, 0, line)).toBe('links-filtered');
    expect(ask(state, bob, text('tc://relay/abc#def'))).toBe('accepted');
    expect(ask(state, ada, text('see https://a.example'))).toBe('accepted');
    expect(ask(state, ada, event('filter-changed', { filter: 'links', on: true }))).toBe('no-change');
    const off = after(state, ada, event('filter-changed', { filter: 'links', on: false }));
    expect(off.rules.filters).toEqual([]);
  });
});

describe('roles', () => {
  it('of operators outlast a leave and not a kick; the absent can lose theirs', () => {
    const left = after(room(), owner, event('member-left', { key: keyBytes(2) }));
    const roleOnJoin = (state: RoomState) => decide(state, ada, { type: 'join', nick: 'ada' }, 0);
    expect(roleOnJoin(left)).toMatchObject({ drafts: [{ body: { role: 'op' } }] });
    const demoted = after(left, owner, event('role-changed', { key: keyBytes(2), role: 'member' }));
    expect(roleOnJoin(demoted)).toMatchObject({ drafts: [{ body: { role: 'member' } }] });
    const kicked = after(room(), owner, event('kicked', { key: keyBytes(2) }));
    expect(roleOnJoin(kicked)).toMatchObject({ drafts: [{ body: { role: 'member' } }] });
    const back = after(left, owner, joined(2, 'ada', 'op'));
    const kickedLater = after(back, owner, event('kicked', { key: keyBytes(2) }));
    expect(roleOnJoin(kickedLater)).toMatchObject({ drafts: [{ body: { role: 'member' } }] });
    const banned = after(left, owner, event('banned', { key: keyBytes(2), ms: 1 }));
    expect(decide(banned, ada, { type: 'join', nick: 'ada' }, 1)).toMatchObject({
      drafts: [{ body: { role: 'member' } }],
    });
    expect(ask(room(), owner, event('role-changed', { key: keyBytes(2), role: 'op' }))).toBe('no-change');
    expect(ask(room(), owner, event('role-changed', { key: keyBytes(8), role: 'op' }))).toBe(
      'no-such-member',
    );
  });
});

describe('the message of the day', () => {
  it('has 12 lines and 1 024 bytes at most', () => {
    const lines = (count: number): string => Array.from({ length: count }, () => 'x').join('\n');
    const answer = (motd: string): string => ask(room(), ada, event('motd-changed', { motd }));
    expect(answer(lines(MAX_MOTD_LINES))).toBe('accepted');
    expect(answer(lines(MAX_MOTD_LINES + 1))).toBe('too-many-lines');
    expect(answer('x'.repeat(MAX_MOTD_BYTES))).toBe('accepted');
    expect(answer('x'.repeat(MAX_MOTD_BYTES + 1))).toBe('too-long');
  });

  it('is made safe', () => {
    const told = after(room(), ada, event('motd-changed', { motd: 'mind \u001b[31mthe cat' }));
    expect(told.rules.motd).toBe('mind the cat');
    expect(ask(told, ada, event('motd-changed', { motd: 'mind the cat' }))).toBe('no-change');
  });
});

describe('changes of lines', () => {
  const edit = () => event('edited', { of: place.id, text: 'better' });
  const react = (emoji = '+1') => event('reacted', { of: place.id, author: keyBytes(2), emoji, on: true });
  const takeBack = () => event('deleted', { of: place.id, author: keyBytes(3) });

  it.each([
    ['nothing', undefined],
    ['what was taken back', { ...line, deleted: true }],
    ['what nobody said', { ...line, kind: 'member-joined' as const }],
  ])('are refused for %s', (_, target) => {
    for (const change of [edit(), react(), takeBack()])
      expect(ask(room(), bob, change, 0, target)).toBe('no-such-line');
  });

  it('are for actions as for texts', () => {
    for (const change of [edit(), react(), takeBack()])
      expect(ask(room(), bob, change, 0, { ...line, kind: 'me' })).toBe('accepted');
  });

  it('are not endless, but a line that was changed often can still be taken back', () => {
    const changed = { ...line, edits: MAX_EDITS_PER_LINE, reactions: MAX_REACTIONS_PER_LINE };
    expect(ask(room(), bob, takeBack(), 0, changed)).toBe('accepted');
    expect(ask(room(), bob, edit(), 0, { ...line, edits: MAX_EDITS_PER_LINE - 1 })).toBe('accepted');
    expect(ask(room(), bob, edit(), 0, { ...line, edits: MAX_EDITS_PER_LINE })).toBe('too-many-changes');
    const reacted = (reactions: number): string => ask(room(), bob, react(), 0, { ...line, reactions });
    expect(reacted(MAX_REACTIONS_PER_LINE - 1)).toBe('accepted');
    expect(reacted(MAX_REACTIONS_PER_LINE)).toBe('too-many-changes');
  });

  it('react with emoji of the table only', () => {
    expect(ask(room(), bob, react('nosuch'), 0, line)).toBe('bad-event');
    expect(ask(room(), bob, react('👍'), 0, line)).toBe('bad-event');
    expect(ask(room(), bob, react(), 0, line)).toBe('accepted');
  });
});
