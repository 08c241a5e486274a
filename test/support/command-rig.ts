import type { Person } from '../../src/client/session-events.ts';
import type { RoomSession } from '../../src/client/api.ts';
import { memorySettings } from '../../src/client/profile/settings.ts';
import type { CommandContext, CommandOutcome, Front } from '../../src/commands/context.ts';
import { runLine } from '../../src/commands/run-line.ts';
import type { RoomId } from '../../src/shared/ids.ts';
import { MemoryClient, MemoryHosting } from './memory-client.ts';
import { MemoryWorld } from './memory-world.ts';

/** A screen of one person: what it was told, and what the person answers. */
export class MemoryFront implements Front {
  shown: RoomId | undefined;
  cleared = 0;
  readonly questions: string[] = [];
  readonly told: string[] = [];
  readonly queried: Person[] = [];
  /** Answers to questions for a secret, in order; undefined gives up. */
  readonly secrets: (string | undefined)[] = [];
  confirms = true;
  /** One entry each time the program was asked to end. */
  readonly quits: (string | undefined)[] = [];

  /** Names under which the program was started from new. */
  readonly reopened: (string | undefined)[] = [];
  readonly progressed: number[] = [];

  readonly reopen = (nick?: string): void => {
    this.reopened.push(nick);
  };
  progress(_what: string, done: number): void {
    this.progressed.push(done);
  }
  clear(): void {
    this.cleared += 1;
  }
  show(room: RoomId | undefined): void {
    this.shown = room;
  }
  async askSecret(question: string): Promise<string | undefined> {
    this.questions.push(question);
    return this.secrets.shift();
  }
  tell(text: string): void {
    this.told.push(text);
  }
  query(person: Person): void {
    this.queried.push(person);
  }
  async confirm(question: string): Promise<boolean> {
    this.questions.push(question);
    return this.confirms;
  }
  quit(reason?: string): void {
    this.quits.push(reason);
  }
}

/** A person who types lines: `run` does one in the room shown, and gives what came of it. */
export class Typist {
  readonly world: MemoryWorld;
  readonly client: MemoryClient;
  readonly hosting: MemoryHosting;
  readonly front = new MemoryFront();
  /** As they are connected to next time. */
  savedRelays: string[] = [];
  readonly settings = memorySettings();
  cwd = '/nowhere';
  /** Whom the window on screen is for, in the place of a room. */
  person: Person | undefined;

  constructor(world: MemoryWorld, nick: string) {
    this.world = world;
    this.client = new MemoryClient(world, nick);
    this.hosting = new MemoryHosting(world, this.client);
  }

  get room(): RoomSession | undefined {
    if (this.person) return undefined;
    return this.client.rooms().find(({ info }) => info.id === this.front.shown);
  }

  context(ref?: string): CommandContext {
    const { client, hosting, front, person, room, cwd } = this;
    const without = (url: string): string[] => this.savedRelays.filter((each) => each !== url);
    return {
      client,
      room,
      ...(person ? { person } : {}),
      hosting,
      front,
      version: '1.2.3',
      savedRelays: {
        add: (url) => {
          this.savedRelays = [...without(url), url];
          return true;
        },
        remove: (url) => (this.savedRelays = without(url)),
        prefer: (url) => (this.savedRelays = [url, ...without(url)]),
      },
      settings: this.settings,
      place: { cwd, home: '/nowhere/home' },
      now: this.world.now,
      ...(ref === undefined ? {} : { ref }),
    };
  }

  run(line: string, ref?: string): Promise<CommandOutcome> {
    return runLine(line, this.context(ref));
  }
}

/** ada hosts `tea`; both are in it and look at it. */
export async function teaRoom(): Promise<{ world: MemoryWorld; ada: Typist; bob: Typist }> {
  const world = new MemoryWorld();
  const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
  await ada.run('/host tea');
  await bob.run('/join tea');
  return { world, ada, bob };
}
