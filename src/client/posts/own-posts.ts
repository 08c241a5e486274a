import type { Clock } from '../../link/clock.ts';
import { randomBytes } from '../../shared/crypto/sign.ts';
import { messageId, type MessageId } from '../../shared/ids.ts';
import { MAX_TOPIC_BYTES } from '../../shared/limits.ts';
import type { HostMessageOf } from '../../shared/room/messages.ts';
import { may } from '../../shared/room/permissions.ts';
import { rightsRefusal } from '../../shared/room/rights.ts';
import { sanitizeLine } from '../../shared/text.ts';
import { refused, type Result, type RoomAction, type SayOptions, type Self } from '../api.ts';
import type { PendingPost } from '../archive/archive.ts';
import { echoOf, flawOf, flawOfAction, longer } from './own-lines.ts';
import { eventOf, postOf } from './post-content.ts';
import type { PostSender } from './post-sender.ts';
import type { RoomPeople } from '../rooms/room-people.ts';
import type { LineRef, Quote, RoomEventBody, RoomLine, RoomState } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

interface Ref {
  readonly ref?: string | undefined;
}

export interface OwnPostsParts {
  readonly clock: Clock;
  readonly self: () => Self;
  readonly sender: Pick<PostSender, 'add' | 'full' | 'pending' | 'pump'>;
  readonly people: Pick<RoomPeople, 'me' | 'roleOf'>;
  readonly state: () => RoomState;
  /** As the room has told them. */
  readonly limits: () => HostMessageOf<'welcome'>['limits'] | undefined;
  readonly quote: (ref: LineRef) => Quote;
  readonly emit: (event: RoomEventBody) => void;
  /** Something is on its way. */
  readonly posted: () => void;
}

/** What this profile may say and do in a room now, put into the outbox and echoed. */
export class OwnPosts {
  readonly #parts: OwnPostsParts;

  constructor(parts: OwnPostsParts) {
    this.#parts = parts;
  }

  say(text: string, { kind = 'text', ref, re }: SayOptions): Result<MessageId> {
    const flaw = flawOf(text, this.#parts.limits());
    if (flaw) return flaw;
    return this.#post({ kind, text, ...(re === undefined || kind !== 'text' ? {} : { re }) }, { ref });
  }

  setTopic(topic: string, options: Ref): Result<MessageId> {
    const text = sanitizeLine(topic);
    const flaw = longer(text, MAX_TOPIC_BYTES);
    if (flaw) return flaw;
    if (!may(this.#parts.people.me.role, 'change-topic')) return refused('not-allowed');
    return this.#post({ kind: 'topic-changed', text: text.trim() }, options);
  }

  act(action: RoomAction, options: Ref): Result<MessageId> {
    const { state, people, limits } = this.#parts;
    // Nobody is put out hours after it was asked for.
    if (state() !== 'online') return refused(state() === 'closed' ? 'left' : 'host-away');
    const refusal = rightsRefusal(people.me.key, eventOf(action), (key) => people.roleOf(key));
    if (refusal) return refused(refusal);
    return flawOfAction(action, limits()) ?? this.#post(postOf(action), options);
  }

  rename(nick: string, options: Ref): Result<MessageId> {
    return this.#post({ kind: 'nick-changed', text: nick }, options);
  }

  /** The host knows us by the nick of the first time; one that was changed since has to be said. */
  rightNick(): void {
    const { self, people, sender } = this.#parts;
    const { nick } = self();
    const said = sender.pending().some(({ kind }) => kind === 'nick-changed');
    if (people.me.nick !== nick && !said) this.rename(nick, {});
  }

  /** What the host has not numbered yet. */
  pending(): readonly RoomLine[] {
    return this.#parts.sender.pending().flatMap((post) => this.#echo(post) ?? []);
  }

  #post(what: Pick<PendingPost, 'kind' | 'text' | 're'>, { ref }: Ref): Result<MessageId> {
    const { clock, sender, state, emit, posted } = this.#parts;
    if (state() === 'closed') return refused('left');
    if (sender.full) return refused('outbox-full');
    const id = messageId(randomBytes(16));
    const more = defined({ ref });
    const post = { id, ...what, time: clock.wall(), ...more };
    const refusal = sender.add(post);
    if (refusal) return refusal;
    const line = this.#echo(post);
    if (line) emit({ type: 'echo', line, ...more });
    sender.pump();
    posted();
    return { ok: true, value: id };
  }

  #echo(post: PendingPost): RoomLine | undefined {
    return echoOf(post, this.#parts.self(), this.#parts.quote);
  }
}
