import type { Clock } from '../../link/clock.ts';
import type { Signer } from '../../shared/crypto/sign.ts';
import { idBytes } from '../../shared/ids.ts';
import type { Self } from '../api.ts';
import type { Archive, KnownRoom } from '../archive/archive.ts';
import { callHost } from '../calls/member-conversation.ts';
import { RoomCalls, type RoomCallsListener, type WayBack } from '../calls/room-calls.ts';
import { RoomLog } from '../log/room-log.ts';
import type { Contacts } from '../people/people.ts';
import { OwnPosts } from '../posts/own-posts.ts';
import { PostSender } from '../posts/post-sender.ts';
import type { Device } from '../profile/profile.ts';
import type { HostLine } from '../relays/host-line.ts';
import type { RoomEventBody } from '../session-events.ts';
import { HostQuestions } from './host-questions.ts';
import { OwnPresence } from './own-presence.ts';
import { RoomEntry } from './room-entry.ts';
import { RoomFacts } from './room-facts.ts';
import { RoomPeople } from './room-people.ts';
import { RoomView } from './room-view.ts';
import { TipCheck } from './tip-check.ts';
import { defined } from '../../shared/defined.ts';

export interface RoomOptions {
  readonly room: KnownRoom;
  /** Shows the room's code; whoever was let in before need not. */
  readonly bringsCode: boolean;
  readonly relay: HostLine;
  /** The room let this profile in on another day: what is known of the way back. */
  readonly back?: Pick<WayBack, 'lan'>;
  readonly self: () => Self;
  readonly signer: Signer;
  readonly device: Device;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly archive: Archive;
  readonly contacts: Pick<Contacts, 'marks' | 'namesakes' | 'ignores'>;
  /** Relays that are there and list the room. */
  readonly listedBy: () => readonly HostLine[];
  /** All that are there. */
  readonly online: () => readonly HostLine[];
}

/** What a member's side of one room is made of. */
export interface ComposedRoom {
  readonly calls: RoomCalls<HostLine>;
  readonly entry: RoomEntry;
  readonly facts: RoomFacts;
  readonly people: RoomPeople;
  readonly view: RoomView;
  readonly log: RoomLog;
  readonly sender: PostSender;
  readonly posts: OwnPosts;
  readonly presence: OwnPresence;
  readonly questions: HostQuestions;
  readonly tip: TipCheck;
}

/** Nobody is called before `calls.start`. `told` hears what happens, also of people whom this profile ignores. */
export function composeRoom(
  options: RoomOptions,
  listener: RoomCallsListener<HostLine>,
  told: (event: RoomEventBody) => void,
): ComposedRoom {
  const { room: known, relay, archive, contacts, clock, random, signer, device, self } = options;
  const { id: room, host } = known;
  const { rooms } = archive;
  const shared = {
    room,
    host,
    self,
    clock,
    random,
    rooms,
    people: archive.people,
    contacts,
    emit: told,
  };
  const entry = new RoomEntry(clock);
  const facts = new RoomFacts({ ...shared, known, relay });
  const view = new RoomView(shared);
  const people = new RoomPeople({ ...shared, at: () => facts.info.relay });
  const sender = new PostSender({ ...shared, signer });
  const posts = new OwnPosts({
    ...shared,
    sender,
    people,
    state: () => calls.state,
    limits: () => facts.limits,
    quote: (ref) => rooms.quote(room, ref),
    posted: () => tip.hurry(),
  });
  const presence = new OwnPresence(clock, (hint) => void calls.talk?.send(hint));
  const questions = new HostQuestions({
    ...shared,
    send: (question) => calls.state === 'online' && (calls.talk?.send(question) ?? false),
    personOf: (key) => people.personOf(key),
  });
  const log = new RoomLog({
    ...shared,
    self: self().key,
    roster: people.roster,
    ask: (rid, from, to) => calls.talk?.send({ t: 'fetch', rid, from, to }) ?? false,
    confirmed: (message, seq, counter) => sender.confirmed(message, seq, counter),
    hint: (hint) => people.hint(hint),
    topicChanged: (topic) => facts.topicChanged(topic),
    rulesChanged: (change) => {
      facts.rulesChanged(change);
      sender.tryAgain();
    },
    disagreed: () => calls.again(),
  });
  const tip = new TipCheck({
    ...shared,
    members: () => people.roster.all().length,
    waiting: () => sender.unanswered,
    end: () => log.end,
    ask: () => void questions.ping(),
    hasOther: () => calls.hasOtherLine,
    broken: () => calls.switchLine(),
  });
  const callee = { room: idBytes(room), host: idBytes(host), device, clock };
  const calls = new RoomCalls<HostLine>({
    ...options,
    code: known.code,
    line: relay,
    hello: () => {
      const { resume } = log;
      return { nick: self().nick, ...defined({ resume }) };
    },
    call: (line, how) => callHost(line, { ...callee, ...how }),
    listener,
  });
  return { calls, entry, facts, people, view, log, sender, posts, presence, questions, tip };
}
