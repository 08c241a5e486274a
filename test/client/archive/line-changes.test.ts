import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  shownBody,
  withChange,
  type MarkedText,
  type SequencedChange,
} from '../../../src/client/archive/line-changes.ts';
import { contentOf, eventOf, postOf } from '../../../src/client/posts/post-content.ts';
import { MAX_REACTIONS_PER_LINE } from '../../../src/shared/limits.ts';
import { newMessageId, personNamed } from '../../support/memory-room.ts';

const [ada, bob, cleo] = ['ada', 'bob', 'cleo'].map((nick) => personNamed(nick)) as [
  ReturnType<typeof personNamed>,
  ReturnType<typeof personNamed>,
  ReturnType<typeof personNamed>,
];
const of = { author: ada.key, id: newMessageId() };

const change = fc.oneof(
  fc.record({ kind: fc.constant('edit' as const), by: fc.constant(ada), text: fc.string() }),
  fc.record({
    kind: fc.constant('react' as const),
    by: fc.constantFrom(ada, bob, cleo),
    emoji: fc.constantFrom('+1', 'tada'),
    on: fc.boolean(),
  }),
);

function shown(changes: readonly SequencedChange[]): unknown {
  const start: MarkedText = { text: 'first', marks: {} };
  const end = changes.reduce((line, each) => withChange(line, each) ?? line, start);
  const { reactions = [], ...rest } = shownBody('text', end);
  const counted = reactions.map(({ emoji, who }) => [emoji, who.map(({ nick }) => nick).toSorted()]);
  return { ...rest, reactions: Object.fromEntries(counted) as unknown };
}

describe('changes of a line', () => {
  it('end the same in whatever order, and however often, they are learnt', () => {
    const runs = fc
      .array(change, { maxLength: 12 })
      .map((all) => all.map((each, at) => ({ ...each, of, seq: at + 1 }) as SequencedChange));
    const shuffled = runs.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(shown(other)).toEqual(shown(all));
      }),
    );
  });

  it('are one of each person and emoji', () => {
    const react = (seq: number, by: typeof ada, emoji: string, on = true) =>
      ({ kind: 'react', by, of, seq, emoji, on }) as const;
    const all = [react(1, ada, '+1'), react(2, ada, 'tada'), react(3, bob, '+1'), react(4, ada, '+1', false)];
    expect(shown(all)).toMatchObject({ reactions: { '+1': ['bob'], tada: ['ada'] } });
    expect(shown([...all, react(5, bob, '+1')])).toEqual(shown(all));
  });

  it('are over once it was taken back, by whoever did so first', () => {
    const gone = { kind: 'delete', by: bob, of, seq: 2 } as const;
    const edits = [1, 3].map((seq) => ({ kind: 'edit', by: ada, of, seq, text: `at ${seq}` }) as const);
    const taken = { kind: 'text', text: '', deleted: bob, reactions: {} };
    expect(shown([...edits.slice(0, 1), gone, ...edits.slice(1)])).toEqual(taken);
    const again = { ...gone, by: ada, seq: 4 };
    expect(shown([gone, ...edits, again])).toEqual(taken);
  });
});

describe('an action in the outbox', () => {
  it.each([
    { type: 'kick', key: bob.key, reason: 'no' },
    { type: 'ban', key: bob.key, ms: 5 },
    { type: 'mute', key: bob.key },
    { type: 'role', key: bob.key, role: 'op' },
    { type: 'filter', filter: 'links', on: true },
    { type: 'motd', motd: 'a\nb' },
    { type: 'edit', of: of.id, text: 'x' },
    { type: 'react', of: of.id, author: ada.key, emoji: '+1', on: false },
  ] as const)('is signed as it was asked for: $type', (action) => {
    expect(contentOf(postOf(action))).toEqual(eventOf(action));
  });

  it('are no more reactions than a room takes, whatever a host numbers', () => {
    let line: MarkedText = { text: 'first', marks: {} };
    const react = (seq: number, by: typeof ada, on = true): SequencedChange => ({
      kind: 'react',
      of,
      by,
      emoji: 'tada',
      on,
      seq,
    });
    const crowd = Array.from({ length: MAX_REACTIONS_PER_LINE + 9 }, (_, n) => personNamed(`nick${n}`));
    for (const [n, by] of crowd.entries()) line = withChange(line, react(n + 1, by)) ?? line;
    expect(line.marks.reactions).toHaveLength(MAX_REACTIONS_PER_LINE);
    const [first = ada] = crowd;
    line = withChange(line, react(5_000, first, false)) ?? line;
    expect(line.marks.reactions?.[0]).toMatchObject({ by: first, on: false });
  });
});
