import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { overdue } from '../../src/relay/certificate.ts';
import { silentLogger, type LogFields } from '../../src/relay/log.ts';
import { Upkeep } from '../../src/relay/upkeep.ts';
import { DAY, MINUTE } from '../../src/shared/limits.ts';
import { isNear } from '../../src/relay/network.ts';
import { FakeClock, rawClient, relayRig, signIn } from '../support/relay-rig.ts';
import { tlsPair } from '../support/tls-pair.ts';

/** When the certificate of `tlsPair` counts. */
const from = Date.parse('2026-11-21T00:34:33Z');
const until = Date.parse('2126-10-28T00:34:33Z');

/** Remembers what is warned of. */
function listening() {
  const said: (LogFields & { event: string })[] = [];
  return {
    said,
    log: {
      ...silentLogger,
      warn: (event: string, fields?: LogFields) => void said.push({ event, ...fields }),
    },
  };
}

function upkeepAt(wall: number) {
  const { said, log } = listening();
  const clock = { at: wall, wall: () => clock.at };
  const upkeep = new Upkeep(clock, log);
  upkeep.changed(10_000, 10_000, tlsPair);
  return { upkeep, said, clock };
}

describe('an operator is warned', () => {
  it('of connections that open files leave no room for, with what they would take', () => {
    const { upkeep, said } = upkeepAt(until - DAY * 365);
    upkeep.changed(20_000, 12_288, undefined);
    const reason =
      '12288 connections are let in and not 20000, which take 26667 open files: raise LimitNOFILE in the unit, or ulimits of the container';
    expect(upkeep.tell()).toEqual([reason]);
    expect(said).toEqual([{ event: 'connections-cut', reason }]);
    upkeep.changed(12_288, 12_288, undefined);
    expect(upkeep.tell()).toEqual([]);
    expect(said).toHaveLength(1);
  });

  it.each([
    [until - 14 * DAY - MINUTE, undefined],
    [until - 14 * DAY + MINUTE, 'expires in 13 days, on 2126-10-28'],
    [until - DAY - MINUTE, 'expires in 1 day, on 2126-10-28'],
    [until - MINUTE, 'expires within a day, on 2126-10-28'],
    [until, 'expired on 2126-10-28'],
    [from - MINUTE, 'is not valid before 2026-11-21'],
    [from + MINUTE, undefined],
  ])('of a certificate at %d: %s', (at, words) => {
    const { upkeep, said } = upkeepAt(at);
    const reasons =
      words === undefined ? [] : [`the certificate ${words}: renew it, then "chat-tui relay reload"`];
    expect(upkeep.tell()).toEqual(reasons);
    expect(said).toEqual(reasons.map((reason) => ({ event: 'certificate-overdue', reason })));
  });

  it('of that in the log again when a day has passed, and not before', () => {
    const { upkeep, said, clock } = upkeepAt(until - 15 * DAY);
    upkeep.tell();
    for (let minute = 0; minute < (16 * DAY) / MINUTE; minute++) {
      clock.at += MINUTE;
      upkeep.look();
    }
    expect(said.map(({ reason }) => /expire\w+ (?:in \d+|within|on)/.exec(String(reason))?.[0])).toEqual([
      ...Array.from({ length: 13 }, (_, day) => `expires in ${13 - day}`),
      'expires within',
      'expired on',
    ]);
  });

  it('of a full disk when it is full, and again when it is full another time', () => {
    const { said, log } = listening();
    let full = false;
    const upkeep = new Upkeep({ wall: () => 0 }, log, () => !full);
    for (full of [false, true, true, false, true]) upkeep.look();
    expect(said.map(({ event }) => event)).toEqual(['storage-full', 'storage-full']);
  });

  it('of that by a relay, at its start and in its status', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relay-upkeep-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const relay = await relayRig({ dataDir: join(folder, 'data'), storageBytes: 1 });
    expect(relay.warn()).toEqual([expect.stringMatching(/^no whisper and no name is stored, .*: make room/)]);
  });

  it('of a proxy of its own whose word on who calls it does not take, once', async () => {
    const { said, log } = listening();
    const relay = await relayRig({ log });
    await signIn(relay);
    expect(said).toEqual([]);
    for (let n = 0; n < 2; n++) await rawClient(relay, { from: '192.0.2.1' }).opened();
    expect(said).toEqual([
      { event: 'proxy-not-trusted', reason: expect.stringMatching(/^a proxy .* set trust-proxy to 1/) },
    ]);
    expect(relay.warn()).toHaveLength(1);
    const trusting = await relayRig({ log, trustProxy: 1 });
    await rawClient(trusting, { from: '192.0.2.1' }).opened();
    expect(trusting.warn()).toEqual([]);
  });

  it.each([
    ['127.0.0.1', true],
    ['::ffff:172.18.0.1', true],
    ['::1', true],
    ['fd00::1', true],
    ['172.32.0.1', false],
    ['2001:db8::fd00', false],
    [undefined, false],
  ])('of such a proxy at %s only where strangers are not: %s', (address, near) => {
    expect(isNear(address)).toBe(near);
  });

  it('by a relay that runs: in its log, and in what it says to reload', async () => {
    const { said, log } = listening();
    const clock = new FakeClock();
    clock.advance(until - clock.wall() - DAY);
    const relay = await relayRig({ tls: tlsPair, log, clock, tidyMs: 5 });
    await expect.poll(() => said.length).toBeGreaterThan(0);
    expect(said[0]).toMatchObject({ reason: expect.stringContaining('the certificate expires') });
    relay.change({ tls: tlsPair, limits: { connections: 2_000_000_000 } });
    expect(relay.warn()).toEqual([
      expect.stringMatching(/^\d+ connections are let in and not 2000000000, /),
      expect.stringMatching(/^the certificate expires /),
    ]);
  });
});

it('a certificate that lives for days is not overdue all its life', () => {
  const validity = { from: 0, until: 6 * DAY };
  expect(overdue(validity, 3 * DAY)).toBeUndefined();
  expect(overdue(validity, 5 * DAY)).toMatch(/^expires in 1 day/);
});
