import { describe, expect, it } from 'vitest';
import type { HostEvent } from '../../src/host/host-events.ts';
import type { RunningHost } from '../../src/host/hosting.ts';
import { startHost } from '../../src/host/start.ts';
import { roomId, type RoomId } from '../../src/shared/ids.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, relayFor, roomRig, tempFile } from './room-rig.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

function heard(host: RunningHost, type: HostEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const done = host.on((event) => {
      if (event.type !== type) return;
      done();
      resolve();
    });
  });
}

describe('a host that was closed', () => {
  it('knows its room, topic, code and members when it is started again', async () => {
    const dataFile = tempFile();
    const { relay, signer, host, member } = await roomRig({
      dataFile,
      code: true,
      topic: 'milk',
      private: true,
    });
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('one');
    host.setTopic('sugar');
    await ada.settled();
    await host.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, title: 'other' }));
    expect([again.room, again.log, again.invite, again.title, again.topic, again.private]).toEqual([
      host.room,
      host.log,
      host.invite,
      'tea',
      'sugar',
      true,
    ]);
    const back = await member({ signer: ada.signer }).join();
    expect(transcriptOf(back).filter((line) => line === '+ada')).toHaveLength(1);
    expect(back.welcome.counter).toBe(1);
  });

  it('is opened again as that room or not at all, where it is named', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile });
    await host.close();
    const again = (room: RoomId, file = dataFile) =>
      startHost(hostOptions(relay.url, signer, { dataFile: file, room }));
    const other = roomId(new Uint8Array(16).fill(1));
    expect(await again(other)).toEqual({ ok: false, code: 'no-such-room' });
    expect(await again(host.room, tempFile())).toEqual({ ok: false, code: 'no-such-room' });
    const same = await again(host.room);
    expect(same).toMatchObject({ ok: true, value: { room: host.room, log: host.log } });
    if (same.ok) await same.value.close();
  });

  it('waits for its relay where one is patient', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile });
    await host.close();
    await relay.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, patient: true }));
    expect(again.state).toBe('offline');
    const online = heard(again, 'online');
    await relayFor({}, relay.port);
    await online;
    expect([again.room, again.state]).toEqual([host.room, 'online']);
  });

  it('makes who stays away a leaver after the grace time', async () => {
    const dataFile = tempFile();
    const { relay, signer, host, member } = await roomRig({ dataFile });
    const ada = await member({ nick: 'ada' }).join();
    await host.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, graceMs: 30 }));
    if (again.members().length > 1) await heard(again, 'left');
    expect(again.members().map(({ nick }) => nick)).toEqual(['host']);
    expect(transcriptOf(ada).at(-1)).toBe('+ada');
  });

  it('takes another code when told to', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile, code: true });
    await host.close();
    const open = await hostFor(hostOptions(relay.url, signer, { dataFile, code: false }));
    expect(open.code).toBeUndefined();
    await memberFor({ relayUrl: relay.url, room: open.room }).join();
  });
});

describe('a host whose relay restarts', () => {
  it('opens the room again and goes on with the same log', async () => {
    const { relay, host, member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('one');
    const offline = heard(host, 'offline');
    await relay.close();
    await offline;
    expect(host.state).toBe('offline');
    const online = heard(host, 'online');
    const again = await relayFor({}, relay.port);
    await online;
    const back = await memberFor({ relayUrl: again.url, room: host.room, signer: ada.signer }).join();
    await back.line('two');
    await back.settled();
    expect(transcriptOf(back)).toEqual(['room-opened', '+host', '+ada', 'one', 'two']);
  });
});
