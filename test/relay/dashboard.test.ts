import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/relay/metrics.ts';
import { Timings } from '../../src/relay/timings.ts';

const text = new Metrics().text({
  connections: 0,
  connectionLimit: 0,
  certificateUntil: 0,
  members: 0,
  hosts: 0,
  rooms: 0,
  listed: 0,
  watchers: 0,
  circuits: 0,
  queuedBytes: 0,
  queuedFrames: 0,
  stalled: 0,
  bans: 0,
  mails: 0,
  mailBytes: 0,
  writable: true,
  commits: new Timings().read(),
  loopLagSeconds: 0,
  residentBytes: 0,
  heapBytes: 0,
  cpuSeconds: 0,
  upSeconds: 0,
});
const types = new Map(
  [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
);
const dashboard = readFileSync(new URL('../../deploy/grafana-dashboard.json', import.meta.url), 'utf8');
const expressions = [...dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(
  ([, expression = '']) => expression,
);
const familyOf = (name: string) => name.replace(/_(bucket|sum|count)$/, '');

describe('the dashboard for Grafana', () => {
  it('asks only for what a relay tells', () => {
    const asked = expressions.flatMap((expression) => expression.match(/chat_tui_relay_\w+/g) ?? []);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !types.has(familyOf(name)))).toEqual([]);
  });

  it('shows all of it', () => {
    expect(
      [...types.keys()].filter((name) => !expressions.some((expression) => expression.includes(name))),
    ).toEqual([]);
  });

  it('takes the rate of everything that only rises, and of nothing else', () => {
    const rates = expressions.flatMap((expression) => [
      ...expression.matchAll(/(rate|increase)\((chat_tui_relay_\w+)/g),
    ]);
    const rated = new Set(rates.map(([, , name = '']) => familyOf(name)));
    const rising = [...types].filter(([, type]) => type !== 'gauge').map(([name]) => name);
    expect([...rated].toSorted()).toEqual(rising.toSorted());
  });
});
