import { fileURLToPath } from 'node:url';
import type { RelayLimits } from '../../../src/relay/limits.ts';
import type { JsonLine, Program } from '../program.ts';
import { Stage } from '../stage.ts';
import { Dice, faultSeed, longRun } from './dice.ts';
import { findFaults, type Said } from './find-faults.ts';
import { countFaults, tally } from './tally.ts';

const relayScript = fileURLToPath(new URL('relay-process.ts', import.meta.url));

/** One address plays everybody, and everybody comes back often. */
const manyOfOneAddress: Partial<RelayLimits> = {
  connectionsPerNetwork: 1_000,
  loginsPerNetwork: 1_000,
  newConnectionsPerNetwork: 1_000_000,
  joinsPerRoom: 100_000,
  joinsPerIdentity: 100_000,
};

/** How long everybody may take to be back and to have everything: two waits of a reconnecting client, and the talk. */
const SETTLE_MS = longRun ? 75_000 : 40_000;

/** Who has so many lines without an answer waits for them before saying more. */
const MAX_WAITING = 12;

type Env = Readonly<Record<string, string>>;

/** A person's processes, one after the other on the same profile. */
export class Member {
  readonly nick: string;
  readonly runs: { readonly program: Program; readonly history: boolean; alive: boolean }[] = [];
  readonly #start: (history: boolean) => Program;
  readonly #said: Said[];
  readonly #dice: Dice;
  readonly #open = new Set<string>();
  #read = 0;

  constructor(nick: string, parts: { start: (history: boolean) => Program; said: Said[]; dice: Dice }) {
    this.nick = nick;
    this.#start = parts.start;
    this.#said = parts.said;
    this.#dice = parts.dice;
  }

  /** The current process. */
  get program(): Program {
    const run = this.runs.at(-1);
    if (!run) throw new Error(`${this.nick} was never started`);
    return run.program;
  }

  /** Resolves once the room has let it in. `history`: it prints everything there was before. */
  async start(history = false): Promise<Program> {
    const program = this.#start(history);
    this.runs.push({ program, history, alive: true });
    this.#read = 0;
    await program.event('ready');
    return program;
  }

  /** Says lines nobody else ever says. Returns their tokens, which are their ids as well. */
  say(count: number, to?: string): readonly string[] {
    return Array.from({ length: count }, () => {
      const token = `${this.nick}-${this.#said.length}-${this.#dice.int(0, 2 ** 30).toString(36)}`;
      this.#open.add(token);
      this.#said.push({ by: this.nick, token, ...(to === undefined ? {} : { to }) });
      this.program.send({ text: to === undefined ? token : `/whisper ${to} ${token}`, id: token });
      return token;
    });
  }

  /** How many of its lines have no answer yet. */
  get waiting(): number {
    const { lines } = this.program;
    for (; this.#read < lines.length; this.#read++) {
      const line = lines[this.#read];
      if (line && answers.has(line.event)) this.#open.delete(String(line['id']));
    }
    return this.#open.size;
  }

  /** Resolves once everything written so far was taken from the input: it is in the outbox. */
  async taken(): Promise<void> {
    const answers = (): JsonLine[] => this.program.lines.filter((line) => line['code'] === 'answer');
    const before = answers().length;
    this.program.send({ text: '/version' });
    await this.program.until(() => (answers().length > before ? true : undefined), 'an answer');
  }

  /** Resolves once each of these has an answer, whatever it is. */
  async answered(tokens: readonly string[], timeoutMs = SETTLE_MS): Promise<void> {
    const waiting = new Set(tokens);
    let read = 0;
    await this.program.until(
      () => {
        const { lines } = this.program;
        for (; read < lines.length; read++) {
          const line = lines[read];
          if (line && answers.has(line.event)) waiting.delete(String(line['id']));
        }
        return waiting.size === 0 ? true : undefined;
      },
      `answers to ${waiting.size} lines of ${this.nick}`,
      timeoutMs,
    );
  }

  async kill(): Promise<void> {
    this.#over();
    await this.program.close();
  }

  /** Says goodbye. */
  async leave(): Promise<void> {
    this.#over();
    this.program.kill('SIGTERM');
    await this.program.exited;
  }

  #over(): void {
    const run = this.runs.at(-1);
    if (run) run.alive = false;
  }
}

