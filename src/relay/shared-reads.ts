import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What `new Socket({ onread })` sets, and what an accepted socket has no option for. */
const fields = Object.getOwnPropertySymbols(new Socket());
const bufferField = fields.find(({ description }) => description === 'kBuffer');
const callbackField = fields.find(({ description }) => description === 'kBufferCb');

/**
 * Has `socket` read into `buffer` and tell `take` how many bytes there are, as the option `onread` of `net.Socket` does; its
 * stream gets nothing any more but the end. False where that cannot be had, and the stream goes on as it was.
 */
export function shareReads(socket: Duplex, buffer: Buffer, take: (length: number) => void): boolean {
  // Under TLS somebody else reads.
  if ('encrypted' in socket || !('_handle' in socket) || !bufferField || !callbackField) return false;
  const handle = socket._handle;
  if (typeof handle !== 'object' || !handle || !('useUserBuffer' in handle)) return false;
  const { useUserBuffer } = handle;
  if (typeof useUserBuffer !== 'function') return false;
  Reflect.set(socket, bufferField, buffer);
  Reflect.set(socket, callbackField, take);
  Reflect.apply(useUserBuffer, handle, [buffer]);
  return true;
}
