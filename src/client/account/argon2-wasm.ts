import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import hashWasm from 'hash-wasm/dist/argon2.umd.min.js';

/*
 * Argon2id for Node before 24. This module is its own worker, so that a screen stays alive meanwhile; it imports nothing of
 * ours, because a worker runs everything it loads.
 */

/** What the worker is handed; the type tells its data from those of other workers. */
interface Task {
  readonly type: 'chat-tui-argon2';
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly kib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly length: number;
}

/** In a thread of its own. */
export function argon2idInWorker(task: Omit<Task, 'type'>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const data: Task = { type: 'chat-tui-argon2', ...task };
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.once('message', (stretched: Uint8Array) => resolve(stretched));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the worker ended without an answer')));
  });
}

if (!isMainThread && isTask(workerData)) {
  const { password, salt, kib, passes, lanes, length } = workerData;
  const stretched = await hashWasm.argon2id({
    password,
    salt,
    memorySize: kib,
    iterations: passes,
    parallelism: lanes,
    hashLength: length,
    outputType: 'binary',
  });
  parentPort?.postMessage(stretched);
}

function isTask(data: unknown): data is Task {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'chat-tui-argon2';
}
