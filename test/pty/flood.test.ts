import { setInterval } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRelay, type RunningRelay } from '../../src/relay/index.ts';
import { MIB } from '../../src/shared/limits.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { Stage } from '../support/stage.ts';

const sizes = [
  [100, 30],
  [40, 10],
  [300, 60],
  [41, 11],
  [121, 40],
  [80, 24],
] as const;
/** Between two batches of lines. */
const TICK_MS = 20;

let stage: Stage;
let relay: RunningRelay;
let host: ScriptedHost;
const bob = person();
beforeEach(async () => {
  stage = new Stage();
  relay = await startRelay({
    listen: { host: '127.0.0.1', port: 0 },
    dataDir: undefined,
    limits: { hostFramesPerSecond: 10_000, hostFrameBurst: 10_000, hostBytesPerSecond: 64 * MIB },
  });
  host = await ScriptedHost.open(relay.url, { title: 'tea', topic: 'milk first' });
  host.script = {
    welcome: (honest) => {
      const talker = { key: bob.publicKey, nick: 'bob', role: 'member', presence: 'online' } as const;
      return { ...honest, roster: [...honest.roster, talker], rosterSize: honest.roster.length + 1 };
    },
  };
});
afterEach(async () => {
  await stage.close();
  await host.line.close();
  await relay.close();
});

describe('a flood', () => {
  it.each([20, 100, 500])(
    'of %i lines a second leaves the screen whole, in every size, and takes keys',
    async (rate) => {
      const ada = stage.terminal('ada', ['--nick', 'ada', '--relay', relay.url, '--no-lan']);
      await ada.see('milk first');
      ada.type('\r');
      await ada.see(/^ tea[^]*Connected/);
      let said = 0;
      const over = new AbortController();
      const flood = (async () => {
        const started = performance.now();
        for await (const _ of setInterval(TICK_MS)) {
          const due = ((performance.now() - started) / 1_000) * rate;
          for (; said < due; said++) host.say(bob, `line ${said + 1} of the talk`);
          if (over.signal.aborted) break;
        }
      })();
      let typed = '›';
      for (const [columns, rows] of sizes) {
        ada.resize(columns, rows);
        const newer = said + 2;
        await ada.until(
          () => lastLine(ada.rows()) >= newer && ada.rows().length === rows,
          `line ${newer} at ${columns}x${rows}`,
        );
        ada.type(' key');
        typed = typed === '›' ? '›  key' : `${typed} key`;
        await ada.until(() => ada.rows().at(-1) === typed, typed);
      }
      over.abort();
      await flood;
      await ada.until(() => lastLine(ada.rows()) === said, `line ${said}`);
      // What is there at last is the end of the talk in order, each line in its row, between whole borders.
      const rows = ada.rows();
      const body = rows.slice(1, -2);
      expect(rows).toHaveLength(24);
      expect(new Set(body.map((row) => row.indexOf('│')))).toEqual(new Set([14]));
      expect(new Set(body.map((row) => row.lastIndexOf('│')))).toEqual(new Set([65]));
      const shown = linesOf(body);
      expect(shown).toEqual(Array.from({ length: shown.length }, (_, at) => said - shown.length + 1 + at));
      // Beside who opened the room, who joined, and the rules between days and before what is new.
      expect(shown.length).toBeGreaterThan(12);
      expect(rows[0]).toMatch(/^ tea +relay\s*$/);
      expect(rows.at(-2)).toMatch(/^─ .*Connected/);
      expect(rows.at(-1)).toBe(typed);
    },
  );
});

function linesOf(rows: readonly string[]): number[] {
  return rows.flatMap((row) => /line (\d+) of the talk/.exec(row)?.[1] ?? []).map(Number);
}

function lastLine(rows: readonly string[]): number {
  return linesOf(rows).at(-1) ?? 0;
}
