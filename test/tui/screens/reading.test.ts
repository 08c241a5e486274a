/* oxlint-disable no-control-regex -- what a terminal is sent begins with escapes */
import { describe, expect, it } from 'vitest';
import type { RoomSession } from '../../../src/client/api.ts';
import type { RoomLine } from '../../../src/client/session-events.ts';
import { MAX_ENTRIES, seqOf } from '../../../src/tui/store/state.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { MemoryWorld } from '../../support/memory-world.ts';
import { keys, screenRig, teaRig, type ScreenRig, type TeaRigOptions } from '../rig.tsx';

/** Ada in `tea` with bob, who has said so many lines there, `line 1` first; `backlog` of them come by themselves. */
function talk(
  lines: number,
  { backlog = lines + 10, ...options }: TeaRigOptions & { readonly backlog?: number } = {},
) {
  return teaRig({
    room: { backlog },
    before(tea, bob) {
      for (let number = 1; number <= lines; number++) tea.speak(bob.self, `line ${number}`);
    },
    ...options,
  });
}

const topRow = (rig: ScreenRig): string => rig.lines()[1] ?? '';

describe('search', () => {
  it('finds words in everything said, goes to the hit, and shows which it is', async () => {
    const { rig } = await talk(500);
    await rig.press(keys.ctrl('f'), 'line 123');
    expect(rig.frame()).toContain('1 of 1 found');
    expect(rig.lines().at(-1)).toBe('find › line 123');
    await rig.press(keys.enter);
    expect(rig.frame()).toMatch(/line 122 [^]*line 123 [^]*line 124 /);
    expect(rig.frame()).toContain('↓ more below');
    expect(rig.lines().at(-1)).toBe('›');
    await rig.press(keys.escape);
    await rig.until(() => rig.frame().includes('line 500'));
  });

  it('finds whispers and answers where they were when it comes back from far up', async () => {
    const { rig, tea, bob, world } = await talk(MAX_ENTRIES + 500);
    const later = (): void => {
      rig.clock.advance(1_000);
      world.time += 1_000;
    };
    later();
    await bob.whisper('ada', 'psst');
    await rig.press('/version', keys.enter);
    later();
    tea.speak(bob.self, 'the end');
    await rig.settle();
    const together = /psst[^]*chat-tui [^]*the end/;
    expect(rig.frame()).toMatch(together);
    const goUp = async (): Promise<void> => {
      await rig.press(keys.ctrl('f'), 'line 300', keys.enter);
      await rig.until(() => rig.frame().includes('line 301'));
    };
    await goUp();
    later();
    await bob.whisper('ada', 'still there?');
    await rig.press(keys.end);
    expect(rig.frame()).toMatch(/psst[^]*chat-tui [^]*the end[^]*still there\?/);
    await goUp();
    while (rig.frame().includes('more below')) await rig.press(keys.pageDown);
    expect(rig.frame()).toMatch(/line 1500[^]*psst[^]*chat-tui [^]*the end[^]*still there\?/);
  });

  it('tells what has become of a whisper meanwhile', async () => {
    const { rig, bob } = await talk(MAX_ENTRIES + 500);
    bob.reachable = false;
    await rig.press('/whisper bob psst', keys.enter);
    expect(rig.frame()).toMatch(/psst ✓ stored/);
    await rig.press(keys.ctrl('f'), 'line 300', keys.enter);
    await rig.until(() => rig.frame().includes('line 301'));
    const [whisper] = rig.me.whispers(1);
    if (!whisper) throw new Error('no whisper');
    rig.me.emit({ type: 'whisper-state', id: whisper.id, state: 'delivered' });
    await rig.press(keys.end);
    expect(rig.frame()).toMatch(/psst ✓ *│/);
  });

  it('shows what was found in a line that is longer than its row', async () => {
    const { rig, tea, bob } = await talk(1);
    tea.speak(bob.self, `${'so it goes on and on '.repeat(8)}until the kettle sings`);
    await rig.settle();
    await rig.press(keys.ctrl('f'), 'kett');
    expect(rig.lines()[2]).toMatch(/bob +….*until the kettle sings/);
    await rig.press(keys.ctrl('u'), 'goes');
    expect(rig.lines()[2]).toMatch(/bob +so it goes on/);
  });

  it('narrows with every letter, moves with the arrows, and Esc leaves what was written', async () => {
    const { rig } = await talk(40);
    await rig.press('half a thou', keys.ctrl('f'), 'line', keys.up, keys.down, keys.down);
    expect(rig.frame()).toContain('3 of 40 found');
    await rig.press(' 7');
    expect(rig.frame()).toContain('1 of 1 found');
    await rig.press(keys.ctrl('w'), 'nothing');
    expect(rig.frame()).toContain('Nothing found');
    await rig.press(keys.escape);
    await rig.until(() => rig.lines().at(-1) === '› half a thou');
  });

  it.each([
    [100, '1 of 200+ found  ↑ ↓ choose, Enter goes there, '],
    [80, '1 of 200+ found  Enter goes there, '],
    [40, '1 of 200+ found  '],
  ])('says at %i columns how it is closed, and that there is more', async (columns, found) => {
    const { rig } = await talk(210, { columns });
    await rig.press(keys.ctrl('f'));
    expect(topRow(rig)).toMatch(/Esc closes/);
    await rig.press('line');
    expect(topRow(rig)).toContain(`${found}Esc closes`);
    await rig.press(' zebra');
    expect(topRow(rig)).toMatch(/Nothing found.*Esc closes/);
  });

  it('opens with the words of /search, in its own buffer only', async () => {
    const { rig } = await talk(40);
    await rig.press('/find line 9', keys.enter);
    expect(rig.frame()).toContain('1 of 1 found');
    await rig.press(keys.alt('0'));
    expect(rig.frame()).not.toContain('found');
    await rig.press(keys.ctrl('f'));
    expect(rig.frame()).toContain('Search works in rooms');
  });
});

