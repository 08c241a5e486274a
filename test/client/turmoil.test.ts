import { expect, it } from 'vitest';
import { RoomRig } from '../support/room-rig.ts';

it('three people talk while relay and host come and go: everybody sees every line once, in one order', async () => {
  const rig = await RoomRig.start();
  try {
    let host = await rig.host('tea');
    const people = [await rig.person('ada'), await rig.person('bob'), await rig.person('cleo')];
    for (const one of people) await one.joins(host.invite);
    const rounds = 4;
    const expected: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 10; i++) {
        for (const one of people) {
          const text = `${one.client.self.nick} ${round}.${i}`;
          expected.push(text);
          expect(one.room.say(text).ok).toBe(true);
        }
      }
      if (round === 1) await rig.restartRelay();
      if (round === 2) {
        await host.close();
        host = await rig.host('tea');
      }
    }
    const done = people.map((one) =>
      one.until(() => (one.all('sent').length >= rounds * 10 ? true : undefined)),
    );
    await Promise.all(done);
    await Promise.all(
      people.map((one) => one.until(() => (one.texts.length >= expected.length ? true : undefined))),
    );
    const [first = [], ...others] = people.map(({ texts }) => texts);
    for (const other of others) expect(other).toEqual(first);
    expect([...first].sort()).toEqual([...expected].sort());
    for (const one of people) {
      expect(one.all('gap')).toEqual([]);
      expect(one.all('suspicious')).toEqual([]);
      expect(one.all('failed')).toEqual([]);
      const own = first.filter((text) => text.startsWith(one.client.self.nick));
      expect(own).toEqual(expected.filter((text) => text.startsWith(one.client.self.nick)));
    }
  } finally {
    await rig.close();
  }
});