const answers: ReadonlySet<string> = new Set([
  'sent',
  'failed',
  'whisper-stored',
  'whisper-delivered',
  'whisper-failed',
]);

/** A relay, a host and members that can be killed, stopped and started again, and what they showed of it. */
export class FaultStage extends Stage {
  readonly dice: Dice;
  readonly said: Said[] = [];
  readonly members: Member[] = [];
  relayProgram: Program | undefined;
  hostProgram: Program | undefined;
  url = '';
  readonly #limits: Partial<RelayLimits>;
  #port = 0;
  #hostArgs: readonly string[] = [];

  private constructor(limits: Partial<RelayLimits>) {
    super();
    this.dice = new Dice(faultSeed());
    this.#limits = { ...manyOfOneAddress, ...limits };
    console.log(`faults: FAULTS_SEED=${this.dice.seed} decides the same again`);
  }

  static async start(
    options: {
      limits?: Partial<RelayLimits>;
      relayEnv?: Env;
      hostEnv?: Env;
      /** Called before anything runs, with the way to make paths of the stage. */
      before?: (path: (...parts: readonly string[]) => string) => void;
    } = {},
  ): Promise<FaultStage> {
    const stage = new FaultStage(options.limits ?? {});
    try {
      options.before?.((...parts) => stage.path(...parts));
      await stage.startRelay(options.relayEnv);
      await stage.startHost(
        ['tea', '--relay', stage.url, '--rate', '1000', '--backlog', '100000'],
        options.hostEnv,
      );
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** Again on the port and the data of the last time. */
  async startRelay(env: Env = {}): Promise<Program> {
    const args = [String(this.#port), this.path('relay'), JSON.stringify(this.#limits)];
    this.relayProgram = this.programWith('relay', args, { env, script: relayScript });
    const { url } = await this.relayProgram.event('listening');
    this.url = String(url);
    this.#port = Number(new URL(this.url).port);
    return this.relayProgram;
  }

  async killRelay(): Promise<void> {
    await this.relayProgram?.close();
  }

  async killHost(): Promise<void> {
    await this.hostProgram?.close();
  }

  /**
   * These people talk all the time, in turns nobody can tell, until the returned function is called; about every
   * `paceMs` / 2. A newcomer is shown the last 2 000 lines: a talk that is read from its beginning has to be shorter.
   */
  talk(members: readonly Member[], paceMs = 80): () => void {
    let going = true;
    const chatter = new Dice(this.dice.int(1, 2 ** 31 - 1));
    const go = async (): Promise<void> => {
      while (going) {
        const member = chatter.pick(members);
        if (isRunning(member.program) && member.waiting < MAX_WAITING) member.say(chatter.int(1, 3));
        await chatter.moment(paceMs);
      }
    };
    void go();
    return () => (going = false);
  }

  async startHost(args = this.#hostArgs, env: Env = {}): Promise<Program> {
    this.#hostArgs = args;
    this.hostProgram = this.programWith('host', ['host', ...args], { env });
    await this.hostProgram.event('ready', undefined, SETTLE_MS);
    return this.hostProgram;
  }

  /** Somebody who is started and in the room. */
  async member(nick: string, env: Env = {}): Promise<Member> {
    const member = this.person(nick, env);
    await member.start();
    return member;
  }

  person(nick: string, env: Env = {}): Member {
    const member = new Member(nick, {
      said: this.said,
      dice: this.dice,
      start: (history) =>
        this.programWith(
          nick,
          [
            'pipe',
            'tea',
            '--relay',
            this.url,
            '--nick',
            nick,
            '--json',
            '--follow',
            ...(history ? ['--history', '100000'] : []),
          ],
          { env },
        ),
    });
    this.members.push(member);
    return member;
  }

  /** Three people who know each other. */
  async three(): Promise<readonly [Member, Member, Member]> {
    const [ada, bob, cleo] = await Promise.all([this.member('ada'), this.member('bob'), this.member('cleo')]);
    return [ada, bob, cleo];
  }

  /** Resolves once everybody who is there has an answer to everything said so far. */
  async answered(): Promise<void> {
    await Promise.all(this.#there().map((member) => member.answered(this.#unanswered(member))));
  }

  /**
   * Waits until everybody who is there has everything that was sent, lets a newcomer read it all, and looks for faults.
   * `what` was done to them, for the summary of a long run.
   */
  async verdict(what: string): Promise<{ faults: readonly string[]; messages: number; seed: number }> {
    const { members, said } = this;
    const there = this.#there();
    const complaints: string[] = [];
    const noted = async (wait: Promise<unknown>): Promise<void> => {
      await wait.catch((error: unknown) => complaints.push(String(error).slice(0, 300)));
    };
    await noted(this.answered());
    const places = new Map(
      members.flatMap(({ runs }) =>
        runs.flatMap(({ program }) =>
          program.lines.flatMap((line) =>
            line.event === 'sent' ? [[String(line['id']), Number(line['seq'])] as const] : [],
          ),
        ),
      ),
    );
    await Promise.all(there.map((member) => noted(this.#caughtUp(member, places))));
    if (this.hostProgram && isRunning(this.hostProgram)) {
      const reader = this.person('reader');
      await noted(reader.start(true).then(() => this.#caughtUp(reader, places)));
    }
    const runs = members.flatMap(({ nick, runs: own }) =>
      own.map(({ program, alive, history }) => ({ party: nick, lines: program.lines, alive, history })),
    );
    const found = findFaults({ said, runs });
    const faults = found.map((fault) => `${fault.kind}: ${fault.what}`);
    const { seed } = this.dice;
    tally({
      what,
      messages: said.length,
      sent: places.size,
      ...countFaults(found),
      gaps: runs.reduce((sum, { lines }) => sum + lines.filter(({ event }) => event === 'gap').length, 0),
      timedOut: complaints.length,
    });
    if (faults.length + complaints.length > 0) console.log(`faults: failed with FAULTS_SEED=${seed}`);
    return { faults: [...faults, ...complaints], messages: said.length, seed };
  }

  #there(): readonly Member[] {
    return this.members.filter(({ runs }) => runs.at(-1)?.alive);
  }

  #unanswered({ nick, runs }: Member): readonly string[] {
    const done = new Set(
      runs.flatMap(({ program }) =>
        program.lines.flatMap((line) => (answers.has(line.event) ? [String(line['id'])] : [])),
      ),
    );
    return this.said.flatMap(({ by, token }) => (by === nick && !done.has(token) ? [token] : []));
  }

  /** Everything that was sent after this process joined, and every whisper that was stored for it, is shown. */
  async #caughtUp(member: Member, places: ReadonlyMap<string, number>): Promise<void> {
    const run = member.runs.at(-1);
    if (!run) return;
    const { program, history } = run;
    const ready = await program.event('ready');
    const from = history ? 1 : Number(ready['seq']) + 1;
    const waiting = new Set([...places].flatMap(([token, seq]) => (seq >= from ? [token] : [])));
    let looked = 0;
    await program.until(
      () => {
        for (; looked < program.lines.length; looked++) {
          const line = program.lines[looked];
          if (line?.event === 'message') waiting.delete(String(line['text']));
        }
        return waiting.size === 0 ? true : undefined;
      },
      `the lines that ${member.nick} lacks`,
      SETTLE_MS,
    );
  }
}

function isRunning({ child }: Program): boolean {
  return child.exitCode === null && child.signalCode === null;
}
