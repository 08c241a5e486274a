import { createHash } from 'node:crypto';
import { MAX_TERMS_LINES } from '../../shared/limits.ts';
import { sanitize } from '../../shared/text.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import type { RelayConnection } from './relay-connection.ts';
import type { ClientEvent } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

type Shown = Extract<ClientEvent, { type: 'terms' }>;

/** What relays' operators want read: each text is shown once, and one relay shows no more than one in a session. */
export class RelayTerms {
  readonly #archive: Pick<PeopleArchive, 'termsShown' | 'showTerms'>;
  readonly #show: (event: Shown) => void;
  readonly #heard = new Set<string>();

  constructor(archive: Pick<PeopleArchive, 'termsShown' | 'showTerms'>, show: (event: Shown) => void) {
    this.#archive = archive;
    this.#show = show;
  }

  /** `now` is ms since 1970. */
  online({ url, terms, info }: Pick<RelayConnection, 'url' | 'terms' | 'info'>, now: number): void {
    const text = sanitize(terms ?? '')
      .trim()
      .split('\n')
      .slice(0, MAX_TERMS_LINES)
      .join('\n');
    // Who announced itself on a network is nobody's choice, and may be there a thousand times.
    if (text === '' || info.via === 'lan' || this.#heard.has(url)) return;
    this.#heard.add(url);
    const digest = createHash('sha256').update(text).digest('hex');
    if (this.#archive.termsShown(digest)) return;
    this.#archive.showTerms(digest, now);
    this.#show({ type: 'terms', relay: url, ...defined({ name: info.name }), text });
  }
}
