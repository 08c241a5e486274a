import type { Dialler } from '../../src/link/transport.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { DATA_HEADER_BYTES, frameTypes } from '../../src/shared/wire/codec.ts';

export type FromRelay = 'control' | 'send' | 'cast';

/** A relay that does to frames what a test says: gives what is delivered instead, in order. */
export class Tamperer {
  /** What the client receives instead of a frame; `payload` is without the wire's header. */
  onFrame: (type: FromRelay, frame: Uint8Array, payload: Uint8Array) => readonly Uint8Array[] = (
    _,
    frame,
  ) => [frame];
  #deliver: (bytes: Uint8Array) => void = () => undefined;

  readonly dialler: Dialler = (url, events) => {
    this.#deliver = (bytes) => events.message(bytes);
    return wsDialler(url, {
      ...events,
      open: () => events.open(),
      closed: (code, clean) => events.closed(code, clean),
      message: (bytes) => {
        const frame = bytes.slice();
        for (const given of this.onFrame(typeOf(frame), frame, frame.subarray(DATA_HEADER_BYTES)))
          events.message(given.slice());
      },
    });
  };

  /** Delivers a frame that the relay made up or kept. */
  inject(frame: Uint8Array): void {
    this.#deliver(frame.slice());
  }
}

function typeOf(frame: Uint8Array): FromRelay {
  if (frame[0] === frameTypes.cast) return 'cast';
  return frame[0] === frameTypes.send ? 'send' : 'control';
}

/** The frame with one bit of its `at`th byte (from the end, if negative) turned. */
export function flipped(frame: Uint8Array, at: number): Uint8Array {
  const copy = frame.slice();
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
