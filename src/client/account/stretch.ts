import * as crypto from 'node:crypto';
import type { Clock } from '../../link/clock.ts';
import { STRETCHED_BYTES } from '../../shared/crypto/account.ts';
import { DEFAULT_STRETCH } from '../../shared/limits.ts';
import type { Stretch } from '../../shared/wire/control.ts';

/** How far something is, from 0 to 1; 1 comes last and once. */
export type Progress = (done: number) => void;

/** What the default parameters take on an ordinary machine; only for the bar. */
const USUAL_MS = 400;
const TICK_MS = 50;

/** Argon2id, off the main thread. */
export function stretchPassword(password: Uint8Array, stretch: Stretch): Promise<Uint8Array> {
  // Node has it from 24 on.
  const { argon2 }: { argon2?: typeof crypto.argon2 } = crypto;
  return argon2 ? stretchByNode(argon2, password, stretch) : stretchByWasm(password, stretch);
}

export async function stretchByWasm(password: Uint8Array, stretch: Stretch): Promise<Uint8Array> {
  const { argon2idInWorker } = await import('./argon2-wasm.ts');
  return argon2idInWorker({ password, ...stretch, length: STRETCHED_BYTES });
}

function stretchByNode(
  argon2: typeof crypto.argon2,
  password: Uint8Array,
  { salt, kib, passes, lanes }: Stretch,
): Promise<Uint8Array> {
  const parameters = {
    message: password,
    nonce: salt,
    memory: kib,
    passes,
    parallelism: lanes,
    tagLength: STRETCHED_BYTES,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, derived) => {
      if (error) reject(error);
      else resolve(new Uint8Array(derived));
    });
  });
}

/** Argon2 tells nothing while it works: the bar comes ever closer to its end by what it usually takes. */
export async function withProgress<Value>(
  work: Promise<Value>,
  { kib, passes }: Pick<Stretch, 'kib' | 'passes'>,
  clock: Pick<Clock, 'now' | 'after'>,
  progress: Progress,
): Promise<Value> {
  const usual = (USUAL_MS * kib * passes) / (DEFAULT_STRETCH.kib * DEFAULT_STRETCH.passes);
  const start = clock.now();
  let cancel = (): void => undefined;
  const tick = (): void => {
    progress(1 - Math.exp((start - clock.now()) / usual));
    cancel = clock.after(TICK_MS, tick);
  };
  tick();
  try {
    return await work;
  } finally {
    cancel();
    progress(1);
  }
}
