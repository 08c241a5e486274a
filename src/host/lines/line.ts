import type { Link, LinkEvent } from '../../link/link.ts';
import type { LinkReason } from '../../link/link-state.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import { assertNever, type RefusalCode } from '../../shared/errors.ts';
import type { Via } from '../../shared/room/via.ts';
import { Circuits, type CircuitsOptions } from './circuits.ts';
import { Lease, type LeaseOptions } from './lease.ts';

export interface LineOptions {
  /** Undefined where it is the room's only line, so that nobody needs to be told apart by it. */
  readonly via: Via | undefined;
  readonly link: Link;
  readonly signer: Signer;
  readonly lease: Omit<LeaseOptions, 'link' | 'signer' | 'notify'>;
  readonly circuits: Omit<CircuitsOptions, 'link' | 'via'>;
  readonly notify: (event: LineEvent) => void;
}

export type LineEvent =
  | { readonly type: 'opened' }
  /** The relay would not open the room; tried again by itself. */
  | { readonly type: 'refused'; readonly code: LinkReason; readonly retryMs: number }
  | { readonly type: 'offline'; readonly reason: LinkReason; readonly retryMs: number }
  /** Somebody else holds the room there now, for good. */
  | { readonly type: 'fenced' }
  /** The relay wants no more of this host. */
  | { readonly type: 'closed'; readonly code: RefusalCode };

/** One way into a room: a connection to a relay, the room's lease there, and the circuits of those who came over it. */
export class HostLine {
  readonly via: Via | undefined;
  readonly link: Link;
  readonly lease: Lease;
  readonly circuits: Circuits;
  readonly #notify: (event: LineEvent) => void;
  #state: 'idle' | 'open' | 'taken' | 'closed' = 'idle';

  constructor({ via, link, signer, lease, circuits, notify }: LineOptions) {
    this.via = via;
    this.link = link;
    this.#notify = notify;
    this.circuits = new Circuits({ ...circuits, link, via });
    this.lease = new Lease({
      ...lease,
      link,
      signer,
      notify: (event) => {
        if (event.type === 'lapsed') {
          this.#state = 'idle';
          this.circuits.allLost();
          return;
        }
        if (event.type === 'opened') this.#state = 'open';
        else if (event.type === 'fenced') this.#state = 'closed';
        // Only an answer ends what another holder has begun.
        else this.#state = event.code === 'taken' ? 'taken' : 'idle';
        notify(event);
      },
    });
  }

  /** `taken`: another process serves the room there. */
  get state(): 'idle' | 'open' | 'taken' | 'closed' {
    return this.#state;
  }

  /** The room's handle at the relay while it is open there. */
  get handle(): number | undefined {
    return this.lease.handle;
  }

  open(): void {
    this.link.onEvent((event) => this.#hear(event));
    this.link.open();
  }

  /** The room is not served here until `resume`: somebody else serves it elsewhere. True when it was open. */
  pause(): boolean {
    const was = this.#state === 'open';
    if (was || this.#state === 'taken') this.#state = 'idle';
    for (const conversation of this.circuits.all()) conversation.end({ code: 'host-away' });
    this.lease.pause();
    return was;
  }

  resume(): void {
    this.lease.resume();
  }

  #hear(event: LinkEvent): void {
    switch (event.type) {
      case 'online':
        this.lease.open();
        break;
      case 'offline':
        if (this.#state === 'open') this.#state = 'idle';
        this.lease.lost();
        this.circuits.allLost();
        this.#notify(event);
        break;
      case 'closed':
        this.#state = 'closed';
        this.lease.lost();
        this.circuits.allLost();
        this.#notify(event);
        break;
      case 'data':
        this.circuits.data(event.circuit, event.payload);
        break;
      case 'control':
        if (event.message.t === 'hangup') this.circuits.hungUp(event.message.circuit);
        else if (event.message.t === 'incoming' && event.message.handle === this.handle)
          this.circuits.incoming(event.message);
        break;
      case 'cast':
        break;
      default:
        assertNever(event);
    }
  }
}
