import { describe, expect, it } from 'vitest';
import { identityKey, type IdentityKey } from '../../../src/shared/ids.ts';
import { may, permissions, type Action } from '../../../src/shared/room/permissions.ts';
import { rightsRefusal, type PostEvent } from '../../../src/shared/room/rights.ts';
import { roles, type Role } from '../../../src/shared/room/roles.ts';

/** The table once more, a letter for each role: member, operator, owner. */
const expected: Record<Action, string> = {
  post: 'mow',
  'edit-own': 'mow',
  'delete-own': 'mow',
  react: 'mow',
  'change-nick': 'mow',
  'delete-others': '-ow',
  kick: '-ow',
  ban: '-ow',
  'see-bans': '-ow',
  invite: '-ow',
  silence: '-ow',
  'change-topic': '-ow',
  'change-motd': '-ow',
  'set-slow': '-ow',
  'set-filters': '-ow',
  'pass-limits': '-ow',
  'change-role': '--w',
};
const actions = Object.keys(permissions) as Action[];

describe('the table of permissions', () => {
  it.each(actions.flatMap((action) => roles.map((role, at) => [action, role, at] as const)))(
    'says of %s by a(n) %s what it should',
    (action, role, at) => {
      expect(may(role, action)).toBe(expected[action][at] !== '-');
    },
  );
});

const bytes = (n: number) => new Uint8Array(32).fill(n);
const people = { owner: bytes(1), op: bytes(2), op2: bytes(3), member: bytes(4), member2: bytes(5) } as const;
type Name = keyof typeof people;
const names = Object.keys(people) as Name[];
const roleOfName = (name: Name): Role =>
  name === 'owner' ? 'owner' : name.startsWith('op') ? 'op' : 'member';
const known = new Map(names.map((name) => [identityKey(people[name]), roleOfName(name)]));
const roleOf = (key: IdentityKey) => known.get(key);
const of = new Uint8Array(16);

const against: Record<string, (key: Uint8Array) => Pick<PostEvent, 'kind' | 'body'>> = {
  kicked: (key) => ({ kind: 'kicked', body: { key } }),
  banned: (key) => ({ kind: 'banned', body: { key } }),
  muted: (key) => ({ kind: 'muted', body: { key } }),
  'role-changed': (key) => ({ kind: 'role-changed', body: { key, role: 'member' } }),
};

/** Row acts against column. */
const outcome: Record<Name, Record<Name, string>> = {
  owner: { owner: 'target-self', op: 'yes', op2: 'yes', member: 'yes', member2: 'yes' },
  op: { owner: 'target-owner', op: 'target-self', op2: 'outranked', member: 'yes', member2: 'yes' },
  op2: { owner: 'target-owner', op: 'outranked', op2: 'target-self', member: 'yes', member2: 'yes' },
  member: { owner: 'no', op: 'no', op2: 'no', member: 'no', member2: 'no' },
  member2: { owner: 'no', op: 'no', op2: 'no', member: 'no', member2: 'no' },
};

function answer(actor: Uint8Array, event: Pick<PostEvent, 'kind' | 'body'>): string {
  const refusal = rightsRefusal(identityKey(actor), event, roleOf);
  return refusal === 'not-allowed' ? 'no' : (refusal ?? 'yes');
}

describe('who may act against whom', () => {
  for (const [kind, event] of Object.entries(against)) {
    it.each(names.flatMap((actor) => names.map((target) => [actor, target] as const)))(
      `${kind}: %s against %s`,
      (actor, target) => {
        const said = kind === 'role-changed' && actor !== 'owner' ? 'no' : outcome[actor][target];
        expect(answer(people[actor], event(people[target]))).toBe(said);
      },
    );
  }

  it('lets everybody take back their own lines, and those above the lines of those below', () => {
    const deletes = (actor: Name, author: Name) =>
      answer(people[actor], { kind: 'deleted', body: { of, author: people[author] } });
    for (const name of names) expect(deletes(name, name)).toBe('yes');
    expect(deletes('member', 'member2')).toBe('no');
    expect(deletes('op', 'member')).toBe('yes');
    expect(deletes('op', 'op2')).toBe('outranked');
    expect(deletes('op', 'owner')).toBe('target-owner');
    expect(deletes('owner', 'op')).toBe('yes');
  });

  it('lets operators act against somebody who is not there, and nobody who is not there act', () => {
    expect(answer(people.op, { kind: 'banned', body: { key: bytes(9) } })).toBe('yes');
    expect(answer(people.op, { kind: 'unbanned', body: { key: bytes(9) } })).toBe('yes');
    expect(answer(people.op, { kind: 'unbanned', body: { key: people.op2 } })).toBe('yes');
    expect(answer(bytes(9), { kind: 'banned', body: { key: people.member } })).toBe('no');
    expect(answer(bytes(9), { kind: 'text', body: { text: 'hi' } })).toBe('no');
  });

  it.each([
    [{ kind: 'text', body: { text: '' } }, 'yes', 'yes'],
    [{ kind: 'edited', body: { of, text: '' } }, 'yes', 'yes'],
    [{ kind: 'reacted', body: { of, author: people.owner, emoji: '+1', on: true } }, 'yes', 'yes'],
    [{ kind: 'nick-changed', body: { nick: 'x' } }, 'yes', 'yes'],
    [{ kind: 'topic-changed', body: { topic: '' } }, 'no', 'yes'],
    [{ kind: 'motd-changed', body: { motd: '' } }, 'no', 'yes'],
    [{ kind: 'slow-changed', body: { seconds: 1 } }, 'no', 'yes'],
    [{ kind: 'filter-changed', body: { filter: 'links', on: true } }, 'no', 'yes'],
    [{ kind: 'unbanned', body: { key: people.member } }, 'no', 'yes'],
  ] as const)('%j', (event, member, op) => {
    expect(answer(people.member, event)).toBe(member);
    expect(answer(people.op, event)).toBe(op);
    expect(answer(people.owner, event)).toBe('yes');
  });
});
