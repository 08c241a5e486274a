import { describe, expect, it } from 'vitest';
import type { MemberInfo } from '../../../src/client/session-events.ts';
import { MAX_ENTRIES, PAGE_LINES } from '../../../src/tui/store/state.ts';
import { memberListRows } from '../../../src/tui/view/member-list.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { fullName } from '../../../src/client/words/full-name.ts';
import { personNamed } from '../../support/memory-room.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { keys, teaRig, type ScreenRig } from '../rig.tsx';

const room = () => teaRig({ columns: 100 });
const typed = (rig: ScreenRig, line: string) => rig.press(line, keys.enter);

describe('a window for one person', () => {
  it('opens with what was whispered before, and everything typed there is a whisper', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', 'are you there?');
    await typed(rig, '/query bob');
    expect(rig.frame()).toContain('only the two of you can read them');
    expect(rig.frame()).toContain('are you there?');
    await typed(rig, 'yes');
    expect(bob.whispers(1)).toMatchObject([{ text: 'yes', mine: false }]);
    await typed(rig, '/leave');
    await typed(rig, '/query bob and you?');
    expect(bob.whispers(1)).toMatchObject([{ text: 'and you?', mine: false }]);
    expect(rig.frame()).toMatch(/only the two[^]*ada {2}and you\? ✓/);
    expect(rig.frame()).toMatch(/ Friday 20 November 2026 [^]*bob {2}are you there\?/);
    expect(rig.frame()).toMatch(/ada {2}yes ✓/);
    await typed(rig, '/win 1');
    await bob.whisper('ada', 'psst');
    await typed(rig, '/win 2');
    expect(rig.frame()).toMatch(/bob {2}psst/);
    expect(
      rig.me
        .rooms()[0]
        ?.history(10)
        .some((line) => 'text' in line),
    ).toBe(false);
  });

  it('counts what comes while another is shown, is reached like a room, and /leave closes it', async () => {
    const { rig, bob } = await room();
    await typed(rig, '/query bob');
    await typed(rig, '/win 1');
    await bob.whisper('ada', 'psst');
    await rig.settle();
    expect(rig.frame()).toMatch(/2 bob +@1/);
    expect(rig.frame()).not.toContain('psst');
    await rig.press(keys.alt('a'));
    expect(rig.frame()).toContain('psst');
    expect(rig.frame()).not.toMatch(/@1/);
    expect(rig.me.inbox()).toEqual([]);
    await typed(rig, '/leave');
    expect(rig.frame()).not.toContain('psst');
    expect(rig.me.rooms()).toHaveLength(1);
    expect(rig.lines()[0]).toContain('tea');
  });

  it('and the lobby complete whom it is for, whoever is in a room, and who is known', async () => {
    const { rig, bob, world } = await room();
    const [cleo, bill] = [new MemoryClient(world, 'cleo'), new MemoryClient(world, 'bill')];
    await cleo.join('tea');
    await bill.join('tea');
    await typed(rig, '/query bob');
    const input = () => rig.lines().at(-1)?.trimEnd();
    await rig.press('/msg b', keys.tab);
    expect(input()).toBe('› /msg bob');
    await rig.press(keys.tab);
    expect(input()).toBe('› /msg bill');
    await rig.press(keys.ctrl('u'), 'ask cl', keys.tab);
    expect(input()).toBe('› ask cleo');
    await rig.press(keys.ctrl('u'));
    await bob.rooms()[0]?.leave();
    await typed(rig, '/msg bob bye');
    await rig.press(keys.alt('0'), '/query bo', keys.tab);
    expect(input()).toBe('› /query bob');
  });

  it('goes back to the first whisper as one scrolls', async () => {
    const { rig, bob } = await room();
    const many = 2 * PAGE_LINES + 50;
    for (let n = 1; n <= many; n++) await bob.whisper('ada', `whisper ${n}.`);
    await typed(rig, '/query bob');
    expect(rig.frame()).toContain(`whisper ${many}.`);
    for (let page = 0; page < 3; page++) await rig.press(keys.home);
    expect(rig.frame()).toContain('whisper 1.');
    await rig.press(keys.end);
    expect(rig.frame()).toContain(`whisper ${many}.`);
  });

  it('is shown by /win like a room, by name or how that begins', async () => {
    const { rig } = await room();
    const title = () => rig.lines()[0];
    await typed(rig, '/query bob');
    await typed(rig, '/win #tea');
    expect(title()).toMatch(/^ tea /);
    await typed(rig, '/win bo');
    expect(title()).toContain('bob~');
    await rig.press('/win t', keys.tab, keys.enter);
    expect(title()).toMatch(/^ tea /);
    await typed(rig, '/win lobby');
    expect(title()).toContain('Lobby');
    await typed(rig, '/win nowhere');
    expect(rig.frame()).toContain('There is no room or window called nowhere.');
    await rig.press(keys.ctrl('u'));
    await typed(rig, '/win 7');
    expect(rig.frame()).toContain('no room or window with the number 7');
  });

  it('says of commands for rooms that it is none, and asks about whom it is for', async () => {
    const { rig, bob } = await room();
    await typed(rig, '/query bob');
    await typed(rig, '/members');
    expect(rig.frame()).toContain('/members is for rooms; this window is for whispers with bob.');
    await rig.press(keys.ctrl('u'));
    await typed(rig, '/whois');
    expect(rig.frame()).toContain(fullName(bob.self));
    expect(rig.frame()).toContain('owner, here');
  });

  it('tells with /me what one does, and shows what merely begins so as it is', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', '/me bows');
    await rig.settle();
    expect(rig.frame()).toContain('bob → you (whisper): * bows');
    await typed(rig, '/query bob');
    await typed(rig, '/me waves');
    await bob.whisper('ada', '/me nods');
    await typed(rig, '//me is how');
    expect(bob.whispers(3).map(({ text }) => text)).toEqual(['/me waves', '/me nods', ' /me is how']);
    expect(rig.frame()).toMatch(/ \* {2}ada waves ✓[^]* \* {2}bob nods[^]* ada +\/me is how ✓/);
    await typed(rig, '/me');
    expect(rig.frame()).toContain('Usage: /me TEXT');
    expect(
      rig.me
        .rooms()[0]
        ?.history(9)
        .map(({ kind }) => kind),
    ).not.toContain('me');
  });

  it('has what was whispered last copied', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', 'the gate code is 1878');
    await typed(rig, '/query bob');
    await typed(rig, 'thanks');
    await typed(rig, '/copy');
    expect(rig.copied).toEqual(['the gate code is 1878']);
  });

  it('is searched like a room, far back too, and Enter goes to the whisper', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', 'the Café at noon');
    for (let n = 1; n <= MAX_ENTRIES + PAGE_LINES; n++) await bob.whisper('ada', `whisper ${n}.`);
    await bob.whisper('ada', 'no cafe today');
    await typed(rig, '/query bob');
    await typed(rig, 'decaf then');
    await typed(rig, '/search caf');
    expect(rig.frame()).toMatch(/1 of 2 found[^]*no cafe today[^]*the Café at noon/);
    expect(rig.frame()).not.toContain('earlier history');
    await rig.press(keys.down, keys.enter);
    expect(rig.frame()).toMatch(/the Café at noon[^]*whisper 1\./);
    await rig.press(keys.ctrl('f'), 'today', keys.enter);
    expect(rig.frame()).toMatch(/no cafe today[^]*decaf then/);
  });

  it('shows what was whispered before again after /clear', async () => {
    const { rig, bob } = await room();
    await bob.whisper('ada', 'psst');
    await typed(rig, '/query bob');
    await typed(rig, '/clear');
    expect(rig.frame()).not.toContain('psst');
    await rig.press(keys.pageUp);
    expect(rig.frame()).toContain('psst');
  });

  it('rings for what comes to it', async () => {
    const { rig, bob } = await room();
    await typed(rig, '/query bob');
    const before = rig.bells.length;
    await bob.whisper('ada', 'psst');
    expect(rig.bells.length).toBe(before + 1);
  });
});

