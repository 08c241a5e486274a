import { describe, expect, it } from 'vitest';
import { collect, MAX_SAVED_LINES, type SavedLine } from '../../../src/client/saving/collect.ts';
import { HOUR, MAX_PAGE_EVENTS, MINUTE } from '../../../src/shared/limits.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';

async function chat() {
  const world = new MemoryWorld();
  const [ada, bob, zoe] = ['ada', 'bob', 'zoe'].map((nick) => new MemoryClient(world, nick));
  if (!ada || !bob || !zoe) throw new Error('nobody');
  const tea = world.addRoom({ title: 'tea', owner: ada.self });
  const joined = await ada.join('tea');
  await bob.join('tea');
  if (!joined.ok) throw new Error('could not join');
  const room = joined.value;
  return {
    world,
    ada,
    bob,
    zoe,
    tea,
    room,
    source: { room, whispers: (limit: number) => ada.whispers(limit) },
  };
}

const texts = (lines: readonly SavedLine[]): string[] =>
  lines.map((saved) => {
    if (saved.type === 'whisper') return `w:${saved.whisper.text}`;
    return 'text' in saved.line ? saved.line.text : saved.line.kind;
  });

describe('what a save takes', () => {
  it('is every page of the archive, in order', async () => {
    const { ada, tea, source } = await chat();
    const count = 2 * MAX_PAGE_EVENTS + 7;
    for (let i = 0; i < count; i++) tea.speak(ada.self, `line ${i}`);
    const all = texts(await collect(source)).filter((text) => text.startsWith('line'));
    expect(all).toHaveLength(count);
    expect(all.at(0)).toBe('line 0');
    expect(all.at(-1)).toBe(`line ${count - 1}`);
  });

  it('is bounded, and the newest lines are kept', async () => {
    const { tea, room, ada } = await chat();
    const template = tea.speak(ada.self, 'x');
    const archive = Array.from({ length: MAX_SAVED_LINES + 300 }, (_, at) => ({ ...template, seq: at + 1 }));
    const history = (limit: number, before = archive.length + 1) =>
      archive.slice(Math.max(0, before - 1 - limit), before - 1);
    const parts: number[] = [];
    const all = await collect(
      { room: { history, members: () => room.members() }, whispers: () => [] },
      {},
      (part) => void parts.push(part),
    );
    expect(all).toHaveLength(MAX_SAVED_LINES);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    expect(parts.at(-1)).toBe(1);
    expect(parts.length).toBeGreaterThan(100);
    expect(all[0]).toMatchObject({ line: { seq: 301 } });
  });

  it('puts whispers of the room’s people between the lines by time, and leaves others’ out', async () => {
    const { world, ada, bob, zoe, tea, room, source } = await chat();
    const other = world.addRoom({ title: 'lounge', owner: zoe.self });
    await zoe.join('lounge');
    await ada.join('lounge');
    room.say('one');
    world.time += MINUTE;
    await ada.whisper('bob', 'psst');
    await bob.whisper('ada', 'what?');
    await ada.whisper('zoe', 'not from here');
    world.time += MINUTE;
    room.say('two');
    world.time += MINUTE;
    await ada.whisper('bob', 'bye');
    expect(other.lines.length).toBeGreaterThan(0);
    expect(tea.lines.length).toBeGreaterThan(0);
    expect(texts(await collect(source, { last: 5 }))).toEqual(['one', 'w:psst', 'w:what?', 'two', 'w:bye']);
  });

  it('keeps whispers of people who have left', async () => {
    const { bob, ada, source } = await chat();
    await bob.whisper('ada', 'bye');
    await bob.close();
    expect(texts(await collect(source))).toContain('w:bye');
    expect(ada.rooms()).toHaveLength(1);
  });

  it('counts messages for --last and keeps the notices between them', async () => {
    const { ada, bob, tea, source } = await chat();
    tea.speak(ada.self, 'one');
    tea.speak(ada.self, 'two');
    tea.setTopic(ada.self, 'cake');
    tea.speak(bob.self, 'three', 'me');
    expect(texts(await collect(source, { last: 2 }))).toEqual(['two', 'topic', 'three']);
    expect(texts(await collect(source, { last: 99 })).slice(-4)).toEqual(['one', 'two', 'topic', 'three']);
  });

  it('takes nothing older than --since', async () => {
    const { world, room, source } = await chat();
    room.say('old');
    world.time += HOUR;
    room.say('new');
    expect(texts(await collect(source, { since: world.time }))).toEqual(['new']);
    expect(texts(await collect(source, { since: world.time + 1 }))).toEqual([]);
  });
});
