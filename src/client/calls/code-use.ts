/** Whether calls show the room's code: whoever was let in before need not, but a host may have forgotten that. */
export class CodeUse {
  readonly #code: Uint8Array | undefined;
  #shows: boolean;
  #turned = false;

  /** `code`: the room's, where one is known. */
  constructor(code: Uint8Array | undefined, shows: boolean) {
    this.#code = code;
    this.#shows = shows;
  }

  /** What the next call shows. */
  get shown(): Uint8Array | undefined {
    return this.#shows ? this.#code : undefined;
  }

  /** The host has let us in: the code may have been good for once. */
  entered(): void {
    this.#shows = false;
    this.#turned = false;
  }

  /** Perhaps nobody but a relay would not have it: without one whoever was in is told by the host. */
  hide(): void {
    this.#shows = false;
  }

  /** The host would not have it like this: the other way is next, once until it lets us in. False where there is none. */
  turn(): boolean {
    if (this.#turned || this.#code === undefined) return false;
    this.#turned = true;
    this.#shows = !this.#shows;
    return true;
  }
}
