import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { FaultStage } from './fault-stage.ts';

const SIZE_KIB = 4_096;

/** A small disk below a stage's folder; undefined where this user may mount none. */
export class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  private constructor(path: string) {
    this.path = path;
    this.#filler = join(path, 'filler');
  }

  static mount(path: string): SmallDisk | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    mkdirSync(path, { recursive: true });
    const options = ['-t', 'tmpfs', '-o', `size=${SIZE_KIB}k,mode=700`, 'tmpfs', path];
    const { status } = spawnSync('mount', options, { stdio: 'ignore' });
    return status === 0 ? new SmallDisk(path) : undefined;
  }

  /** Nothing more fits after this, but `spare` bytes. */
  fill(spare = 0): void {
    const file = openSync(this.#filler, 'w');
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) {
          const { bavail, bsize } = statfsSync(this.path);
          if (spare > 0 && bavail * bsize - size < spare) break;
          writeSync(file, Buffer.alloc(size));
        }
      } catch {
        // Full, for pieces of this size.
      }
    }
    closeSync(file);
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.path], { stdio: 'ignore' });
  }
}

/** The stage with a small disk under each of these folders; undefined, and said, where that cannot be had. */
export async function stageOn(
  { onTestFinished }: TestContext,
  folders: readonly (readonly string[])[],
  options: Pick<NonNullable<Parameters<typeof FaultStage.start>[0]>, 'hostEnv'> = {},
): Promise<{ stage: FaultStage; disks: readonly SmallDisk[] } | undefined> {
  let disks: readonly SmallDisk[] = [];
  const stage = await FaultStage.start({
    ...options,
    before: (path) => {
      disks = folders.flatMap((folder) => SmallDisk.mount(path(...folder)) ?? []);
    },
  });
  onTestFinished(() =>
    stage.close(() => {
      for (const disk of disks) disk.unmount();
    }),
  );
  if (disks.length === folders.length) return { stage, disks };
  console.log('faults: SKIPPED: this user may mount no small disk, so a full one was not tested');
  return undefined;
}
