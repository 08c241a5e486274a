import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { OwnPosts } from '../../../src/client/posts/own-posts.ts';
import { OwnPresence } from '../../../src/client/rooms/own-presence.ts';
import { PostSender } from '../../../src/client/posts/post-sender.ts';
import type { MemberInfo, RoomEventBody, RoomState } from '../../../src/client/session-events.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';
import {
  MAX_MOTD_BYTES,
  MAX_MOTD_LINES,
  MAX_OUTBOX,
  MAX_REASON_BYTES,
  MAX_TOPIC_BYTES,
} from '../../../src/shared/limits.ts';
import type { Role } from '../../../src/shared/room/roles.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const room = roomId(randomBytes(16));
const [ada, bob] = [person(), person()];
const self = { key: identityKey(ada.publicKey), tag: 'tagg', nick: 'ada', guest: false };

let archive: Archive;
let clock: ManualClock;
let sender: PostSender;
let events: RoomEventBody[];
let state: RoomState;
let role: Role;
let nickThere: string;
let posted: number;
let posts: OwnPosts;

beforeEach(() => {
  archive = openArchive(':memory:');
  clock = new ManualClock();
  events = [];
  state = 'online';
  role = 'member';
  nickThere = 'ada';
  posted = 0;
  const emit = (event: RoomEventBody) => events.push(event);
  sender = new PostSender({ room, signer: ada, clock, rooms: archive.rooms, emit });
  posts = new OwnPosts({
    clock,
    self: () => self,
    sender,
    people: {
      get me(): MemberInfo {
        return { ...self, nick: nickThere, role, presence: 'online' };
      },
      roleOf: (key) => (key === self.key ? role : 'member'),
    },
    state: () => state,
    limits: () => ({ rate: 1, burst: 1, textBytes: 20, textLines: 2 }),
    quote: () => ({ by: self }),
    emit,
    posted: () => posted++,
  });
});
afterEach(() => {
  sender.close();
  archive.close();
});

describe('what is said', () => {
  it('is echoed and waits, with the caller’s own id', () => {
    const said = posts.say('hello', { ref: 'r1' });
    expect(events).toMatchObject([{ type: 'echo', ref: 'r1', line: { text: 'hello' } }]);
    expect(posts.pending()).toMatchObject([said.ok ? { id: said.value } : {}]);
    expect(posted).toBe(1);
  });

  it('waits while the host is away, and is refused in a room that was left', () => {
    state = 'host-offline';
    expect(posts.say('hello', {}).ok).toBe(true);
    state = 'closed';
    expect(posts.say('hello', {})).toEqual({ ok: false, code: 'left' });
  });

  it('is held to the limits of the room, and nothing of it is kept otherwise', () => {
    expect(posts.say('x'.repeat(21), {})).toMatchObject({ code: 'too-long', limit: 20 });
    expect(posts.say('1\n2\n3', {})).toMatchObject({ code: 'too-many-lines', limit: 2 });
    expect(posts.say(' ', {})).toMatchObject({ code: 'empty' });
    expect(events).toEqual([]);
    for (let n = 0; n < MAX_OUTBOX; n++) posts.say('hello', {});
    expect(posts.say('hello', {})).toMatchObject({ code: 'outbox-full' });
  });
});

describe('what is done', () => {
  it('is done now or not at all', () => {
    role = 'op';
    const kick = { type: 'kick', key: identityKey(bob.publicKey) } as const;
    state = 'host-offline';
    expect(posts.act(kick, {})).toEqual({ ok: false, code: 'host-away' });
    state = 'online';
    expect(posts.act(kick, {}).ok).toBe(true);
  });

  it('is refused where the host would refuse it', () => {
    expect(posts.act({ type: 'kick', key: identityKey(bob.publicKey) }, {}).ok).toBe(false);
    role = 'op';
    expect(posts.act({ type: 'slow', seconds: 1e9 }, {})).toMatchObject({ code: 'too-long' });
  });

  it('is refused with the limit that it exceeds, which is another one for each kind of text', () => {
    role = 'op';
    const key = identityKey(bob.publicKey);
    const long = 'x'.repeat(2_000);
    const lines = 'x\n'.repeat(20);
    expect(posts.setTopic(long, {})).toMatchObject({ code: 'too-long', limit: MAX_TOPIC_BYTES });
    expect(posts.act({ type: 'kick', key, reason: long }, {})).toMatchObject({ limit: MAX_REASON_BYTES });
    expect(posts.act({ type: 'motd', motd: long }, {})).toMatchObject({ limit: MAX_MOTD_BYTES });
    expect(posts.act({ type: 'motd', motd: lines }, {})).toMatchObject({ limit: MAX_MOTD_LINES });
  });
});

describe('a nick', () => {
  it('that the host knows otherwise is said once', () => {
    posts.rightNick();
    expect(sender.pending()).toEqual([]);
    nickThere = 'adah';
    posts.rightNick();
    posts.rightNick();
    expect(sender.pending()).toMatchObject([{ kind: 'nick-changed', text: 'ada' }]);
  });
});

describe('presence', () => {
  it('is said again to a host that has let us in anew, where it is not what that takes for granted', () => {
    const sent: object[] = [];
    const presence = new OwnPresence(clock, (hint) => sent.push(hint));
    presence.entered();
    presence.set('away', 'tea');
    presence.entered();
    expect(sent).toEqual(Array.from({ length: 2 }, () => ({ t: 'presence', state: 'away', status: 'tea' })));
  });

  it('keeps its words over an interruption also where one is there', () => {
    const sent: object[] = [];
    const presence = new OwnPresence(clock, (hint) => sent.push(hint));
    presence.set('online', 'at the door');
    presence.entered();
    presence.set('online');
    presence.entered();
    expect(sent).toEqual([
      { t: 'presence', state: 'online', status: 'at the door' },
      { t: 'presence', state: 'online', status: 'at the door' },
      { t: 'presence', state: 'online' },
    ]);
  });

  it('tells of typing every three seconds at most', () => {
    const sent: object[] = [];
    const presence = new OwnPresence(clock, (hint) => sent.push(hint));
    for (let ms = 0; ms < 6_000; ms += 500) {
      presence.typing();
      clock.advance(500);
    }
    expect(sent).toHaveLength(2);
  });
});
