import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../src/relay/metrics.ts';
import { startMetricsServer } from '../../src/relay/metrics-server.ts';
import type { Gauges } from '../../src/relay/status.ts';
import { Timings } from '../../src/relay/timings.ts';
import { silentLogger, type LogFields } from '../../src/relay/log.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { relayRig, signIn } from '../support/relay-rig.ts';

const commits = new Timings();
commits.record(3);
const gauges: Gauges = {
  connections: 3,
  connectionLimit: 100,
  certificateUntil: 1_800_000_000,
  members: 2,
  hosts: 1,
  rooms: 1,
  listed: 1,
  watchers: 0,
  circuits: 2,
  queuedBytes: 0,
  queuedFrames: 0,
  stalled: 0,
  bans: 0,
  mails: 4,
  mailBytes: 512,
  writable: true,
  commits: commits.read(),
  loopLagSeconds: 0.01,
  residentBytes: 1,
  heapBytes: 1,
  cpuSeconds: 1,
  upSeconds: 1,
};

describe('metrics', () => {
  it('are Prometheus text: help and type once a family, then its series', () => {
    const metrics = new Metrics();
    metrics.received(0x03, 100);
    metrics.received(0x02, 10);
    metrics.refused('room-full');
    metrics.closed(4005);
    const text = metrics.text(gauges);
    expect(text).toContain('chat_tui_relay_frames_received_total{kind="cast"} 1\n');
    expect(text).toContain('chat_tui_relay_bytes_received_total{kind="send"} 10\n');
    expect(text).toContain('chat_tui_relay_refusals_total{code="room-full"} 1\n');
    expect(text).toContain('chat_tui_relay_closes_total{code="4005"} 1\n');
    expect(text).toContain('chat_tui_relay_sessions{purpose="member"} 2\n');
    expect(text).toContain('chat_tui_relay_commit_seconds_bucket{le="0.005"} 1\n');
    expect(text).toContain('chat_tui_relay_commit_seconds_bucket{le="0.002"} 0\n');
    expect(text).toContain('chat_tui_relay_commit_seconds_count 1\n');
    expect(text).toContain('chat_tui_relay_mail_bytes 512\n');
    expect(text).toContain('chat_tui_relay_certificate_expires_timestamp_seconds 1800000000\n');
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) chat_tui_relay_\w+ .+|chat_tui_relay_\w+(\{\w+="[\w.+-]+"\})? [\d.e+-]+)$/,
      );
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('stay few, whatever close codes peers choose', () => {
    const metrics = new Metrics();
    for (let code = 1_000; code < 5_000; code++) metrics.closed(code);
    expect(metrics.text(gauges).match(/closes_total\{/g)?.length).toBeLessThanOrEqual(28);
  });

  it('are served on their own listener only, and count what happened', async () => {
    let port = 0;
    const log = {
      ...silentLogger,
      info: (event: string, fields?: LogFields) => {
        if (event === 'metrics') port = Number(fields?.['port']);
      },
    };
    const relay = await relayRig({ metrics: { host: '127.0.0.1', port: 0 }, log });
    const [ada, bob] = [await signIn(relay), await signIn(relay)];
    await ada.client.ask({ t: 'dial', room: randomBytes(16), conv: randomBytes(16) });
    bob.client.sendBytes(Buffer.from([0x04, 0]));
    await bob.client.closed;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const text = await answer.text();
    for (const line of [
      'sessions{purpose="member"} 1',
      'logins_total 2',
      'refusals_total{code="no-such-room"} 1',
      'closes_total{code="1002"} 1',
      'frames_received_total{kind="control"} 4',
    ])
      expect(text).toContain(`chat_tui_relay_${line}\n`);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${relay.port}/metrics`)).status).toBe(404);
  });
});

it('figures that cannot be had answer 500, end nothing, and are said', async () => {
  const told: unknown[] = [];
  const texts = ['one'];
  const broken = new Error('no such table');
  const server = await startMetricsServer(
    { host: '127.0.0.1', port: 0 },
    () => {
      const text = texts.pop();
      if (text === undefined) throw broken;
      return text;
    },
    (error) => void told.push(error),
  );
  onTestFinished(() => server.close());
  const status = async () => (await fetch(`http://127.0.0.1:${server.port}/metrics`)).status;
  expect([await status(), await status(), await status()]).toEqual([200, 500, 500]);
  expect(told).toEqual([broken, broken]);
});
