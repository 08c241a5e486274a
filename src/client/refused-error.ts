import { UnusableFileError } from '../files/unusable-file.ts';
import type { ClientRefusal } from './api.ts';

/** Something asked for was refused; the message is one sentence for a person. */
export class RefusedError extends Error {
  readonly code: ClientRefusal | 'profile';
  /** When trying again can help, in ms. */
  readonly retryMs: number | undefined;
  constructor(code: ClientRefusal | 'profile', text: string, retryMs?: number) {
    super(text);
    this.name = 'RefusedError';
    this.code = code;
    this.retryMs = retryMs;
  }
}

/** A file that cannot be used, as a refusal; anything else as it is. */
export function ofFile(error: unknown): unknown {
  return error instanceof UnusableFileError ? new RefusedError('profile', error.text) : error;
}
