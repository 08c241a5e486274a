import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryHistory } from '../history/memory-history.ts';
import { StorageError, type InviteRecord } from '../../../src/host/history/history.ts';
import {
  Invites,
  MAX_OPEN_INVITES,
  MAX_OPEN_WORDS,
  type InviteRequest,
  type MadeInvite,
  type MeetingPoint,
} from '../../../src/host/invites/invites.ts';
import { formatCode, generateCode, parseCode } from '../../../src/shared/crypto/invite.ts';
import { joinPsk } from '../../../src/shared/crypto/keys.ts';
import { chainStart } from '../../../src/shared/crypto/chain.ts';
import type { Rejection } from '../../../src/shared/errors.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { DAY, HOUR, MAX_INVITES, MAX_WORDS_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const room = new Uint8Array(16).fill(1);
const person = (n: number) => identityKey(new Uint8Array(32).fill(n));
const [owner, bob, cleo] = [person(1), person(2), person(3)];
const record = {
  room,
  nonce: new Uint8Array(16),
  log: new Uint8Array(8),
  title: 'tea',
  topic: '',
  private: true,
  code: generateCode(),
  kepoch: 0,
  rev: 0,
};

/** Keeps nothing once it is full, and forgets nothing while it is stuck. */
class Shelf extends MemoryHistory {
  full = false;
  stuck = false;
  override dropInvite(n: number): void {
    if (this.stuck) throw new StorageError('full', 'no space');
    super.dropInvite(n);
  }
  override keepInvite(invite: InviteRecord): void {
    if (this.full) throw new StorageError('full', 'no space');
    super.keepInvite(invite);
  }
}

let clock: ManualClock;
let history: Shelf;
let points: { open: boolean; link: () => string | Rejection }[];
let invites: Invites;

function open(refuses?: Rejection): Invites {
  points = [];
  const meetingPoint = (_: Uint8Array, link: () => string | Rejection): MeetingPoint => {
    const point = { open: false, link };
    points.push(point);
    return {
      open: () => {
        point.open = refuses === undefined;
        return Promise.resolve(refuses);
      },
      close: () => {
        point.open = false;
        return Promise.resolve();
      },
    };
  };
  const linkWith = (code: Uint8Array | undefined) => (code ? formatCode(code) : '');
  const opened = new Invites({ history, record, clock, meetingPoint, linkWith });
  opened.open();
  return opened;
}

beforeEach(() => {
  clock = new ManualClock();
  history = new Shelf();
  history.begin(record, chainStart(room, record.log));
  invites = open();
});

async function made(request: Partial<InviteRequest>): Promise<Required<MadeInvite> & { psk: Uint8Array }> {
  const invite = await invites.make(owner, { once: false, words: false, ...request });
  if ('code' in invite) throw new Error(invite.code);
  const psk = joinPsk(parseCode(invite.link), room);
  return { n: 0, words: new Uint8Array(), ms: 0, ...invite, psk };
}

