import { relayId, type RelayId } from '../../shared/ids.ts';

/** What is asked of a line to a relay here. */
interface Way {
  readonly url: string;
  readonly via: 'relay' | 'lan';
  readonly info: { readonly id?: RelayId };
}

/** Which lines lead to one room: those whose relays list it, and those over which it has let us in. */
export class WaysIn<Line extends Way> {
  readonly #listedBy: () => readonly Line[];
  readonly #online: () => readonly Line[];
  readonly #entered = new Set<string>();
  /** The relay that the room's host runs on its own network. */
  #lan: RelayId | undefined;

  /** `listedBy`: lines that are there and list the room. `online`: all that are there. */
  constructor(parts: { listedBy: () => readonly Line[]; online: () => readonly Line[] }) {
    this.#listedBy = parts.listedBy;
    this.#online = parts.online;
  }

  /** The relay of the host's own network, where there is one. */
  get lan(): RelayId | undefined {
    return this.#lan;
  }

  /** The room has let us in over `line`; `lan` is what its welcome says. */
  entered(line: Pick<Line, 'url'>, lan: Uint8Array | undefined): void {
    this.#entered.add(line.url);
    this.#lan = lan === undefined ? undefined : relayId(lan);
  }

  /** Those that are there. */
  all(): readonly Line[] {
    const known = this.#online().filter(
      ({ url, info }) => this.#entered.has(url) || (this.#lan !== undefined && info.id === this.#lan),
    );
    return [...new Set([...this.#listedBy(), ...known])];
  }
}
