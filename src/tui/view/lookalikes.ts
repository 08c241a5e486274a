import type { Person } from '../../client/session-events.ts';

// Letters of other scripts that most fonts draw like a Latin one, and digits that pass for letters.
const twins: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  к: 'k',
  м: 'm',
  н: 'h',
  т: 't',
  в: 'b',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  һ: 'h',
  ӏ: 'i',
  α: 'a',
  β: 'b',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ı: 'i',
  ɡ: 'g',
  ո: 'n',
  օ: 'o',
  ս: 'u',
  '0': 'o',
  '1': 'i',
  l: 'i',
  '|': 'i',
  '5': 's',
};

/** Names whose answer is remembered. */
const MAX_KNOWN = 1_000;

/** Equal for names that a reader could take for each other. */
export function skeleton(nick: string): string {
  const letters = nick.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const drawn = Array.from(letters, (letter) => twins[letter] ?? letter).join('');
  return drawn.replaceAll('rn', 'm').replaceAll('vv', 'w').replace(/[._-]/g, '');
}

/** Whose name can be taken for whose: a nick is shown with its key tag unless it can only mean this key. */
export class Names {
  /** By skeleton; '' where several keys share it. */
  readonly #keys = new Map<string, string>();
  /** Answers given, by key and nick. */
  readonly #known = new Map<string, boolean>();

  constructor(people: readonly Person[]) {
    for (const { key, nick } of people) {
      const shape = skeleton(nick);
      const known = this.#keys.get(shape);
      this.#keys.set(shape, known === undefined || known === key ? key : '');
    }
  }

  /** `ada`, or `ada~k7q2` when another present member looks the same. */
  show(person: Person): string {
    return this.ambiguous(person) ? `${person.nick}~${person.tag}` : person.nick;
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
