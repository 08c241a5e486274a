/*
 * One host's own work: posts made durable and cast, members who come back at once, somebody who catches up.
 * `node bench/host.ts [--rounds N] [--short]`. CPU is that of host and played members together; what the members do
 * before a measurement (sign, seal) is not in it.
 */
import { parseArgs } from 'node:util';
import { HostRig } from './host/rig.ts';
import { median, percentile, writeReport, type Row } from './report.ts';

const POSTERS = 100;
/** Posts before the clock starts, as fast as they go. */
const WARM_UP = 1_000;
const PAGE_EVENTS = 50;

const { values: options } = parseArgs({
  options: { rounds: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const rounds = Number(options.rounds ?? (options.short ? 1 : 5));
const posts = options.short ? 1_000 : 5_000;

interface Posted {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of a post. */
  readonly cpu: number;
}

const rows = [...(await postRows()), ...(await joinRows()), ...(await catchUpRows())];
writeReport(options.short ? 'host-short' : 'host', rows);

async function postRows(): Promise<Row[]> {
  const found: Row[] = [];
  for (const members of options.short ? [100] : [10, 100, 1_000]) {
    const saturated: Posted[] = [];
    const paced: Posted[] = [];
    for (let round = 0; round < rounds; round++) {
      const rig = await HostRig.open(members);
      await rig.join(1, members);
      const posters = Math.min(members, POSTERS);
      await post(rig, posters, WARM_UP, 0);
      saturated.push(await post(rig, posters, posts, 0));
      paced.push(await post(rig, posters, posts, 1_000));
      await rig.close();
    }
    const name = `${Math.min(members, POSTERS)} posters of ${members} members`;
    const promised = members === POSTERS;
    found.push(
      {
        name: `durable posts, saturated · ${name}`,
        value: median(saturated.map(({ perSecond }) => perSecond)),
        unit: 'posts/s',
        ...(promised ? { target: { least: 1_000 } } : {}),
      },
      {
        name: `durable posts, saturated · ${name}`,
        value: median(saturated.map(({ cpu }) => cpu)),
        unit: 'CPU µs each',
      },
      {
        name: `post to ✓ at 1 000/s · ${name}`,
        value: median(paced.map(({ p50 }) => p50)),
        unit: 'ms p50',
      },
      {
        name: `post to ✓ at 1 000/s · ${name}`,
        value: median(paced.map(({ p99 }) => p99)),
        unit: 'ms p99',
        ...(promised ? { target: { most: 50 } } : {}),
      },
    );
  }
  return found;
}

/** `perSecond` 0: as fast as it goes, one post of each poster under way. */
async function post(rig: HostRig, posters: number, count: number, perSecond: number): Promise<Posted> {
  const frames = Array.from({ length: count }, (_, n) =>
    rig.post(1 + (n % posters), `line ${n} `.padEnd(200, 'x')),
  );
  const sentAt: number[] = [];
  const delays: number[] = [];
  const send = (): void => {
    const next = frames[sentAt.length];
    if (!next) return;
    sentAt.push(performance.now());
    rig.send(next);
  };
  const before = process.cpuUsage();
  const begun = performance.now();
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    rig.onCast = (seq) => {
      if (seq === 0) return;
      delays.push(performance.now() - (sentAt[delays.length] ?? Number.NaN));
      if (delays.length === count) resolve();
      else if (perSecond === 0) send();
    };
    if (perSecond === 0) while (sentAt.length < Math.min(count, posters)) send();
    else
      timer = setInterval(() => {
        const due = ((performance.now() - begun) / 1_000) * perSecond;
        while (sentAt.length < Math.min(count, due)) send();
      }, 1);
  });
  clearInterval(timer);
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: (count / (performance.now() - begun)) * 1_000,
    p50: percentile(delays, 0.5),
    p99: percentile(delays, 0.99),
    cpu: (user + system) / count,
  };
}

/** Everybody comes back, as after a relay that was restarted, fifty at a time. */
async function joinRows(): Promise<Row[]> {
  const found: Row[] = [];
  for (const members of options.short ? [100] : [100, 300, 1_000]) {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const rig = await HostRig.open(members);
      const begun = performance.now();
      await rig.join(1, members);
      seconds.push((performance.now() - begun) / 1_000);
      await rig.close();
    }
    const value = median(seconds);
    found.push(
      { name: `${members} come back`, value, unit: 's until all are in' },
      { name: `${members} come back`, value: (value / members) * 1_000, unit: 'ms each' },
    );
  }
  return found;
}

/** Somebody reads what was said while away, page after page. */
async function catchUpRows(): Promise<Row[]> {
  const found: Row[] = [];
  for (const behind of options.short ? [1_000] : [1_000, 10_000, 100_000]) {
    const rig = await HostRig.open(POSTERS);
    await rig.join(1, POSTERS);
    await post(rig, POSTERS, behind, 0);
    const rates: number[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      const begun = performance.now();
      let fetched = 0;
      for (let from = 1; from <= behind; from += PAGE_EVENTS) {
        const asked = from;
        await new Promise<void>((resolve) => {
          rig.listen = (message) => {
            if (message.t !== 'page') return;
            fetched += message.events.length;
            if (message.last) resolve();
          };
          rig.send(rig.fetch(1, asked, asked + PAGE_EVENTS - 1));
        });
      }
      if (fetched < behind) throw new Error(`${fetched} of ${behind}`);
      rates.push((fetched / (performance.now() - begun)) * 1_000);
    }
    await rig.close();
    found.push({ name: `catching up ${behind} lines`, value: median(rates), unit: 'lines/s served' });
  }
  return found;
}
