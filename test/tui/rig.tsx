/* oxlint-disable no-control-regex -- what a terminal is sent begins with escapes */
import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { render, type Instance } from 'ink';
import { onTestFinished } from 'vitest';
import { App } from '../../src/tui/app.tsx';
import { Controller } from '../../src/tui/controller.ts';
import { Input } from '../../src/tui/input.ts';
import type { ReadPositions } from '../../src/tui/services.ts';
import { initialState } from '../../src/tui/store/state.ts';
import { Store, type StoreClock } from '../../src/tui/store/store.ts';
import type { Terminal } from '../../src/tui/terminal/modes.ts';
import type { Pointer, Wheel } from '../../src/tui/terminal/keyboard.ts';
import { memorySettings } from '../../src/client/profile/settings.ts';
import { themeFor } from '../../src/tui/theme/theme.ts';
import { MemoryClient, MemoryHosting } from '../support/memory-client.ts';
import type { MemoryRoom } from '../support/memory-room.ts';
import { MemoryWorld } from '../support/memory-world.ts';

/** A clock that stands until it is moved; timers run in the order of their time. */
export class TestClock implements StoreClock {
  #time: number;
  #timers: { at: number; task: () => void }[] = [];

  constructor(time = Date.UTC(2026, 10, 20, 18, 2, 11)) {
    this.#time = time;
  }

  readonly now = (): number => this.#time;

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#time + ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.#time + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.#time = Math.max(this.#time, due.at);
      due.task();
    }
    this.#time = end;
  }
}

/** What a terminal of a given size is sent. */
class FakeStdout extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  last = '';
  frames = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    // Modes such as bracketed paste are written alone; a frame has lines.
    if (!/^(?:\x1b\[[?0-9;]*[a-zA-Z])*$/.test(text)) {
      this.last = text;
      this.frames += 1;
    }
    return true;
  }
}

class FakeStdin extends EventEmitter {
  readonly isTTY = true;
  #data: string | null = null;

  send(data: string): void {
    this.#data = data;
    this.emit('readable');
  }

  read(): string | null {
    const data = this.#data;
    this.#data = null;
    return data;
  }

  setEncoding(): void {}
  setRawMode(): void {}
  resume(): void {}
  pause(): void {}
  ref(): void {}
  unref(): void {}
}

export interface ScreenRigOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly nick?: string;
  /** Nobody has used this profile yet. */
  readonly newcomer?: boolean;
  /** As with `--no-lan`. */
  readonly far?: boolean;
  readonly notices?: readonly string[];
  readonly world?: MemoryWorld;
  /** Somebody who is in rooms already. */
  readonly me?: MemoryClient;
  /** What becomes of rooms that were hosted before. */
  readonly hostedBefore?: MemoryHosting['before'];
  readonly screenReader?: boolean;
  readonly hyperlinks?: boolean;
  /** Where files go that are named without a folder. */
  readonly cwd?: string;
  /** How far everything was read before. */
  readonly read?: ReadPositions;
  readonly rejoin?: 'off';
}

export type ScreenRig = Awaited<ReturnType<typeof openScreenRig>>;

