import { describe, expect, it } from 'vitest';
import { LastingHosts } from '../../src/cli/lasting-hosts.ts';
import { refused, type ClientRefusal, type Result } from '../../src/client/api.ts';
import type { HostedBefore } from '../../src/client/profile/open-rooms-file.ts';
import type { HostedRoom } from '../../src/commands/context.ts';
import { roomId, type RoomId } from '../../src/shared/ids.ts';
import { MAX_ROOMS_PER_CONNECTION } from '../../src/shared/limits.ts';

const room = (fill: number): RoomId => roomId(new Uint8Array(16).fill(fill));
const [tea, chess] = [room(1), room(2)];
const relay = 'wss://relay.test';
const hostedTea: HostedBefore = { id: tea, title: 'tea', relay, policy: { rate: 5 } };

/** A profile that has hosted `before`; rooms are opened at the relay, unless `outcome` says otherwise. */
function rig(
  before: readonly HostedBefore[] = [],
  outcome: (title: string) => ClientRefusal | Error | undefined = () => undefined,
  only?: readonly string[],
) {
  let kept = before;
  let number = 0;
  const open = async (title: string, id: RoomId): Promise<Result<HostedRoom>> => {
    const wrong = outcome(title);
    if (wrong instanceof Error) throw wrong;
    return wrong ? refused(wrong) : { ok: true, value: { room: id, title, invite: '', relay } };
  };
  const again: HostedBefore[] = [];
  const closed: RoomId[] = [];
  const hosts = new LastingHosts(
    {
      open: ({ title }) => open(title, room(++number)),
      openAgain(each) {
        again.push(each);
        return open(each.title, each.id);
      },
      close: async (id) => void closed.push(id),
      list: () => [],
      networkChecks: async () => [],
    },
    { loadHosted: () => before, saveHosted: (hosted) => (kept = hosted) },
    only,
  );
  const reopened = () => Promise.all(hosts.reopen().map(({ opened }) => opened));
  return { hosts, again, closed, reopened, kept: () => kept };
}

describe('rooms that are hosted', () => {
  it('are remembered with where and how, each once, until they are closed', async () => {
    const { hosts, closed, kept } = rig();
    await hosts.open({ title: 'tea', policy: { rate: 5 }, private: true });
    await hosts.open({ title: 'chess' });
    expect(kept()).toEqual([hostedTea, { id: chess, title: 'chess', relay, policy: {} }]);
    await hosts.close(chess);
    expect([kept(), closed]).toEqual([[hostedTea], [chess]]);
  });

  it('are not where they could not be opened', async () => {
    const { hosts, kept } = rig([], () => 'room-limit');
    expect(await hosts.open({ title: 'tea' })).toMatchObject({ code: 'room-limit' });
    expect(kept()).toEqual([]);
  });

  it('are not opened again at a relay that was given up', async () => {
    const { hosts, kept } = rig();
    await hosts.open({ title: 'tea' });
    hosts.relayGivenUp('wss://other.test');
    expect(kept()).toMatchObject([{ relay }]);
    hosts.relayGivenUp(relay);
    expect(kept()).toEqual([{ id: tea, title: 'tea', policy: {} }]);
  });

  it('are no more than a connection may have', async () => {
    const { hosts, kept } = rig();
    for (let n = 0; n <= MAX_ROOMS_PER_CONNECTION; n++) await hosts.open({ title: `room ${n}` });
    expect(kept()).toHaveLength(MAX_ROOMS_PER_CONNECTION);
    expect(kept()[0]).toMatchObject({ id: chess });
  });
});

describe('rooms that were hosted', () => {
  it('are opened again as they were, once that is asked for, and stay remembered', async () => {
    const { hosts, again, reopened, kept } = rig([hostedTea]);
    expect(again).toEqual([]);
    expect(await reopened()).toMatchObject([{ ok: true, value: { room: tea } }]);
    expect(again).toEqual([hostedTea]);
    await hosts.close(chess);
    expect(kept()).toEqual([hostedTea]);
    const other = rig([hostedTea]);
    await other.hosts.open({ title: 'chess' });
    expect(other.kept()).toMatchObject([{ title: 'chess' }]);
  });

  it.each<[ClientRefusal, boolean]>([
    ['already-hosting', false],
    ['unusable-file', false],
    ['room-barred', false],
    ['disk-full', true],
    ['login-limit', true],
    // The program ended meanwhile.
    ['left', true],
  ])('and are refused with %s keep nobody from the others, and are tried again: %s', async (code, stays) => {
    const hostedChess = { id: chess, title: 'chess', policy: {} };
    const { reopened, kept } = rig([hostedTea, hostedChess], (title) => (title === 'tea' ? code : undefined));
    expect(await reopened()).toMatchObject([{ code }, { ok: true }]);
    expect(kept()).toEqual(stays ? [hostedTea, hostedChess] : [hostedChess]);
  });

  it('stay closed, and remembered, where the run is for another relay than theirs', async () => {
    const hostedChess = { id: chess, title: 'chess', policy: {} };
    const elsewhere = rig([hostedTea, hostedChess], () => undefined, ['wss://other.test']);
    expect(await elsewhere.reopened()).toMatchObject([{ code: 'left-out', names: [relay] }, { ok: true }]);
    expect(elsewhere.again).toEqual([hostedChess]);
    expect(elsewhere.kept()).toEqual([hostedTea, hostedChess]);
    expect(await rig([hostedTea], () => undefined, [relay]).reopened()).toMatchObject([{ ok: true }]);
  });

  it('end the program by a fault of ours once, not at every start', async () => {
    const { reopened, kept } = rig([hostedTea], () => new TypeError('a fault'));
    await expect(reopened()).rejects.toThrow('a fault');
    expect(kept()).toEqual([]);
  });
});
