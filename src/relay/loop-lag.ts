import type { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late the event loop runs what is due. Looks only once it was asked for the first time. */
export class LoopLag {
  #delays: ReturnType<typeof monitorEventLoopDelay> | undefined;

  /** 99th percentile since it was last read, in seconds. */
  read(): number {
    // What is measured is the time between two looks, a punctual one included.
    const delays = (this.#delays ??= process
      .getBuiltinModule('node:perf_hooks')
      .monitorEventLoopDelay({ resolution: RESOLUTION_MS }));
    const late = delays.enable() ? 0 : delays.percentile(99) / 1e6 - RESOLUTION_MS;
    delays.reset();
    return Math.max(0, late) / 1_000;
  }

  close(): void {
    this.#delays?.disable();
  }
}