describe('invites of a room', () => {
  it("are the room's own without conditions, and not remembered", async () => {
    expect((await made({})).link).toBe(formatCode(record.code));
    expect(invites.list()).toEqual([]);
  });

  it('for one person belong to whoever claims them first', async () => {
    const { psk } = await made({ once: true });
    expect(invites.claim(bob, psk)).toBeUndefined();
    expect(invites.claim(bob, psk)).toBeUndefined();
    expect(invites.claim(cleo, psk)).toEqual({ code: 'invite-used' });
    expect(invites.refusal(cleo, psk)).toEqual({ code: 'invite-used' });
  });

  it('are free again when their person could not come in', async () => {
    const { psk } = await made({ once: true });
    invites.claim(bob, psk);
    invites.release(cleo, psk);
    expect(invites.refusal(cleo, psk)).toEqual({ code: 'invite-used' });
    invites.release(bob, psk);
    expect(invites.refusal(cleo, psk)).toBeUndefined();
  });

  it('claimed when the host crashed are free again, unless that person came in', async () => {
    const { psk } = await made({ once: true });
    invites.claim(bob, psk);
    invites = open();
    expect(invites.refusal(cleo, psk)).toBeUndefined();
    invites.claim(bob, psk);
    join(bob, 2);
    invites = open();
    expect(invites.refusal(cleo, psk)).toEqual({ code: 'invite-used' });
  });

  it('are not given away while the disk is full', async () => {
    const { psk } = await made({ once: true });
    history.full = true;
    expect(invites.claim(bob, psk)).toEqual({ code: 'storage-full' });
    expect(await invites.make(owner, { once: true, words: false })).toEqual({ code: 'storage-full' });
    expect(invites.revoke(1)).toEqual({ code: 'storage-full' });
    history.full = false;
    expect(invites.refusal(cleo, psk)).toBeUndefined();
  });

  it(`are ${MAX_OPEN_INVITES} at a time, and the oldest that lead nowhere are forgotten`, async () => {
    for (let n = 0; n < MAX_OPEN_INVITES; n++) await made({ once: true });
    const more = { once: true, words: false };
    expect(await invites.make(owner, more)).toEqual({ code: 'invite-limit', limit: MAX_OPEN_INVITES });
    for (let n = 1; n <= MAX_INVITES; n++) {
      invites.revoke(n);
      await made({ once: true });
    }
    expect(invites.list()).toHaveLength(MAX_INVITES);
    expect(invites.list()[0]?.n).toBe(MAX_OPEN_INVITES + 1);
    expect(history.invites()).toEqual(invites.list());
    expect(invites.psks()).toHaveLength(MAX_INVITES + 2);
  });

  it('let in without a code whoever was in before, but not whoever was put out', () => {
    const none = joinPsk(undefined, room);
    // Who has no code is told so inside the channel, where no relay can say it.
    expect(invites.psks()).toContainEqual(none);
    expect(invites.refusal(bob, none)).toEqual({ code: 'wrong-code' });
    join(bob, 2);
    expect(invites.refusal(bob, none)).toBeUndefined();
    join(bob, 2, true);
    expect(invites.refusal(bob, none)).toEqual({ code: 'wrong-code' });
  });
});

describe('spoken invites of a room', () => {
  it('are for one person, for an hour, and at most for a day', async () => {
    expect(await made({ words: true })).toMatchObject({ ms: HOUR });
    expect(await made({ words: true, ms: 10 * DAY })).toMatchObject({ ms: MAX_WORDS_MS });
    expect(invites.list().every(({ once }) => once)).toBe(true);
  });

  it('are answered until somebody has come in', async () => {
    const { psk, link } = await made({ words: true });
    expect(points[0]?.link()).toBe(link);
    invites.claim(bob, psk);
    expect(points[0]?.link()).toEqual({ code: 'invite-used' });
    expect(points[0]?.open).toBe(true);
    invites.entered(bob);
    expect(points[0]?.open).toBe(false);
  });

  it('are answered until they have run out', async () => {
    await made({ words: true });
    clock.advance(HOUR - 1);
    expect(points[0]?.open).toBe(true);
    clock.advance(1);
    expect(points[0]?.open).toBe(false);
  });

  it('are answered again after a restart, unless they lead nowhere', async () => {
    await made({ words: true });
    await made({ words: true, ms: 10 * HOUR });
    invites.revoke(1);
    invites = open();
    expect(points.map((point) => point.open)).toEqual([true]);
    await invites.close();
    expect(points.map((point) => point.open)).toEqual([false]);
  });

  it(`are ${MAX_OPEN_WORDS} at a time`, async () => {
    for (let n = 0; n < MAX_OPEN_WORDS; n++) await made({ words: true });
    const more = { once: true, words: true };
    expect(await invites.make(owner, more)).toEqual({ code: 'invite-limit', limit: MAX_OPEN_WORDS });
  });

  it('are not made where the relay would not have it', async () => {
    invites = open({ code: 'room-limit' });
    expect(await invites.make(owner, { once: true, words: true })).toEqual({ code: 'room-limit' });
    expect(invites.list()).toEqual([]);
    // The disk may have become full while the relay was asked.
    history.stuck = true;
    expect(await invites.make(owner, { once: true, words: true })).toEqual({ code: 'room-limit' });
    expect(invites.list()).toEqual([]);
  });
});

/** As the log writes it when somebody has come in, or was put out. */
function join(who: typeof bob, n: number, kicked = false): void {
  const key = new Uint8Array(32).fill(n);
  expect(identityKey(key)).toBe(who);
  const member = { key, nick: 'x', role: 'member', floor: 1, counter: 0, onRoster: !kicked, kicked } as const;
  history.append({ events: [], members: [member] });
}
