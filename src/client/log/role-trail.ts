import { identityKey, type IdentityKey } from '../../shared/ids.ts';
import { HARD_MAX_MEMBERS } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import type { RoomEvent } from '../../shared/room/events.ts';
import type { Role } from '../../shared/room/roles.ts';

/**
 * Who was what along pages of the past, of which the roster of now says nothing: known from where the log tells it. Before
 * that somebody may have been an operator at most: nobody asks about the owner, who is the host's key for ever.
 */
export class RoleTrail {
  /** Undefined: not in the room any more. */
  readonly #roles = new Map<IdentityKey, Role | undefined>();

  /** `members` are those of the moment at which the pages begin. */
  constructor(members: readonly { readonly key: IdentityKey; readonly role: Role }[] = []) {
    for (const { key, role } of members) this.#set(key, role);
  }

  /** What `actor` could have been at most, and others at least. */
  rolesFor(actor: IdentityKey): (key: IdentityKey) => Role | undefined {
    return (key) => {
      if (this.#roles.has(key)) return this.#roles.get(key);
      return key === actor ? 'op' : 'member';
    };
  }

  /** The next event, which its author had the right to. */
  passed(event: RoomEvent): void {
    switch (event.kind) {
      case 'member-joined':
        this.#set(identityKey(event.body.key), event.body.role);
        break;
      case 'member-left':
      case 'kicked':
      case 'banned':
        this.#set(identityKey(event.body.key), undefined);
        break;
      case 'role-changed': {
        const key = identityKey(event.body.key);
        // The role of somebody absent may be taken; that does not bring them in.
        if (!this.#roles.has(key) || this.#roles.get(key)) this.#set(key, event.body.role);
        break;
      }
      default:
        break;
    }
  }

  #set(key: IdentityKey, role: Role | undefined): void {
    putNewest(this.#roles, key, role === 'owner' ? 'op' : role, HARD_MAX_MEMBERS);
  }
}
