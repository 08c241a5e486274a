import { skeleton } from '../../shared/lookalike.ts';
import type { Person } from '../session-events.ts';
import { fullName } from '../words/full-name.ts';

/** Names whose answer is remembered. */
const MAX_KNOWN = 1_000;

/** Whose name can be taken for whose: a nick is shown with its key tag unless it can only mean this key. */
export class Names {
  /** By skeleton; '' where several keys share it. */
  readonly #keys = new Map<string, string>();
  /** Answers given, by key and nick. */
  readonly #known = new Map<string, boolean>();

  constructor(people: readonly Person[]) {
    // What the screen calls its own person is nobody's name.
    this.#keys.set(skeleton('you'), '');
    for (const { key, nick } of people) {
      const shape = skeleton(nick);
      const known = this.#keys.get(shape);
      this.#keys.set(shape, known === undefined || known === key ? key : '');
    }
  }

  /** `ada`, or `ada~k7q2` when another present member looks the same. */
  show(person: Person): string {
    return this.ambiguous(person) ? fullName(person) : person.nick;
  }

  ambiguous(person: Person): boolean {
    const name = `${person.key} ${person.nick}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const key = this.#keys.get(skeleton(person.nick));
    const ambiguous = key !== undefined && key !== person.key;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(name, ambiguous);
    return ambiguous;
  }
}
