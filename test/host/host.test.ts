import { describe, expect, it } from 'vitest';
import { roomRig } from './room-rig.ts';

describe('a hosted room', () => {
  it('lets two people in and carries their lines both ways', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await ada.line('hello');
    await bob.line('hi');
    await ada.roundTrip();
    expect(ada.transcript()).toEqual(['room-opened', '+host', '+ada', '+bob', 'hello', 'hi']);
    expect(bob.transcript()).toEqual(['room-opened', '+host', '+ada', '+bob', 'hello', 'hi']);
  });
});
