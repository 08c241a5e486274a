import {
  chainNext,
  decodeEvent,
  encodeSignedEvent,
  headBytes,
  labels,
  verify,
  type HostMessageOf,
  type RoomEvent,
  type WireHead,
} from '../../../src/shared/public.ts';
import { same, type MemberCircuit } from './member-circuit.ts';

/** Texts of the log in order, from pages and casts; throws where the chain of a page, a head or a signature is wrong. */
export function transcriptOf(seat: MemberCircuit): string[] {
  const lines = new Map<number, string>();
  for (const page of seat.pages()) {
    let hash = page.prev;
    page.events.forEach(([author, event, sig], index) => {
      const seq = page.from + index;
      hash = chainNext(hash, seq, encodeSignedEvent({ author, event, sig }));
      checkSigned([author, event, sig]);
      lines.set(seq, lineOf(decodeEvent(event)));
    });
    if (!page.head) continue;
    if (page.head[0] !== page.from + page.events.length - 1 || !same(page.head[1], hash))
      throw new Error('page does not lead to its head');
    checkHead(seat, page.head);
  }
  for (const { seq, message } of seat.casts()) {
    if (message?.t !== 'event') continue;
    checkSigned(message.event);
    checkHead(seat, message.head);
    if (message.head[0] !== seq) throw new Error('cast with a foreign head');
    lines.set(seq, lineOf(decodeEvent(message.event[1])));
  }
  return [...lines].toSorted(([a], [b]) => a - b).map(([, line]) => line);
}

/** Throws where it is not signed by the owner of the room. */
export function checkHead({ place, welcome }: MemberCircuit, [seq, hash, kepoch, sig]: WireHead): void {
  const host = welcome.roster.find(({ role }) => role === 'owner')?.key;
  const bytes = headBytes({ room: place.room, log: welcome.log, seq, hash, kepoch });
  if (!host || !verify(labels.head, host, bytes, sig)) throw new Error('head not signed by the host');
}

function checkSigned([author, event, sig]: HostMessageOf<'page'>['events'][number]): void {
  if (!verify(labels.ev, author, event, sig)) throw new Error('event not signed by its author');
}

function lineOf(event: RoomEvent): string {
  switch (event.kind) {
    case 'text':
    case 'me':
      return event.body.text;
    case 'member-joined':
      return `+${event.body.nick}`;
    case 'member-left':
      return '-';
    default:
      return event.kind;
  }
}
