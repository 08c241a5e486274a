import { describe, expect, it } from 'vitest';
import type { ClientEvent, RoomSessionEvent } from '../../src/client/session-events.ts';
import { MemoryClient } from './memory-client.ts';
import { MemoryWorld } from './memory-world.ts';

async function pair() {
  const world = new MemoryWorld();
  const ada = new MemoryClient(world, 'ada');
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: ada.self });
  const adas = await ada.join('tea');
  const bobs = await bob.join('tea');
  if (!adas.ok || !bobs.ok) throw new Error('could not join');
  return { world, ada, bob, tea, atAda: adas.value, atBob: bobs.value };
}

function record(client: MemoryClient): (ClientEvent | RoomSessionEvent)[] {
  const events: (ClientEvent | RoomSessionEvent)[] = [];
  client.subscribe((event) => events.push(event));
  return events;
}

describe('the in-memory client', () => {
  it('carries a line to the other before say returns, and tells the author in order', async () => {
    const { ada, bob, atAda } = await pair();
    const [heard, own] = [record(bob), record(ada)];
    expect(atAda.say('hello', { ref: 'x' }).ok).toBe(true);
    expect(heard).toMatchObject([{ type: 'line', mine: false, line: { kind: 'text', text: 'hello' } }]);
    expect(own.map((event) => event.type)).toEqual(['echo', 'line', 'sent']);
    expect(own[2]).toMatchObject({ ref: 'x' });
  });

  it('keeps lines waiting while the host is away and sends them when it is back', async () => {
    const { tea, atAda, atBob } = await pair();
    tea.setHostAway(true);
    atAda.say('later');
    expect(atAda.state).toBe('host-offline');
    expect(atAda.pending()).toHaveLength(1);
    tea.setHostAway(false);
    expect(atAda.pending()).toHaveLength(0);
    expect(atBob.history(1)).toMatchObject([{ text: 'later' }]);
  });

  it('delivers whispers and remembers who whispered last', async () => {
    const { ada, bob } = await pair();
    const events = record(ada);
    expect((await ada.whisper('bob', 'psst')).ok).toBe(true);
    expect(bob.lastWhisperer()?.nick).toBe('ada');
    expect(events.map((event) => event.type)).toEqual(['whisper', 'whisper-state', 'whisper-state']);
    expect(await ada.whisper('nobody', 'psst')).toEqual({ ok: false, code: 'no-such-person' });
  });

  it('asks for the code of a room that has one', async () => {
    const { world, ada, bob } = await pair();
    world.addRoom({ title: 'vault', owner: ada.self, code: 'secret' });
    expect(await bob.join('vault')).toEqual({ ok: false, code: 'code-needed' });
    expect(await bob.join('vault', { code: 'guess' })).toEqual({ ok: false, code: 'wrong-code' });
    expect((await bob.join('vault', { code: 'secret' })).ok).toBe(true);
  });
});