describe('whoever is away', () => {
  it.each([100, 40])(
    'sees it in the status bar at %i columns, in every room and the lobby',
    async (columns) => {
      const { rig } = await teaRig({ columns });
      const bar = (): string => rig.lines().at(-2) ?? '';
      await typed(rig, '/away lunch');
      expect(bar()).toMatch(/^─ away ─ Connected/);
      await rig.press(keys.alt('0'));
      expect(bar()).toMatch(/^─ away ─/);
      await typed(rig, '/back');
      expect(bar()).not.toContain('away');
    },
  );
});

describe('whoever is whispered to while away', () => {
  const away = /bob is away and will see it when back: lunch/g;

  it('is told to be, once for each time they go', async () => {
    const { rig, bob } = await room();
    const [session] = bob.rooms();
    const told = () => rig.frame().match(away)?.length ?? 0;
    await typed(rig, '/msg bob here?');
    expect(told()).toBe(0);
    session?.setPresence('away', 'lunch');
    await typed(rig, '/msg bob hello?');
    await typed(rig, '/msg bob hello!');
    expect(told()).toBe(1);
    session?.setPresence('online');
    session?.setPresence('away', 'lunch');
    await typed(rig, '/msg bob again?');
    expect(told()).toBe(2);
    session?.setPresence('away');
    await typed(rig, '/msg bob and now?');
    expect(rig.frame()).toContain('bob is away and will see it when back.');
  });

  it('is told to be when their window is opened, in that window', async () => {
    const { rig, bob } = await room();
    bob.rooms()[0]?.setPresence('away', 'lunch');
    await typed(rig, '/query bob');
    expect(rig.frame()).toMatch(away);
    await typed(rig, 'call me');
    expect(rig.frame().match(away)).toHaveLength(1);
    await rig.press(keys.alt('1'));
    expect(rig.frame()).not.toMatch(away);
  });
});

