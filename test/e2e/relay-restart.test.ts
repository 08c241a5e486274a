import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Link } from '../../src/link/link.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { SECOND } from '../../src/shared/limits.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { run } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

/** `npm run faults -- test/e2e/relay-restart.test.ts` takes a thousand at their own pace. */
const long = process.env['FAULTS'] === 'long';
const CLIENTS = long ? 1_000 : 200;
/** How much faster than real the clients' time goes. */
const PACE = long ? 1 : 3;
const BACK_WITHIN = 60 * SECOND;

const clock = hastyClock(PACE);

let stage: Stage;
let links: Link[];
beforeEach(() => {
  stage = new Stage();
  links = [];
});
afterEach(async () => {
  await Promise.all(links.map((link) => link.close()));
  await stage.close();
});

const limits = ['connections', 'connections-per-network', 'new-connections-per-network', 'logins-per-network']
  .map((name) => `${name}=100000`)
  .join(',');

async function relayOn(port: number) {
  const args = ['relay', '--listen', `127.0.0.1:${port}`, '--data', stage.path('data'), '--limits', limits];
  const program = stage.program('relay', ...args);
  const { url } = await program.event('listening');
  return { program, url: String(url), port: Number(new URL(String(url)).port) };
}

describe('a relay that is restarted', () => {
  it(`gets ${CLIENTS} people back within a minute, at most a tenth of them in any second`, async () => {
    const before = await relayOn(0);
    const returns: number[] = [];
    /** When those were dialled that got through. */
    const calls: number[] = [];
    let online = 0;
    let restarted = Number.POSITIVE_INFINITY;
    let resolveAll: () => void = () => undefined;
    const everybody = () => new Promise<void>((resolve) => (resolveAll = resolve));
    for (let n = 0; n < CLIENTS; n++) {
      let dialled = 0;
      const link = new Link({
        url: before.url,
        purpose: 'member',
        signer: signerFrom(randomBytes(32)),
        dialler: (url, events) => {
          dialled = clock.now();
          return wsDialler(url, events);
        },
        clock,
      });
      links.push(link);
      link.onEvent((event) => {
        if (event.type !== 'online') return;
        online += 1;
        if (clock.now() >= restarted) {
          returns.push(clock.now() - restarted);
          calls.push(dialled);
        }
        if (online % CLIENTS === 0) resolveAll();
      });
    }
    const came = everybody();
    for (const link of links) link.open();
    await came;
    restarted = clock.now();
    const back = everybody();
    const drained = run(['relay', 'drain', '--data', stage.path('data')], { env: stage.env('operator') });
    expect(await before.program.exited).toEqual({ code: 0, signal: null });
    expect((await drained).code).toBe(0);
    await relayOn(before.port);
    await back;
    expect(returns).toHaveLength(CLIENTS);
    expect(Math.max(...returns)).toBeLessThan(BACK_WITHIN);
    const sorted = calls.toSorted((a, b) => a - b);
    const inOneSecond = sorted.map(
      (at, index) => sorted.slice(index).filter((other) => other < at + SECOND).length,
    );
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(CLIENTS / 10);
  }, 120_000);
});
