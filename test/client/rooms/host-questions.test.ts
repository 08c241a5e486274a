import { describe, expect, it } from 'vitest';
import { HostQuestions, type HostQuestion } from '../../../src/client/rooms/host-questions.ts';
import { formatInvite } from '../../../src/shared/crypto/invite.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const bytes = (fill: number, length = 32) => new Uint8Array(length).fill(fill);
const host = identityKey(bytes(1));
const room = roomId(bytes(2, 16));
const link = (key = host) => formatInvite({ tls: false, host: 'relay.test', port: 1878, room, key });

function rig({ there = true } = {}) {
  const clock = new ManualClock();
  const asked: HostQuestion[] = [];
  const questions = new HostQuestions({
    clock,
    room,
    host,
    send: (question) => there && asked.push(question) > 0,
    personOf: (key) => ({ key, tag: 'tag', nick: 'somebody' }),
  });
  const rid = () => asked.at(-1)?.rid ?? 0;
  return { clock, asked, questions, rid };
}

describe('questions to a host', () => {
  it('are answered at once where nobody is there to ask', async () => {
    const { questions } = rig({ there: false });
    expect(await questions.ping()).toBeUndefined();
    expect(await questions.bans()).toEqual({ ok: false, code: 'host-away' });
    expect(await questions.invite({})).toEqual({ ok: false, code: 'host-away' });
  });

  it('are over when the host is gone, and when it takes too long, and leave no timer', async () => {
    const { clock, questions } = rig();
    const [bans, ping] = [questions.bans(), questions.ping()];
    questions.abandon();
    expect([await bans, await ping]).toEqual([{ ok: false, code: 'host-away' }, undefined]);
    const invites = questions.invites();
    clock.advance(15_000);
    expect(await invites).toEqual({ ok: false, code: 'timeout' });
    expect(clock.pending).toBe(0);
  });

  it('get their own answers, whatever the order of these', async () => {
    const { clock, questions, rid } = rig();
    const first = questions.ping();
    const firstRid = rid();
    const second = questions.ping();
    clock.advance(20);
    questions.answered({ t: 'pong', rid: rid(), seq: 1 });
    clock.advance(30);
    questions.answered({ t: 'pong', rid: firstRid, seq: 1 });
    questions.answered({ t: 'pong', rid: firstRid, seq: 1 });
    expect([await first, await second]).toEqual([50, 20]);
  });

  it('about bans gather all pieces of the list', async () => {
    const { questions, rid } = rig();
    const bans = questions.bans();
    const ban = { nick: 'eve', by: bytes(1) };
    questions.answered({ t: 'bans', rid: rid(), bans: [{ ...ban, key: bytes(3) }], last: false });
    questions.answered({ t: 'bans', rid: rid(), bans: [{ ...ban, key: bytes(4), ms: 5 }], last: true });
    const told = await bans;
    expect(told.ok && told.value.map(({ key, ms }) => [key, ms])).toEqual([
      [identityKey(bytes(3)), undefined],
      [identityKey(bytes(4)), 5],
    ]);
  });

  it('are not taken for answered by what answers another question', async () => {
    const { questions, rid } = rig();
    const invites = questions.invites();
    questions.answered({ t: 'bans', rid: rid(), bans: [], last: true });
    expect(await invites).toEqual({ ok: false, code: 'protocol' });
  });

  it('bring no invite that leads to another room or host', async () => {
    const { questions, rid } = rig();
    const mine = questions.invite({ once: true });
    questions.answered({ t: 'invited', rid: rid(), link: link(), n: 1 });
    expect(await mine).toEqual({ ok: true, value: { link: link(), n: 1 } });
    const other = questions.invite({});
    questions.answered({ t: 'invited', rid: rid(), link: link(identityKey(bytes(9))) });
    expect(await other).toEqual({ ok: false, code: 'protocol' });
  });
});
