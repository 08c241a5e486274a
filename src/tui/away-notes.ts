import type { ChatClient } from '../client/api.ts';
import type { MemberInfo, Person } from '../client/session-events.ts';
import type { IdentityKey } from '../shared/ids.ts';
import { putNewest } from '../shared/put-newest.ts';
import { bufferOf, personId, type BufferId } from './store/state.ts';
import type { Store } from './store/store.ts';

/** Most people of whom it is known what was told. */
const MAX_TOLD = 1_000;

/** Says, once for each time they go, that somebody who is whispered to is away. */
export class AwayNotes {
  readonly #client: ChatClient;
  readonly #store: Store;
  readonly #note: (text: string, buffer?: BufferId) => void;
  /** Why they are away, as it was told. */
  readonly #told = new Map<IdentityKey, string>();
  readonly #unsubscribe: () => void;

  constructor(client: ChatClient, store: Store, note: (text: string, buffer?: BufferId) => void) {
    this.#client = client;
    this.#store = store;
    this.#note = note;
    this.#unsubscribe = client.subscribe((event) => {
      if (event.type === 'presence' && event.presence === 'online') this.#told.delete(event.who.key);
    });
  }

  /** Where what is whispered with them is shown. */
  tell(person: Person): void {
    const { presence, status = '' } = this.#memberOf(person) ?? {};
    if (presence !== 'away') return void this.#told.delete(person.key);
    if (this.#told.get(person.key) === status) return;
    putNewest(this.#told, person.key, status, MAX_TOLD);
    const words = `${this.#client.people.names().show(person)} is away and will see it when back`;
    const id = personId(person);
    this.#note(status === '' ? `${words}.` : `${words}: ${status}`, bufferOf(this.#store.get(), id)?.id);
  }

  close(): void {
    this.#unsubscribe();
  }

  /** From a room where they are connected, if there is one. */
  #memberOf({ key }: Person): MemberInfo | undefined {
    return this.#client
      .rooms()
      .filter(({ state }) => state === 'online')
      .flatMap((room) => room.members().filter((member) => member.key === key))
      .find(({ presence }) => presence !== 'offline');
  }
}