/** The whole screen over an in-memory client, in a window of a fixed size. */
export async function openScreenRig(options: ScreenRigOptions = {}) {
  const { columns = 80, rows = 24, nick = 'ada', notices = [], screenReader = false } = options;
  const world = options.world ?? new MemoryWorld();
  const clock = new TestClock(world.time);
  const me = options.me ?? new MemoryClient(world, nick);
  const stdout = new FakeStdout(columns, rows);
  const stdin = new FakeStdin();
  const bells: number[] = [];
  const quits: (string | undefined)[] = [];
  const pointers = new Set<(pointer: Pointer) => void>();
  const calls: string[] = [];
  const copied: string[] = [];
  const pages: string[] = [];
  const terminal: Terminal = {
    call: (text) => {
      bells.push(clock.now());
      calls.push(text);
    },
    title: () => {},
    mouse: () => {},
    copy: (text) => copied.push(text),
    open: (url) => pages.push(url) > 0,
    checks: () => [],
  };
  const settings = memorySettings(options.rejoin && { rejoin: options.rejoin });
  const reads: ReadPositions[] = [];
  const hosting = new MemoryHosting(world, me);
  hosting.before = options.hostedBefore ?? [];
  const store = new Store(initialState(me.self, undefined, !options.far), clock);
  const controller = new Controller({
    client: me,
    hosting,
    store,
    input: new Input(),
    readPositions: {
      load: () => options.read ?? { rooms: new Map(), people: [] },
      save: ({ rooms, people }) => reads.push({ rooms: new Map(rooms), people }),
    },
    terminal,
    savedRelays: { add: () => true, remove: () => {}, prefer: () => {} },
    settings,
    place: { cwd: options.cwd ?? tmpdir(), home: tmpdir() },
    version: '0.0.0',
    quit: (reason) => quits.push(reason),
    reopen: () => undefined,
    clock,
  });
  let opened: string | undefined;
  let suspended = 0;
  const instance: Instance = render(
    <App
      hyperlinks={options.hyperlinks ?? false}
      themeOf={(chosen) => themeFor(chosen, 4)}
      firstTheme="dark"
      knownNick={options.newcomer ? undefined : nick}
      suggestedNick={nick}
      notices={notices}
      open={async (chosen) => {
        opened = chosen;
        controller.start(notices);
        return controller;
      }}
      onCancel={() => quits.push(undefined)}
      forget={() => instance.clear()}
      suspend={async () => {
        suspended += 1;
      }}
      onReopen={() => () => undefined}
      onBackground={() => () => undefined}
      onPointer={(listener) => {
        pointers.add(listener);
        return () => pointers.delete(listener);
      }}
    />,
    {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stdin: stdin as unknown as NodeJS.ReadStream,
      stderr: new FakeStdout(columns, rows) as unknown as NodeJS.WriteStream,
      debug: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
      isScreenReaderEnabled: screenReader,
    },
  );
  /** Paints what has happened. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(60);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const rig = {
    world,
    me,
    clock,
    stdout,
    controller,
    store,
    hosting,
    bells,
    calls,
    copied,
    pages,
    settings,
    /** How far everything was read, whenever it was kept. */
    reads,
    quits,
    settle,
    opened: () => opened,
    suspended: () => suspended,
    /** Everything on screen, without looks. */
    frame: (): string => stripVTControlCharacters(stdout.last).replace(/\n$/, ''),
    /** The frame as it is sent. */
    raw: (): string => stdout.last,
    /** What the terminal is sent beside the looks that the screen itself gives. */
    bare: (): string => stdout.last.replace(/\x1b\[[0-9;]*m/g, '').replaceAll('\n', ''),
    lines: (): string[] => rig.frame().split('\n'),
    async press(...keys: string[]): Promise<void> {
      for (const key of keys) {
        stdin.send(key);
        await settle();
      }
    },
    async wheel(wheel: Wheel): Promise<void> {
      for (const listener of pointers) listener({ type: 'wheel', wheel });
      await settle();
    },
    /** Cells count from 0. */
    async click(x: number, y: number): Promise<void> {
      for (const listener of pointers) listener({ type: 'click', x, y });
      await settle();
    },
    async resize(width: number, height: number): Promise<void> {
      stdout.columns = width;
      stdout.rows = height;
      stdout.emit('resize');
      await settle();
    },
    /** Waits for what real timers bring, such as a lone Escape. */
    async until(holds: () => boolean): Promise<void> {
      for (let turn = 0; turn < 100_000 && !holds(); turn++)
        await new Promise((resolve) => setImmediate(resolve));
      if (!holds()) throw new Error(`not so:\n${rig.frame()}`);
    },
    close(): void {
      controller.close();
      instance.unmount();
    },
  };
  await rig.until(() => rig.frame() !== '');
  await settle();
  return rig;
}

/** The same, closed when the test ends. */
export async function screenRig(options: ScreenRigOptions = {}) {
  const rig = await openScreenRig(options);
  onTestFinished(() => rig.close());
  return rig;
}

export interface TeaRigOptions extends Omit<ScreenRigOptions, 'world'> {
  readonly room?: { readonly topic?: string; readonly backlog?: number };
  /** Happens in the room before ada comes. */
  readonly before?: (tea: MemoryRoom, bob: MemoryClient) => void;
}

/** Ada at the screen, in `tea`, which bob hosts. */
export async function teaRig({ room = {}, before, ...options }: TeaRigOptions = {}) {
  const world = new MemoryWorld();
  const bob = new MemoryClient(world, 'bob');
  const tea = world.addRoom({ title: 'tea', owner: bob.self, ...room });
  await bob.join('tea');
  before?.(tea, bob);
  const rig = await screenRig({ world, ...options });
  await rig.press(keys.enter);
  return { rig, tea, bob, world };
}

export const keys = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  up: '\x1b[A',
  down: '\x1b[B',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  altEnter: '\x1b\r',
  alt: (letter: string) => `\x1b${letter}`,
  ctrl: (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 96),
  paste: (text: string) => `\x1b[200~${text}\x1b[201~`,
} as const;
