import type { Socket } from 'node:net';

/** What a write that the kernel does not take at once is remembered by. */
interface WriteRequest {
  oncomplete: ((status: number) => void) | undefined;
  /** Kept as long as the request. */
  buffer: Uint8Array | undefined;
}

/** With what the streams of Node.js write, too. */
interface Insides {
  readonly WriteWrap: new () => WriteRequest;
  /** About the last write. */
  readonly streamBaseState: ArrayLike<number>;
  /** Where it is said whether that has taken its request, which then belongs to it. */
  readonly kLastWriteWasAsync: number;
}

/** A socket of the system below its stream. */
export interface DirectHandle {
  /** 0, or what went wrong: a number, or undefined where the socket is closed. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number | undefined;
}

/** Who writes, and hears what became of it. */
export interface DirectWriter {
  /** The kernel has taken all of a write that was not taken at once. */
  taken(): void;
  /** The socket is of no use any more. */
  broken(): void;
}

/** Where `socket` can be written to past its stream; undefined where it cannot, as under TLS. */
export function directHandle(socket: Socket): DirectHandle | undefined {
  if ('encrypted' in socket || !('_handle' in socket)) return undefined;
  const handle = socket._handle;
  return isDirect(handle) ? handle : undefined;
}

/** Writes past the streams of sockets: one request serves all writes that the kernel takes at once, which are nearly all. */
export class DirectWrites {
  readonly #insides: Insides;
  #request: WriteRequest;

  private constructor(insides: Insides) {
    this.#insides = insides;
    this.#request = new insides.WriteWrap();
  }

  /** Undefined where this Node.js does not have it, or does not give it away. */
  static find(): DirectWrites | undefined {
    const binding: unknown = Reflect.get(process, 'binding');
    if (typeof binding !== 'function') return undefined;
    try {
      const insides: unknown = Reflect.apply(binding, process, ['stream_wrap']);
      return isInsides(insides) ? new DirectWrites(insides) : undefined;
    } catch {
      return undefined;
    }
  }

  /** False when not all is taken at once: the rest follows as the kernel has room for it, before whatever is written later. */
  write(handle: DirectHandle, bytes: Uint8Array, writer: DirectWriter): boolean {
    const request = this.#request;
    const { streamBaseState, kLastWriteWasAsync, WriteWrap } = this.#insides;
    if (handle.writeBuffer(request, bytes) !== 0) {
      writer.broken();
      return true;
    }
    if (streamBaseState[kLastWriteWasAsync] === 0) return true;
    request.buffer = bytes;
    request.oncomplete = (status) => (status === 0 ? writer.taken() : writer.broken());
    this.#request = new WriteWrap();
    return false;
  }
}

function isDirect(handle: unknown): handle is DirectHandle {
  if (typeof handle !== 'object' || !handle || !('writeBuffer' in handle)) return false;
  return typeof handle.writeBuffer === 'function';
}

function isInsides(found: unknown): found is Insides {
  if (typeof found !== 'object' || !found) return false;
  if (!('WriteWrap' in found && 'streamBaseState' in found && 'kLastWriteWasAsync' in found)) return false;
  return (
    typeof found.WriteWrap === 'function' &&
    ArrayBuffer.isView(found.streamBaseState) &&
    typeof found.kLastWriteWasAsync === 'number'
  );
}