describe('a search for what only the host has', () => {
  it('fetches it, counts up to all of it, and keeps what is chosen', async () => {
    const { rig } = await talk(3_000, { backlog: 100 });
    const seen = new Set<string>();
    rig.store.subscribe(() => {
      const fetch = rig.store.get().finding?.fetch;
      if (fetch) seen.add(`${fetch.done} of ${fetch.total}`);
    });
    await rig.press(keys.ctrl('f'), 'line 29', keys.down);
    expect(rig.frame()).toContain('2 of 111 found');
    expect(rig.store.get().finding?.unfetched).toBe(0);
    expect([...seen]).toEqual([
      '0 of 2902',
      '500 of 2902',
      '1000 of 2902',
      '1500 of 2902',
      '2000 of 2902',
      '2500 of 2902',
    ]);
    await rig.press(keys.ctrl('u'), 'line 917', keys.enter);
    expect(rig.frame()).toMatch(/line 916 [^]*line 917 [^]*line 918 /);
  });

  it('is as far as it has come when Esc ends it, and says so', async () => {
    const { rig, tea } = await talk(3_000, { backlog: 100 });
    const gate = new Gate(rig.me.rooms()[0]);
    await rig.press(keys.ctrl('f'));
    expect(rig.frame()).toContain('type words said here; Esc closes');
    expect(gate.asked).toBe(0);
    await rig.press('line 17');
    expect(rig.frame()).toContain('Nothing found yet.');
    await gate.opens();
    await rig.until(() => rig.frame().includes('fetching older lines, 500 of 2 902'));
    expect(rig.frame()).toMatch(/█░+ /);
    await rig.press(keys.escape);
    await rig.until(() => !rig.frame().includes('fetching older lines'));
    await gate.opens();
    await rig.settle();
    expect(gate.asked).toBe(2);
    tea.setHostAway(true);
    await rig.press(keys.ctrl('f'), 'line 17');
    expect(rig.frame()).toContain('The host is away with 1 902 older lines');
    expect(gate.asked).toBe(2);
  });

  it('ends when another room is shown', async () => {
    const { rig } = await talk(3_000, { backlog: 100 });
    const gate = new Gate(rig.me.rooms()[0]);
    await rig.press(keys.ctrl('f'), 'line 17', keys.alt('0'));
    await gate.opens();
    await rig.settle();
    expect(gate.asked).toBe(1);
    expect(rig.frame()).not.toContain('fetching');
  });
});

