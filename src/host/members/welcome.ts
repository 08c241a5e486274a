import { idBytes } from '../../shared/ids.ts';
import { MAX_PAGE_BYTES, MAX_ROSTER_CHUNK, MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../../shared/limits.ts';
import type { WireHead } from '../../shared/room/head.ts';
import type { HostMessageOf, RosterMember } from '../../shared/room/messages.ts';
import { viaOf } from '../../shared/room/via.ts';
import type { Attendance } from './attendance.ts';
import type { RoomRecord } from '../history/history.ts';
import { sanctionOf, type Member, type RoomState } from '../room/room-state.ts';
import type { ResumePlan } from '../log/resume.ts';
import { defined } from '../../shared/defined.ts';

const ROSTER_ENTRY_OVERHEAD = 64;

export interface WelcomeFacts {
  readonly record: RoomRecord;
  readonly room: RoomState;
  readonly me: Member;
  readonly attendance: Attendance;
  readonly head: WireHead;
  readonly key: Uint8Array;
  readonly floor: number;
  readonly plan: ResumePlan;
  /** The relay that the host runs itself, where the room has another line too. */
  readonly lan: Uint8Array | undefined;
  /** Monotonic ms. */
  readonly now: number;
}

/** What a member is told when it is let in: the welcome, and the rest of a roster that does not fit into it. */
export function welcomeMessages(
  facts: WelcomeFacts,
): [HostMessageOf<'welcome'>, ...HostMessageOf<'roster'>[]] {
  const { record, room, me, head, key, floor, plan } = facts;
  const roster = rosterOf(room, facts.attendance, facts.now);
  const [first = [], ...more] = chunksOf(roster);
  const welcome: HostMessageOf<'welcome'> = {
    t: 'welcome',
    title: room.title,
    topic: room.topic,
    private: record.private,
    log: record.log,
    head,
    key,
    role: me.role,
    floor,
    counter: me.counter,
    resume: plan.resume,
    roster: first,
    rosterSize: roster.length,
    limits: {
      rate: Math.ceil(room.policy.posts.rate),
      burst: Math.floor(room.policy.posts.burst),
      textBytes: MAX_TEXT_BYTES,
      textLines: MAX_TEXT_LINES,
    },
    ...defined({ lan: facts.lan }),
    rules: { ...room.rules, filters: [...room.rules.filters] },
  };
  return [welcome, ...more.map((members) => ({ t: 'roster' as const, members }))];
}

function rosterOf(room: RoomState, attendance: Attendance, now: number): readonly RosterMember[] {
  return [...room.members.values()].map(({ key, nick, role }) => {
    const attendee = attendance.get(key);
    const status = attendee?.status;
    const mute = sanctionOf(room.mutes, key, now);
    return {
      key: idBytes(key),
      nick,
      role,
      presence: attendee?.presence ?? 'offline',
      ...viaOf(attendee?.conversation),
      ...defined({ status }),
      ...(mute ? { muted: msLeft(mute.until, now) } : {}),
    };
  });
}

function msLeft(until: number, now: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(until - now));
}

/** Pieces of a roster that each fit one message. */
function chunksOf(roster: readonly RosterMember[]): RosterMember[][] {
  const chunks: RosterMember[][] = [];
  let bytes = 0;
  for (const member of roster) {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const text = member.nick.length + (member.status?.length ?? 0);
    const size = ROSTER_ENTRY_OVERHEAD + member.key.length + 3 * text;
    const last = chunks.at(-1);
    if (!last || last.length >= MAX_ROSTER_CHUNK || bytes + size > MAX_PAGE_BYTES) {
      chunks.push([member]);
      bytes = size;
    } else {
      last.push(member);
      bytes += size;
    }
  }
  return chunks;
}
