import type { RefusalCode } from '../errors.ts';

/** Refusals of a post that waiting mends: its author sends it again, and the host takes nothing behind it before. */
export const putOffCodes: ReadonlySet<RefusalCode> = new Set([
  'slow-down',
  'storage-full',
  'internal',
  'draining',
]);