/** Holds back what a room is asked to fetch. */
class Gate {
  asked = 0;
  #open: (() => void) | undefined;

  constructor(session: RoomSession | undefined) {
    if (!session) throw new Error('in no room');
    const fetch = session.fetchOlder.bind(session);
    session.fetchOlder = async (limit) => {
      this.asked += 1;
      await new Promise<void>((resolve) => (this.#open = resolve));
      return fetch(limit);
    };
  }

  async opens(): Promise<void> {
    this.#open?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('history', () => {
  it('is loaded as one scrolls, all of it, with a bounded number of lines in memory', async () => {
    const { rig, tea } = await talk(3_000);
    const room = () => rig.store.get().rooms[0];
    for (let page = 0; page < 20; page++) {
      rig.controller.pages.older(tea.info.id);
      expect(room()?.entries.length).toBeLessThanOrEqual(MAX_ENTRIES);
    }
    await rig.press(keys.home);
    expect(rig.frame()).toMatch(/line 1 /);
    await rig.press(keys.end);
    expect(rig.frame()).toContain('line 3000');
  });

  it('has no hole where older lines come from the host after one has left their place', async () => {
    const { rig } = await talk(2_000, { backlog: 1_300 });
    const gate = new Gate(rig.me.rooms()[0]);
    // The oldest line of the archive, then those of the host.
    await rig.press(keys.home, keys.home);
    expect(gate.asked).toBe(1);
    await rig.press(keys.end);
    await gate.opens();
    await rig.settle();
    const seqs = rig.store.get().rooms[0]?.entries.flatMap((entry) => seqOf(entry) ?? []) ?? [];
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    await rig.press(keys.home, keys.home);
    expect(gate.asked).toBe(2);
  });

  it('leaves nothing out behind many lines of somebody who is ignored', async () => {
    const { rig, tea } = await talk(2_000);
    const [session] = rig.me.rooms();
    if (!session) throw new Error('in no room');
    const isIgnored = ({ seq = 0 }: RoomLine) => seq > 600 && seq <= 1_300;
    const history = session.history.bind(session);
    session.history = (limit, before) =>
      history(Number.MAX_SAFE_INTEGER, before)
        .filter((line) => !isIgnored(line))
        .slice(-limit);
    rig.controller.pages.around(tea.info.id, 500);
    const newest = () => seqOf(rig.store.get().rooms[0]?.entries.at(-1));
    expect(newest()).toBeLessThanOrEqual(600);
    const seen: (number | undefined)[] = [];
    while (rig.controller.pages.newer(tea.info.id)) seen.push(newest());
    expect(seen.filter((seq = 0) => seq > 1_300 && seq <= 1_500)).toHaveLength(1);
  });

  it('goes back N lines with /history, and says when there are fewer', async () => {
    const { rig } = await talk(1_000);
    await rig.press('/history 600', keys.enter);
    // The newest line is ada's coming in.
    expect(rig.frame()).toMatch(/line 402 /);
    expect(rig.frame()).not.toMatch(/line 1000/);
    await rig.press('/history 5000', keys.enter);
    expect(rig.frame()).toContain('That is all there is: 1003 lines');
    await rig.press('/history x', keys.enter);
    expect(rig.frame()).toContain('N is a number from 1 to 100000');
  });

  it('jumps to the line that names one, then to the one before', async () => {
    const { rig, tea, bob } = await talk(5);
    for (const text of ['ada: first', ...Array.from({ length: 60 }, () => 'talk'), 'and ada again', 'end'])
      tea.speak(bob.self, text);
    await rig.settle();
    await rig.press(keys.alt('m'));
    expect(rig.frame()).toContain('and ada again');
    await rig.press(keys.alt('m'));
    expect(rig.frame()).toContain('ada: first');
    await rig.press(keys.alt('m'));
    expect(rig.frame()).toContain('No earlier line names you');
  });

  it('jumps to none that only has a word like the name in it, far up either', async () => {
    const world = new MemoryWorld();
    const bob = new MemoryClient(world, 'bob');
    const tea = world.addRoom({ title: 'tea', owner: bob.self, backlog: 1_000 });
    await bob.join('tea');
    tea.speak(bob.self, 'adamant talk');
    for (let number = 1; number <= 300; number++) tea.speak(bob.self, `line ${number}`);
    const rig = await screenRig({ world });
    await rig.press(keys.enter, '/clear', keys.enter);
    tea.speak(bob.self, 'now');
    await rig.settle();
    await rig.press(keys.alt('m'));
    expect(rig.frame()).toContain('No earlier line names you');
  });
});

describe('joins and leaves', () => {
  it('are one line when there are many, and come apart by a setting', async () => {
    const { rig, tea, bob } = await talk(1);
    const names = ['cleo', 'dan', 'eve', 'fay', 'gus'];
    for (const nick of names)
      tea.append(bob.self, {
        kind: 'join',
        who: new MemoryClient(new MemoryWorld(), nick).self,
        role: 'member',
      });
    tea.speak(bob.self, 'crowded');
    await rig.settle();
    expect(rig.frame()).toContain('ada, cleo, dan and 3 others joined');
    expect(rig.frame()).not.toContain('eve joined');
    await rig.press('/set fold off', keys.enter);
    expect(rig.frame()).toContain('eve joined');
  });

  it('name everybody once in that line, so that it says who is there', async () => {
    const { rig, tea, bob } = await talk(1);
    const [cleo, dan] = ['cleo', 'dan'].map((nick) => new MemoryClient(new MemoryWorld(), nick).self);
    if (!cleo || !dan) throw new Error('nobody');
    tea.speak(bob.self, 'now');
    for (const who of [cleo, cleo]) {
      tea.append(bob.self, { kind: 'leave', who });
      tea.append(bob.self, { kind: 'join', who, role: 'member' });
    }
    tea.append(bob.self, { kind: 'join', who: dan, role: 'member' });
    tea.append(bob.self, { kind: 'leave', who: dan });
    await rig.settle();
    expect(rig.frame()).toMatch(/cleo left and came back, dan joined and [^]*left \s/);
  });

  it('name those first who said why they leave, and the reason, which says nothing of others', async () => {
    const { rig, tea, bob } = await talk(1, { columns: 200 });
    const said = new Map([
      ['eve', 'bye :)'],
      ['gus', ') left, bob joined, gus (x'],
      ['hal', 'z'.repeat(99)],
    ]);
    tea.speak(bob.self, 'now');
    for (const nick of ['cleo', 'dan', 'eve', 'fay', 'gus', 'hal']) {
      const reason = said.get(nick);
      const who = new MemoryClient(new MemoryWorld(), nick).self;
      tea.append(bob.self, { kind: 'leave', who, ...(reason === undefined ? {} : { reason }) });
    }
    await rig.settle();
    const all = rig.frame().replaceAll(/\s+/g, ' ');
    expect(all).toContain(
      `eve (bye :)), gus (] left, bob joined, gus (x), hal (${'z'.repeat(39)}…) and 3 others left`,
    );
  });
});

describe('links', () => {
  it('are numbered from the newest, opened and copied', async () => {
    const { rig, tea, bob } = await talk(1);
    tea.speak(bob.self, 'see https://one.example/a and https://two.example/b.');
    tea.speak(bob.self, 'again https://one.example/a');
    await rig.settle();
    await rig.press('/open', keys.enter);
    expect(rig.frame()).toMatch(/1 +https:\/\/one\.example\/a[^]*2 +https:\/\/two\.example\/b /);
    await rig.press('/open 2', keys.enter, '/copy 1', keys.enter, '/copy', keys.enter);
    expect(rig.pages).toEqual(['https://two.example/b']);
    expect(rig.copied).toEqual(['https://one.example/a', 'again https://one.example/a']);
    await rig.press('/open 3', keys.enter);
    expect(rig.frame()).toContain('There is no link 3');
  });

  it('show their numbers while one is chosen, and keep them whatever comes meanwhile', async () => {
    const { rig, tea, bob } = await talk(1);
    tea.speak(bob.self, 'see https://one.example/a and https://two.example/b.');
    await rig.settle();
    expect(rig.frame()).not.toContain('[1]');
    await rig.press('/open ');
    expect(rig.frame()).toMatch(/one\.example\/a \[2\]\s+[^]*two\.example\/b \[1\]\./);
    tea.speak(bob.self, 'https://three.example/c comes too late to be meant');
    await rig.settle();
    expect(rig.frame()).toContain('https://three.example/c comes');
    await rig.press('1', keys.enter);
    expect(rig.pages).toEqual(['https://two.example/b']);
    expect(rig.frame()).not.toContain('[1]');
  });

  it('are those of the room on screen, also where one is being chosen in both', async () => {
    const { rig, tea, bob, world } = await talk(1);
    const den = world.addRoom({ title: 'den', owner: bob.self });
    await bob.join('den');
    tea.speak(bob.self, 'https://tea.example/a');
    await rig.press('/join den', keys.enter);
    den.speak(bob.self, 'https://den.example/b');
    await rig.press('/open 1', keys.alt('1'), '/open 1', keys.alt('2'));
    expect(rig.frame()).toMatch(/den\.example\/b \[1\]/);
    await rig.press(keys.enter);
    expect(rig.pages).toEqual(['https://den.example/b']);
  });

  it('are told to the terminal whole, in every row that they take', async () => {
    const { rig, tea, bob } = await talk(1, { hyperlinks: true });
    const url = `https://example.org/${'long/'.repeat(15)}ü`;
    tea.speak(bob.self, `look: ${url} or https://example.org/"]8;;file:///etc/passwd`);
    await rig.settle();
    const told = Array.from(rig.raw().matchAll(/\u001b\]8;id=(\w+);([^\u0007]*)\u0007/g));
    const pieces = told.filter(([, , page]) => page === encodeURI(url));
    expect(pieces.length).toBe(rig.lines().filter((row) => row.includes('long/')).length);
    expect(new Set(pieces.map(([, id]) => id)).size).toBe(1);
    expect(told.every(([, , page]) => /^https:\/\/example\.org\/[\x21-\x7e]*$/.test(page ?? ''))).toBe(true);
    // The borders of the panes stand where they stand without.
    expect(
      rig
        .lines()
        .slice(1, -2)
        .every((row) => row.indexOf('│') === 14),
    ).toBe(true);
  });
});

describe('the mouse', () => {
  it('opens a link wherever it is clicked, also where it goes on in the next row', async () => {
    const { rig, tea, bob } = await talk(1);
    const url = `https://example.org/${'long/'.repeat(15)}end`;
    tea.speak(bob.self, url);
    await rig.settle();
    const rows = rig.lines().flatMap((row, y) => (row.includes('long/') ? [y] : []));
    expect(rows.length).toBeGreaterThan(1);
    for (const y of rows) await rig.click((rig.lines()[y] ?? '').indexOf('long/') + 2, y);
    expect(rig.pages).toEqual(rows.map(() => url));
    await rig.click(70, 2);
    expect(rig.pages).toHaveLength(rows.length);
  });

  it('shows the room that is clicked, and joins one of the lobby with a second click', async () => {
    const { rig, world, bob } = await talk(1);
    world.addRoom({ title: 'chess', owner: bob.self });
    await rig.settle();
    const rowOf = (text: string): number => rig.lines().findIndex((row) => row.includes(text));
    await rig.click(4, rowOf('lobby'));
    expect(topRow(rig)).toContain('Rooms');
    const chess = rowOf('chess');
    await rig.click(30, chess);
    expect(rig.lines()[chess]).toContain('› chess');
    await rig.click(30, chess);
    expect(rig.lines()[0]).toContain('chess');
    await rig.click(4, rowOf('tea'));
    expect(rig.lines()[0]).toContain('tea');
  });
});
