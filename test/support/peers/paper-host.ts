import {
  chainNext,
  chainStart,
  encodeEvent,
  encodeRoomMessage,
  encodeSignedEvent,
  headBytes,
  labels,
  makeRoomId,
  randomBytes,
  sealCast,
  signerFrom,
  type CastMessage,
  type EventKind,
  type EventOf,
  type HostMessageOf,
  type Signer,
  type WireHead,
} from '../../../src/shared/public.ts';

export type Signed = HostMessageOf<'page'>['events'][number];
type Content = { [Kind in EventKind]: Pick<EventOf<Kind>, 'kind' | 'body'> }[EventKind];

export interface Placed {
  readonly signed: Signed;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly prev: Uint8Array;
}

export function person(seed = randomBytes(32)): Signer {
  return signerFrom(seed);
}

/** A host on paper: signs and seals whatever a test wants it to, true or false. */
export class PaperHost {
  readonly signer: Signer;
  readonly nonce = randomBytes(16);
  readonly room: Uint8Array;
  log: Uint8Array;
  readonly events: Placed[] = [];
  kepoch = 1;
  key = randomBytes(32);
  #counter = 0;

  constructor(log = randomBytes(8), signer = person()) {
    this.log = log;
    this.signer = signer;
    this.room = makeRoomId(signer.publicKey, this.nonce);
  }

  get end(): { seq: number; hash: Uint8Array } {
    return this.events.at(-1) ?? { seq: 0, hash: chainStart(this.room, this.log) };
  }

  sign(
    author: Signer,
    content: Content,
    changes: { counter?: number; room?: Uint8Array; log?: Uint8Array; id?: Uint8Array } = {},
  ): Signed {
    const event = encodeEvent({
      room: changes.room ?? this.room,
      log: changes.log ?? this.log,
      id: changes.id ?? randomBytes(16),
      counter: changes.counter ?? ++this.#counter,
      time: 1_000,
      ...content,
    });
    return [author.publicKey, event, author.sign(labels.ev, event)];
  }

  text(author: Signer, text: string): Signed {
    return this.sign(author, { kind: 'text', body: { text } });
  }

  /** Gives an event the next number. */
  place(signed: Signed): Placed {
    const { seq, hash: prev } = this.end;
    const [author, event, sig] = signed;
    const hash = chainNext(prev, seq + 1, encodeSignedEvent({ author, event, sig }));
    const placed = { signed, seq: seq + 1, hash, prev };
    this.events.push(placed);
    return placed;
  }

  say(author: Signer, text: string): Placed {
    return this.place(this.text(author, text));
  }

  join(member: Signer, nick: string): Placed {
    const body = { key: member.publicKey, nick, role: 'member' } as const;
    return this.place(this.sign(this.signer, { kind: 'member-joined', body }));
  }

  head({ seq, hash } = this.end, signer = this.signer): WireHead {
    const bytes = headBytes({ room: this.room, log: this.log, seq, hash, kepoch: this.kepoch });
    return [seq, hash, this.kepoch, signer.sign(labels.head, bytes)];
  }

  cast({ signed, seq, hash }: Placed, changes: { signed?: Signed; head?: WireHead } = {}): Uint8Array {
    const event = changes.signed ?? signed;
    return this.seal(seq, { t: 'event', event, head: changes.head ?? this.head({ seq, hash }) });
  }

  seal(seq: number, message: CastMessage): Uint8Array {
    const { room, log, kepoch } = this;
    return sealCast(this.key, { room, log, kepoch, seq }, encodeRoomMessage(message));
  }

  rekey(first: number): HostMessageOf<'rekey'> {
    this.kepoch += 1;
    this.key = randomBytes(32);
    return { t: 'rekey', kepoch: this.kepoch, key: this.key, first };
  }

  page(rid: number, from: number, to: number, last = true): HostMessageOf<'page'> {
    const events = this.events.slice(from - 1, to);
    const prev = this.events[from - 1]?.prev ?? this.end.hash;
    const end = events.at(-1) ?? { seq: from - 1, hash: prev };
    const head = last ? { head: this.head(end) } : {};
    return { t: 'page', rid, from, prev, events: events.map(({ signed }) => signed), ...head, last };
  }

  welcome(
    members: readonly (readonly [Signer, string])[],
    changes: Partial<HostMessageOf<'welcome'>> = {},
  ): HostMessageOf<'welcome'> {
    const roster = members.map(([{ publicKey }, nick]) => ({
      key: publicKey,
      nick,
      role: 'member' as const,
      presence: 'online' as const,
    }));
    return {
      t: 'welcome',
      title: 'tea',
      topic: '',
      private: false,
      log: this.log,
      head: this.head(),
      key: this.key,
      role: 'member',
      floor: this.end.seq + 1,
      counter: 0,
      resume: 'fresh',
      roster,
      rosterSize: roster.length,
      limits: { rate: 1, burst: 5, textBytes: 4_096, textLines: 64 },
      rules: { slow: 0, filters: [], motd: '' },
      ...changes,
    };
  }
}
