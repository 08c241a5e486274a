import type { Socket } from 'node:net';

/**
 * Bytes of the write under way that the kernel has not taken yet, which become fewer while it takes them; undefined where that
 * cannot be seen. What Node.js keeps of it is not documented, but its own timer for idle sockets goes by it.
 */
export function untaken(socket: Socket): number | undefined {
  // Under TLS it counts what is encrypted, and only when all of that is taken.
  if ('encrypted' in socket || !('_handle' in socket)) return undefined;
  const handle = socket._handle;
  if (typeof handle !== 'object' || !handle || !('writeQueueSize' in handle)) return undefined;
  return typeof handle.writeQueueSize === 'number' ? handle.writeQueueSize : undefined;
}
