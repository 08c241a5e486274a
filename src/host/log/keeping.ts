import { toHex } from '../../shared/bytes.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import type { RoomEvent } from '../../shared/room/events.ts';
import type { Batch, MemberRecord, SanctionRecord } from '../history/history.ts';
import type { RoomState, Sanction } from '../room/room-state.ts';
import { sanctionRecord } from '../room/sanction-times.ts';
import { defined } from '../../shared/defined.ts';

/** What the store remembers besides the events; of what is said twice the later counts. */
export type Kept = Omit<Batch, 'events'>;

export interface KeepingFacts {
  readonly author: IdentityKey;
  readonly event: RoomEvent;
  readonly was: RoomState;
  readonly next: RoomState;
  /** The first seq that somebody on the roster may read. */
  readonly floorOf: (key: IdentityKey) => number;
  /** What the store knows of somebody who is not on the roster. */
  readonly remembered: (key: IdentityKey) => MemberRecord | undefined;
  /** From the monotonic clock of the state to ms since 1970. */
  readonly wallAt: (monotonic: number) => number;
}

/** What the store is to remember of an event, besides the event. */
export function whatToKeep(facts: KeepingFacts): Kept {
  const { author, event, was, next } = facts;
  const target = 'key' in event.body ? identityKey(event.body.key) : undefined;
  const concerned = event.kind === 'member-joined' || event.kind === 'member-left' ? [] : [author];
  const keys = new Set(target === undefined ? concerned : [...concerned, target]);
  const kinds = target === undefined ? [] : sanctionsOf(facts, target);
  return {
    members: [...keys].flatMap((key) => memberRecord(facts, key) ?? []),
    ...(next.topic === was.topic ? {} : { topic: next.topic }),
    ...(next.rules === was.rules ? {} : { rules: next.rules }),
    ...(kinds.length === 0
      ? {}
      : {
          sanctions: kinds.flatMap(({ record }) => record ?? []),
          lifted: kinds.flatMap(({ record, type, key }) => (record ? [] : [{ type, key }])),
        }),
  };
}

/** What several events have the store remember, in one. */
export function together(kept: readonly Kept[]): Kept {
  const members = new Map(kept.flatMap((each) => each.members.map((member) => [toHex(member.key), member])));
  const topic = kept.findLast((each) => each.topic !== undefined)?.topic;
  const rules = kept.findLast((each) => each.rules !== undefined)?.rules;
  const sanctions = new Map<string, SanctionRecord | Pick<SanctionRecord, 'type' | 'key'>>();
  for (const { sanctions: held = [], lifted = [] } of kept)
    for (const each of [...held, ...lifted]) sanctions.set(`${each.type} ${toHex(each.key)}`, each);
  const all = [...sanctions.values()];
  return {
    members: [...members.values()],
    ...defined({ topic, rules }),
    sanctions: all.flatMap((each) => ('nick' in each ? [each] : [])),
    lifted: all.flatMap((each) => ('nick' in each ? [] : [each])),
    marks: kept.flatMap(({ marks = [] }) => marks),
  };
}

function memberRecord(facts: KeepingFacts, key: IdentityKey): MemberRecord | undefined {
  const { event, was, next, floorOf, remembered } = facts;
  const putOut = event.kind === 'kicked' || event.kind === 'banned';
  const here = next.members.get(key);
  const member = here ?? was.members.get(key);
  const role = here?.role ?? (next.absentOps.has(key) ? 'op' : 'member');
  if (member) {
    const { nick, counter } = member;
    const onRoster = here !== undefined;
    return {
      key: idBytes(key),
      nick,
      role,
      counter,
      floor: floorOf(key),
      onRoster,
      kicked: !onRoster && putOut,
    };
  }
  const known = remembered(key);
  return known && { ...known, role, kicked: known.kicked || putOut };
}

interface SanctionChange {
  readonly type: SanctionRecord['type'];
  readonly key: Uint8Array;
  readonly record: SanctionRecord | undefined;
}

function sanctionsOf({ was, next, wallAt }: KeepingFacts, key: IdentityKey): SanctionChange[] {
  const changes: SanctionChange[] = [];
  const compare = (type: SanctionRecord['type'], before?: Sanction, after?: Sanction): void => {
    if (before === after) return;
    changes.push({ type, key: idBytes(key), record: after && sanctionRecord(type, after, wallAt) });
  };
  compare('ban', was.bans.get(key), next.bans.get(key));
  compare('mute', was.mutes.get(key), next.mutes.get(key));
  return changes;
}
