import type { Clock } from '../../link/clock.ts';
import { Link, type LinkOptions } from '../../link/link.ts';
import { issueDeviceCertificate } from '../../shared/crypto/certificate.ts';
import { meetingPlace } from '../../shared/crypto/invite-words.ts';
import { joinPsk } from '../../shared/crypto/keys.ts';
import { generateKeyPair } from '../../shared/crypto/noise.ts';
import { randomBytes } from '../../shared/crypto/sign.ts';
import { isRefusalCode, type Rejection } from '../../shared/errors.ts';
import { DAY, SECOND } from '../../shared/limits.ts';
import type { MeetingPoint } from './invites.ts';
import { JoinGate } from '../lines/join-gate.ts';
import { HostLine, type LineEvent } from '../lines/line.ts';

/** How long a relay may take to open one. */
const OPEN_MS = 10 * SECOND;
/** Callers at a time, who are gone when they have the invite. */
const MAX_CALLERS = 8;
const CERTIFICATE_MS = 2 * DAY;

export interface RendezvousOptions extends Pick<LinkOptions, 'url' | 'dialler'> {
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly random: () => number;
  /** What a caller who knows the words is given, or why it is given nothing any more. */
  readonly link: () => string | Rejection;
}

/** The private room that eight words lead to: whoever calls it and knows them is given an invite, and nothing else. */
export class Rendezvous {
  readonly #line: HostLine;
  readonly #link: Link;
  readonly #opened: Promise<Rejection | undefined>;
  #settle: (refusal: Rejection | undefined) => void = () => undefined;

  constructor(options: RendezvousOptions) {
    const { secret, link: answer, ...network } = options;
    const { clock, random } = network;
    const { signer, nonce, room, code } = meetingPlace(secret);
    const keys = generateKeyPair();
    const expires = Math.floor((clock.wall() + CERTIFICATE_MS) / SECOND);
    const certificate = issueDeviceCertificate(signer, keys.public, randomBytes(16), expires);
    this.#link = new Link({ ...network, purpose: 'host', signer });
    const { promise, resolve } = Promise.withResolvers<Rejection | undefined>();
    const cancel = clock.after(OPEN_MS, () => this.#settle({ code: 'internal' }));
    this.#opened = promise;
    this.#settle = (refusal) => {
      cancel();
      resolve(refusal);
    };
    this.#line = new HostLine({
      via: undefined,
      link: this.#link,
      signer,
      lease: {
        clock,
        random,
        room,
        nonce,
        maxMembers: MAX_CALLERS,
        expected: () => [],
        listing: () => undefined,
        nextRev: () => 0,
      },
      circuits: {
        clock,
        room,
        nonce,
        psks: () => [joinPsk(code, room)],
        device: { keys, certificate },
        gate: new JoinGate(clock.now()),
        isKnown: () => false,
        arrived: (conversation) => {
          const link = answer();
          if (typeof link !== 'string') return conversation.refuse(link);
          conversation.send({ t: 'invite', link });
          conversation.end();
        },
        said: () => undefined,
        ended: () => undefined,
      },
      notify: (event) => this.#hear(event),
    });
  }

  /** Resolves with why the relay would not open it; it is tried again by itself. */
  open(): Promise<Rejection | undefined> {
    this.#line.open();
    return this.#opened;
  }

  async close(): Promise<void> {
    this.#settle({ code: 'host-closed' });
    for (const conversation of this.#line.circuits.all()) conversation.end();
    await this.#line.lease.close();
    await this.#link.close();
  }

  #hear(event: LineEvent): void {
    if (event.type === 'opened') this.#settle(undefined);
    else if (event.type === 'offline' || event.type === 'fenced') this.#settle({ code: 'internal' });
    else this.#settle({ code: isRefusalCode(event.code) ? event.code : 'internal' });
  }
}

/** One at each of several relays: open where any of them is. */
export function meetingPointAt(places: readonly Rendezvous[]): MeetingPoint {
  return {
    async open() {
      const refusals = await Promise.all(places.map((place) => place.open()));
      return refusals.includes(undefined) ? undefined : refusals[0];
    },
    async close() {
      await Promise.all(places.map((place) => place.close()));
    },
  };
}
