import { median } from '../report.ts';

/** One look at a process; `heap`, `external` and `timers` where it was asked for them. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  readonly rss: number;
  readonly descriptors: number;
  readonly heap?: number;
  readonly external?: number;
  readonly timers?: number;
}

type Figure = Exclude<keyof Sample, 'at'>;

/** What a figure may grow by from the middle of a soak to its end: a share of itself, or so much, whichever is more. */
const allowed: Readonly<Record<Figure, { readonly share: number; readonly least: number }>> = {
  rss: { share: 0.1, least: 12e6 },
  heap: { share: 0.1, least: 2e6 },
  external: { share: 0.1, least: 2e6 },
  descriptors: { share: 0, least: 3 },
  timers: { share: 0.1, least: 4 },
};

export interface Growth {
  readonly figure: Figure;
  readonly middle: number;
  readonly end: number;
  readonly peak: number;
  readonly flat: boolean;
}

/** Medians of the second third and of the last one; what comes before is warm-up. */
export function growths(samples: readonly Sample[], seconds: number): readonly Growth[] {
  const figures = Object.keys(allowed) as Figure[];
  return figures.map((figure) => {
    const from = (start: number, end: number): number[] =>
      samples
        .filter(({ at }) => at >= start * seconds && at < end * seconds)
        .flatMap((sample) => sample[figure] ?? []);
    const middle = median(from(1 / 3, 2 / 3));
    const end = median(from(2 / 3, Number.POSITIVE_INFINITY));
    const { share, least } = allowed[figure];
    const peak = Math.max(...from(0, Number.POSITIVE_INFINITY));
    return { figure, middle, end, peak, flat: end - middle <= Math.max(share * middle, least) };
  });
}
