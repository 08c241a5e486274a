import type { JsonLine } from '../program.ts';

/** What one process of a party printed, from its start to its end. */
export interface Run {
  readonly party: string;
  readonly lines: readonly JsonLine[];
  /** Still running when the evidence was taken: then it is to have everything. */
  readonly alive: boolean;
  /** Asked for all earlier lines at its start. */
  readonly history?: boolean;
}

/** A line written to a party's input; `token` is its text and its own id. `to` makes it a whisper. */
export interface Said {
  readonly by: string;
  readonly token: string;
  readonly to?: string;
}

export interface Evidence {
  readonly said: readonly Said[];
  readonly runs: readonly Run[];
}

export const faultKinds = [
  'lost',
  'duplicate',
  'order',
  'sent-without-line',
  'absence',
  'contradiction',
] as const;

export interface Fault {
  readonly kind: (typeof faultKinds)[number];
  readonly what: string;
}

/** A line's place: its log and its number there. */
type Place = `${string}#${number}`;
type Report = (kind: Fault['kind'], what: string) => void;

/** Compares what was said with what every process showed; empty when every promise was kept. */
export function findFaults({ said, runs }: Evidence): readonly Fault[] {
  const faults: Fault[] = [];
  const report: Report = (kind, what) => void faults.push({ kind, what });
  const readings = runs.map((run) => read(run, report));
  const tokens = placesOf(readings, report);
  for (const reading of readings) findAbsences(reading, tokens, report);
  const aloud = said.filter(({ to }) => to === undefined);
  findLostLines(aloud, readings, tokens, report);
  findOvertaking(aloud, tokens, report);
  findLostWhispers(
    said.filter(({ to }) => to !== undefined),
    runs,
    report,
  );
  return faults;
}

interface Reading {
  readonly run: Run;
  /** What was shown, in order. */
  readonly shown: ReadonlyMap<Place, string>;
  readonly sent: ReadonlyMap<string, Place>;
  readonly failed: ReadonlySet<string>;
  /** Of each log: what this run is to have, and what it said it could not get. */
  readonly spans: ReadonlyMap<string, { readonly from: number; to: number; readonly missing: Set<number> }>;
}

function read(run: Run, report: Report): Reading {
  const shown = new Map<Place, string>();
  const seen = new Set<string>();
  const sent = new Map<string, Place>();
  const failed = new Set<string>();
  const spans = new Map<string, { from: number; to: number; missing: Set<number> }>();
  let log = '';
  let last = 0;
  for (const line of run.lines) {
    const [seq, id, text] = [Number(line['seq']), String(line['id']), String(line['text'])];
    if (line.event === 'ready') {
      const again = String(line['log']);
      if (again !== log) last = 0;
      log = again;
      if (!spans.has(log)) spans.set(log, { from: run.history ? 1 : seq + 1, to: 0, missing: new Set() });
    } else if (line.event === 'message') {
      if (seen.has(text)) report('duplicate', `${run.party} showed ${text} twice`);
      if (seq <= last) report('order', `${run.party} showed ${seq} behind ${last}`);
      seen.add(text);
      last = Math.max(last, seq);
      shown.set(`${log}#${seq}`, text);
      const span = spans.get(log);
      if (span) span.to = Math.max(span.to, seq);
    } else if (line.event === 'sent') {
      if (sent.has(id)) report('duplicate', `${run.party} was told twice that ${id} was sent`);
      sent.set(id, `${log}#${seq}`);
    } else if (line.event === 'failed') {
      failed.add(id);
    } else if (line.event === 'gap' || (line.event === 'resumed' && line['complete'] === false)) {
      for (let at = Number(line['from']); at <= Number(line['to']); at++) spans.get(log)?.missing.add(at);
    }
  }
  return { run, shown, sent, failed, spans };
}

/** Where each token is; two places of one, or two of one place, are faults. */
function placesOf(readings: readonly Reading[], report: Report): ReadonlyMap<string, Place> {
  const at = new Map<Place, string>();
  const places = new Map<string, Place>();
  for (const { run, shown } of readings)
    for (const [place, token] of shown) {
      const other = at.get(place);
      if (other !== undefined && other !== token)
        report('order', `${run.party} has ${token} at ${place}, others have ${other}`);
      const elsewhere = places.get(token);
      if (elsewhere !== undefined && elsewhere !== place)
        report('duplicate', `${token} is at ${place} and at ${elsewhere}`);
      at.set(place, token);
      places.set(token, place);
    }
  return places;
}

function findAbsences(
  { run, shown, spans }: Reading,
  tokens: ReadonlyMap<string, Place>,
  report: Report,
): void {
  for (const [token, place] of tokens) {
    const [log = '', number] = place.split('#');
    const seq = Number(number);
    const span = spans.get(log);
    if (!span || shown.has(place)) continue;
    const expected = seq >= span.from && (run.alive || seq <= span.to);
    if (expected && !span.missing.has(seq))
      report('absence', `${run.party} never showed ${token} (${place})`);
  }
}

function findLostLines(
  said: readonly Said[],
  readings: readonly Reading[],
  tokens: ReadonlyMap<string, Place>,
  report: Report,
): void {
  for (const { by, token } of said) {
    const own = readings.filter(({ run }) => run.party === by);
    const sent = own.flatMap((reading) => reading.sent.get(token) ?? []);
    const failed = own.some((reading) => reading.failed.has(token));
    const place = tokens.get(token);
    if (sent.length === 0 && !failed) report('lost', `${by} was told nothing of ${token}`);
    if (failed && (sent.length > 0 || place !== undefined))
      report('contradiction', `${token} failed for ${by} and went out all the same`);
    for (const where of sent) {
      if (place === undefined) report('sent-without-line', `${token} was sent as ${where}, nobody shows it`);
      else if (place !== where) report('order', `${token} was sent as ${where}, others show it as ${place}`);
    }
  }
}

function findOvertaking(said: readonly Said[], tokens: ReadonlyMap<string, Place>, report: Report): void {
  const lastOf = new Map<string, number>();
  for (const { by, token } of said) {
    const place = tokens.get(token);
    if (place === undefined) continue;
    const [log = '', seq] = place.split('#');
    const before = lastOf.get(`${by} ${log}`) ?? 0;
    if (Number(seq) < before) report('order', `${token} of ${by} came before what was said earlier`);
    lastOf.set(`${by} ${log}`, Math.max(before, Number(seq)));
  }
}

function findLostWhispers(said: readonly Said[], runs: readonly Run[], report: Report): void {
  for (const { by, to, token } of said) {
    const states = new Set(
      runs
        .filter(({ party }) => party === by)
        .flatMap(({ lines }) => lines.filter((line) => line['id'] === token).map(({ event }) => event)),
    );
    const stored = states.has('whisper-stored') || states.has('whisper-delivered');
    const failed = states.has('whisper-failed') || states.has('failed');
    const shown = runs
      .filter(({ party }) => party === to)
      .flatMap(({ lines }) => lines.filter((line) => line.event === 'whisper' && line['text'] === token));
    if (shown.length > 1) report('duplicate', `${to} was shown the whisper ${token} ${shown.length} times`);
    if (!stored && !failed) report('lost', `${by} was told nothing of the whisper ${token}`);
    if (stored && shown.length === 0)
      report('lost', `the whisper ${token} was stored and ${to} never got it`);
    if (failed && (stored || shown.length > 0))
      report('contradiction', `the whisper ${token} failed and went out all the same`);
  }
}
