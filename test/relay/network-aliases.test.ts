import { describe, expect, it } from 'vitest';
import { NetworkAliases } from '../../src/relay/network-aliases.ts';
import { DAY } from '../../src/shared/limits.ts';
import { FakeClock } from '../support/relay-rig.ts';

describe('what the log calls a network', () => {
  it('is the same all day and another the next', () => {
    const clock = new FakeClock();
    const aliases = new NetworkAliases(clock);
    const first = aliases.of('192.0.2.7');
    const left = DAY - (clock.wall() % DAY);
    clock.advance(left - 1);
    expect(aliases.of('192.0.2.7')).toBe(first);
    clock.advance(1);
    expect(aliases.of('192.0.2.7')).not.toBe(first);
  });

  it('cannot be made by somebody else who knows all addresses', () => {
    const clock = new FakeClock();
    expect(new NetworkAliases(clock).of('192.0.2.7')).not.toBe(new NetworkAliases(clock).of('192.0.2.7'));
  });

  it('tells networks apart, and holds nothing of them', () => {
    const aliases = new NetworkAliases(new FakeClock());
    const names = Array.from({ length: 256 }, (_, n) => aliases.of(`192.0.2.${n}`));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^net-[a-z2-7]{8}$/);
  });

  it('is another after the clock was set back a day', () => {
    const clock = new FakeClock();
    const aliases = new NetworkAliases(clock);
    const first = aliases.of('192.0.2.7');
    clock.jumpWall(-DAY);
    expect(aliases.of('192.0.2.7')).not.toBe(first);
  });

  it('can be made by nobody once the day is over, though nobody has come since', () => {
    const clock = new FakeClock();
    const aliases = new NetworkAliases(clock);
    const first = aliases.of('192.0.2.7');
    clock.jumpWall(DAY);
    aliases.prune();
    clock.jumpWall(-DAY);
    expect(aliases.of('192.0.2.7')).not.toBe(first);
  });
});
