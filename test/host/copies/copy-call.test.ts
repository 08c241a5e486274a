import { describe, expect, it } from 'vitest';
import { CopyCaller } from '../../../src/host/copies/copy-call.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { SECOND } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { ScriptedRelay } from '../../support/peers/scripted-relay.ts';

const called = { room: randomBytes(16), host: randomBytes(32) };

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A relay that connects every call with somebody who never says a word. */
async function rig({ up = true } = {}) {
  const relay = new ScriptedRelay();
  relay.up = up;
  relay.script = {
    request: (request, caller) => {
      if (request.t !== 'dial') return false;
      caller.say({ t: 'dialled', rid: request.rid, circuit: 7, handle: 1 });
      return true;
    },
  };
  const clock = new ManualClock();
  const caller = new CopyCaller('memory', {
    signer: signerFrom(randomBytes(32)),
    dialler: relay.dialler,
    clock,
    lost: () => undefined,
  });
  await settled();
  return { relay, clock, caller };
}

describe('a call that nobody answers', () => {
  it('is hung up when it has taken too long, and nothing can be told of the room', async () => {
    const { relay, clock, caller } = await rig();
    const served = caller.isServed(called);
    await settled();
    clock.advance(3 * SECOND);
    expect(await served).toBeUndefined();
    await settled();
    expect(relay.newest.requests('hangup')).toMatchObject([{ circuit: 7 }]);
  });

  it('leaves no timer behind when it is given up', async () => {
    const { clock, caller } = await rig({ up: false });
    const served = caller.isServed(called);
    await caller.close();
    // Nobody listens at its relay, either.
    expect(await served).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
