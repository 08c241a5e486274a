/*
 * One host's own work: posts made durable and cast, members who come back at once, somebody who catches up.
 * `node bench/host.ts [--rounds N] [--write] [--short]`. CPU is that of host and played members together; what the members do
 * before a measurement (sign, seal) is not in it.
 */
import { HostRig } from './host/rig.ts';
import { benchRun } from './options.ts';
import { percentile, report, rowOf, type Row, type Target } from './report.ts';

const POSTERS = 100;
/** Posts before the clock starts, as fast as they go. */
const WARM_UP = 1_000;
const PAGE_EVENTS = 50;

const run = benchRun();
const posts = run.short ? 1_000 : 3_000;
const sizes = run.short ? [100] : [10, 100, 1_000];

interface Posted {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of a post. */
  readonly cpu: number;
}

report('host', [...(await memberRows()), ...(await catchUpRows())], run);

/** Everybody comes back, as after a relay that was restarted, fifty at a time; then they post. */
async function memberRows(): Promise<Row[]> {
  const runs = sizes.map((members) => ({
    members,
    joined: [] as number[],
    saturated: [] as Posted[],
    paced: [] as Posted[],
  }));
  for (let round = 0; round < run.rounds; round++) {
    for (const { members, joined, saturated, paced } of runs) {
      const rig = await HostRig.open(members);
      const begun = performance.now();
      await rig.join(1, members);
      joined.push((performance.now() - begun) / 1_000);
      const posters = Math.min(members, POSTERS);
      await post(rig, posters, WARM_UP, 0);
      saturated.push(await post(rig, posters, posts, 0));
      paced.push(await post(rig, posters, posts, 1_000));
      await rig.close();
    }
  }
  return runs.flatMap(({ members, joined, saturated, paced }) => {
    const by = `${members} members`;
    const promised = members === POSTERS;
    const row = (work: string, unit: string, rounds: readonly number[], target?: Target): Row =>
      rowOf({ work, by, unit, rounds, target: promised ? target : undefined });
    const of = (posted: readonly Posted[], key: keyof Posted) => posted.map((each) => each[key]);
    return [
      row('durable posts, saturated', 'posts/s', of(saturated, 'perSecond'), { least: 1_000 }),
      row('durable posts, saturated', 'CPU µs each', of(saturated, 'cpu')),
      row('post to ✓ at 1 000/s', 'ms p50', of(paced, 'p50')),
      row('post to ✓ at 1 000/s', 'ms p99', of(paced, 'p99'), { most: 50 }),
      row('all come back', 's until all are in', joined),
      row(
        'all come back',
        'ms each',
        joined.map((seconds) => (seconds / members) * 1_000),
      ),
    ];
  });
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

/** Somebody reads what was said while away, page after page. */
async function catchUpRows(): Promise<Row[]> {
  const found: Row[] = [];
  for (const behind of run.short ? [1_000] : [1_000, 10_000, 100_000]) {
    const rig = await HostRig.open(POSTERS);
    await rig.join(1, POSTERS);
    await post(rig, POSTERS, behind, 0);
    const rates: number[] = [];
    for (let round = 0; round < run.rounds; round++) {
      const begun = performance.now();
      const fetched = await fetchAll(rig, behind);
      if (fetched < behind) throw new Error(`${fetched} of ${behind}`);
      rates.push((fetched / (performance.now() - begun)) * 1_000);
    }
    await rig.close();
    found.push(rowOf({ work: 'catching up', by: `${behind} lines`, unit: 'lines/s served', rounds: rates }));
  }
  return found;
}

/** Resolves with how many lines came. */
async function fetchAll(rig: HostRig, behind: number): Promise<number> {
  let fetched = 0;
  for (let from = 1; from <= behind; from += PAGE_EVENTS) {
    await new Promise<void>((resolve) => {
      rig.listen = (message) => {
        if (message.t !== 'page') return;
        fetched += message.events.length;
        if (message.last) resolve();
      };
      rig.send(rig.fetch(1, from, from + PAGE_EVENTS - 1));
    });
  }
  return fetched;
}