describe('a stranger', () => {
  it('is announced once and kept for /inbox, without a bell', async () => {
    const { rig, world } = await room();
    const mallory = new MemoryClient(world, 'mallory');
    for (const text of ['buy!', 'buy more!']) await mallory.whisper(rig.me.self.key, text);
    await rig.settle();
    expect(rig.frame()).not.toContain('buy');
    expect(rig.frame().match(/never met/g)).toHaveLength(1);
    expect(rig.bells).toEqual([]);
    await typed(rig, '/inbox');
    expect(rig.frame()).toContain(`${fullName(mallory.self)}: buy!`);
  });
});

describe('whispers', () => {
  it('show their states, and that an earlier one is missing', async () => {
    const { rig, bob } = await room();
    bob.reachable = false;
    await typed(rig, '/whisper bob one');
    expect(rig.frame()).toMatch(/one ✓ stored/);
    const [sent] = rig.me.whispers(1);
    if (!sent) throw new Error('nothing was sent');
    rig.me.emit({ type: 'whisper-state', id: sent.id, state: 'expired' });
    await rig.settle();
    expect(rig.frame()).toMatch(/one ✗ expired/);
    rig.me.emit({ type: 'whisper-state', id: sent.id, state: 'refused', code: 'mailbox-full' });
    rig.me.emit({ type: 'whisper', whisper: { ...sent, id: sent.id, mine: false, gap: true, text: 'two' } });
    await rig.settle();
    expect(rig.frame()).toContain('not delivered');
  });

  it('of somebody who looks like a person known are shown with a key tag everywhere', async () => {
    const { rig, world } = await room();
    await typed(rig, '/whisper bob hi');
    const fake = new MemoryClient(world, 'b0b');
    await fake.join('tea');
    await fake.whisper('ada', 'it is me');
    await rig.settle();
    expect(rig.frame()).toContain(`${fullName(fake.self)} → you`);
  });
});

describe('somebody with a known name and another key', () => {
  it('is not written to, and the way out is shown', async () => {
    const { rig, bob, world } = await room();
    await typed(rig, '/whisper bob hi');
    const fake = new MemoryClient(world, 'bob');
    fake.self = { ...personNamed('bob', 'fake'), guest: false };
    await fake.join('tea');
    await typed(rig, `/whisper ${fullName(fake.self)} secret`);
    expect(rig.frame().replaceAll(/[\s│▎]+/g, ' ')).toContain(
      `is not who you know by this name (${fullName(bob.self)})`,
    );
    await rig.press(keys.ctrl('u'));
    await typed(rig, `/trust ${fullName(fake.self)}`);
    expect(rig.frame()).toContain('from now on');
  });
});

describe('the member list', () => {
  it('marks who is verified, who is not who they seem, and who is ignored', () => {
    const members: readonly MemberInfo[] = [
      { ...personNamed('ada'), role: 'owner', presence: 'online', standing: 'verified' },
      { ...personNamed('bob'), role: 'member', presence: 'online', standing: 'changed' },
      { ...personNamed('cleo'), role: 'member', presence: 'online', status: 'rude', ignored: true },
    ];
    const look = { self: '', nameOf: ({ nick }: { nick: string }) => nick, nickColors: false };
    const rows = memberListRows(members, look, 20, 10).map(({ spans }) => plainText(spans).trimEnd());
    expect(rows).toEqual([
      'Here 3',
      expect.stringMatching(/ada +✓ ★$/),
      expect.stringMatching(/bob +!$/),
      '● cleo ignored',
    ]);
  });
});

describe('/verify', () => {
  it('shows the number and asks for a yes', async () => {
    const { rig, bob } = await room();
    const number = rig.me.people.safetyNumber(bob.self.key);
    await typed(rig, '/verify bob');
    expect(rig.frame()).toContain(number.slice(0, 23));
    expect(rig.frame()).toContain('read you the same 12 groups?');
    await rig.press('n');
    expect(rig.frame()).toContain('is not verified');
    await rig.press(keys.ctrl('u'));
    await typed(rig, '/verify bob');
    await rig.press('y');
    expect(rig.frame()).toContain('is verified');
  });
});

describe('the list of members', () => {
  it('tells a member apart as soon as somebody known elsewhere has that name', async () => {
    const { rig, bob } = await room();
    expect(rig.frame()).toMatch(/● bob +★/);
    rig.store.dispatch({ type: 'acquainted', known: [personNamed('bob', 'another bob')] });
    await rig.settle();
    expect(rig.frame()).toContain(`● ${fullName(bob.self)}`);
  });
});

describe('joins in one line', () => {
  it('tell people apart as soon as somebody known elsewhere has a name of theirs', async () => {
    const { rig, world } = await room();
    await new MemoryClient(world, 'cleo').join('tea');
    await rig.settle();
    expect(rig.frame()).toContain('bob, ada and cleo joined');
    rig.store.dispatch({ type: 'acquainted', known: [personNamed('ada', 'another ada')] });
    await rig.settle();
    expect(rig.frame()).toContain(`bob, ${fullName(rig.me.self)} and cleo joined`);
  });
});
