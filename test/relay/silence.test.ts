import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PING_MS, PONG_MS } from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { FakeClock, RawClient, relayRig, signIn } from '../support/relay-rig.ts';

const pinged = (ws: WebSocket) => new Promise<void>((resolve) => ws.once('ping', () => resolve()));

it('whoever is silent is pinged, and given up when no pong comes in time; whoever answers stays', async () => {
  const clock = new FakeClock();
  // Who has not logged in by then is put out in the look at which the silent one is still waited for.
  const relay = await relayRig({ clock, sweepMs: 5, limits: { loginMs: PONG_MS - 1 } });
  const { client: silent } = await signIn(relay);
  const { client: answers } = await signIn(relay);
  silent.ws.pong = () => undefined;
  const both = Promise.all([silent, answers].map(({ ws }) => pinged(ws)));
  clock.advance(PING_MS);
  await both;
  await answers.settled();
  const stranger = new RawClient(relay.url);
  await stranger.expect('challenge');
  clock.advance(PONG_MS - 1);
  expect(await stranger.closed).toBe(closeCodes.loginTimeout);
  expect(silent.ws.readyState).toBe(WebSocket.OPEN);
  clock.advance(1);
  await silent.closed;
  await answers.settled();
});
