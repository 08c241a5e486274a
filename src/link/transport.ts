/** One connection to a relay that carries whole binary messages. */
export interface Transport {
  /** Ignored once the connection is closing. */
  send(bytes: Uint8Array): void;
  close(code: number, reason?: string): void;
  /** Nothing more is read until `resume`; what was read before may still come. */
  pause(): void;
  resume(): void;
  /** Bytes handed to `send` that have not left yet. */
  readonly buffered: number;
  /** The address that it leaves from is not this machine's any more: what is sent will hardly arrive. */
  readonly stranded?: boolean;
}

/** What happens to a transport: `open` at most once, `closed` exactly once and last; none is called inside the dialler. */
export interface TransportEvents {
  open(): void;
  message(bytes: Uint8Array): void;
  /** `code` as in RFC 6455 §7.4, 1006 when the connection was lost or never made. */
  closed(code: number, clean: boolean): void;
}

/** Starts connecting to `url`; never throws. */
export type Dialler = (url: string, events: TransportEvents) => Transport;

/** What a dialler gives for an address that leads nowhere. */
export const nowhere: Transport = {
  send: () => undefined,
  close: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  buffered: 0,
};
