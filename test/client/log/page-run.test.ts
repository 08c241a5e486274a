import { expect, it } from 'vitest';
import { LogFollower } from '../../../src/client/log/log-follower.ts';
import { PageRun } from '../../../src/client/log/page-run.ts';
import { PaperHost, person } from '../../support/peers/paper-host.ts';

it('of pages that hold more than may be kept the newest events are, with what proves them', () => {
  const host = new PaperHost();
  const bob = person();
  const said = [1, 2, 3, 4, 5].map((n) => host.say(bob, `line ${n}`));
  const where = { room: host.room, log: host.log, host: host.signer.publicKey };
  const run = new PageRun(new LogFollower(where, host.end), 2);
  for (const [from, to] of [
    [1, 3],
    [4, 5],
  ] as const)
    expect(run.add(host.page(1, from, to, to === 5))).toBeUndefined();
  expect(run.events.map(({ seq }) => seq)).toEqual([4, 5]);
  expect(run.start).toEqual({ first: 4, firstHash: said[2]?.hash });
  expect(run.begun).toBe(1);
  expect(run.endsAt(host.end)).toBe(true);
});
