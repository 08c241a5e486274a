import { describe, expect, it, onTestFinished } from 'vitest';
import type { HostEvent } from '../../src/host/host-events.ts';
import { startHost, type HostOptions } from '../../src/host/start.ts';
import { labels, randomBytes, signerFrom, verify } from '../../src/shared/crypto/sign.ts';
import { ENTRY_MS, LEASE_RENEW_MS } from '../../src/shared/limits.ts';
import type { Reply, Request } from '../../src/shared/wire/control.ts';
import { decodeListing } from '../../src/shared/wire/listing.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { ScriptedRelay } from '../support/peers/scripted-relay.ts';
import { hostOptions } from './host-options.ts';

async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

type Script = (request: Request, rid: number) => Reply;

const willing: Script = (request, rid) =>
  request.t === 'open-room'
    ? { t: 'room-opened', rid, handle: 4, fence: 9, leaseMs: 60_000 }
    : { t: 'ok', rid };

async function rig(change: Partial<HostOptions> = {}) {
  const relay = new ScriptedRelay();
  const clock = new ManualClock();
  const script = { answer: willing };
  relay.script = {
    request: (request, caller) => {
      if ('rid' in request) caller.say(script.answer(request, request.rid));
      return true;
    },
  };
  const signer = signerFrom(randomBytes(32));
  const options = { dialler: relay.dialler, clock, random: () => 0, ...change };
  const result = await startHost(hostOptions('ws://relay.test', signer, options));
  if (!result.ok) throw new Error(result.code);
  const host = result.value;
  const events: HostEvent[] = [];
  host.on((event) => events.push(event));
  onTestFinished(async () => {
    const closing = host.close();
    await settled();
    clock.advance(60_000);
    await closing;
  });
  const requests = <Name extends Request['t']>(name: Name) => relay.newest.requests(name);
  return { relay, clock, script, signer, host, events, requests };
}

describe('the lease of a hosted room', () => {
  it('opens the room with an entry that its host signed', async () => {
    const { relay, signer, host } = await rig({ topic: 'milk', code: true });
    const { entry, maxMembers } = relay.newest.last('open-room');
    if (!entry) throw new Error('not listed');
    expect(verify(labels.list, signer.publicKey, entry.body, entry.sig)).toBe(true);
    expect(decodeListing(entry.body)).toMatchObject({ title: 'tea', topic: 'milk', code: true });
    expect(maxMembers).toBe(251);
    expect(host.state).toBe('online');
  });

  it('lists nothing of a private room', async () => {
    const { relay, clock, requests } = await rig({ private: true });
    expect(relay.newest.last('open-room').entry).toBeUndefined();
    clock.advance(ENTRY_MS);
    await settled();
    expect(requests('update')).toEqual([]);
  });

  it('renews every 20 seconds', async () => {
    const { clock, requests } = await rig();
    for (let i = 1; i <= 3; i++) {
      clock.advance(LEASE_RENEW_MS);
      await settled();
      expect(requests('renew')).toHaveLength(i);
    }
    expect(requests('renew')[0]).toMatchObject({ handle: 4, fence: 9 });
  });

  it('refreshes the entry before it expires, with a higher revision', async () => {
    const { clock, requests, relay } = await rig();
    const first = relay.newest.last('open-room').entry;
    for (let s = 0; s < ENTRY_MS / LEASE_RENEW_MS; s++) {
      clock.advance(LEASE_RENEW_MS);
      await settled();
    }
    const updates = requests('update').map(({ entry }) => decodeListing(entry.body));
    expect(updates.length).toBeGreaterThanOrEqual(1);
    const revs = [first ? decodeListing(first.body) : undefined, ...updates].map(
      (entry) => entry?.rev ?? Number.NaN,
    );
    expect(revs).toEqual(revs.toSorted((a, b) => a - b));
    expect(new Set(revs).size).toBe(revs.length);
    expect(updates[0]?.expires).toBeGreaterThan(clock.wall() / 1_000);
  });

  it('tells the relay of a new topic', async () => {
    const { host, relay } = await rig();
    host.setTopic('sugar');
    await settled();
    expect(decodeListing(relay.newest.last('update').entry.body).topic).toBe('sugar');
  });

  it('stops for good when another host has taken over', async () => {
    const { clock, script, host, events, relay } = await rig();
    script.answer = (request, rid) => {
      const code = request.t === 'open-room' ? 'taken' : 'fenced';
      return { t: 'error', rid, code, fatal: false };
    };
    clock.advance(LEASE_RENEW_MS);
    await settled();
    expect(events).toEqual([{ type: 'stopped', code: 'fenced' }]);
    expect(host.state).toBe('stopped');
    clock.advance(120_000);
    await settled();
    expect(relay.dials).toBe(1);
  });

  it('opens the room again when its lease has lapsed and nobody else holds it', async () => {
    const { clock, script, host, events, requests } = await rig();
    script.answer = (request, rid) =>
      request.t === 'renew' ? { t: 'error', rid, code: 'fenced', fatal: false } : willing(request, rid);
    clock.advance(LEASE_RENEW_MS);
    await settled();
    expect(requests('open-room')).toHaveLength(2);
    expect(events).toEqual([{ type: 'online' }]);
    expect(host.state).toBe('online');
  });

  it('stays when one renewal goes wrong', async () => {
    const { clock, script, host, requests } = await rig();
    script.answer = (_, rid) => ({ t: 'error', rid, code: 'internal', fatal: false });
    clock.advance(LEASE_RENEW_MS);
    await settled();
    script.answer = willing;
    clock.advance(1_000);
    await settled();
    expect(requests('renew')).toHaveLength(2);
    expect(host.state).toBe('online');
  });

  it('closes the room at the relay when it ends', async () => {
    const { host, relay, clock } = await rig();
    const closing = host.close();
    await settled();
    clock.advance(5_000);
    await closing;
    expect(relay.newest.last('close-room')).toMatchObject({ handle: 4, fence: 9 });
    expect(clock.pending).toBe(0);
  });
});
