import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Program } from '../../support/program.ts';
import { Stage } from '../../support/stage.ts';

// docs/protocol.md "Delivery": killing processes cannot show this, what they wrote is the system's by then

const traces = ['fdatasync', 'fsync', 'write', 'writev', 'sendto', 'sendmsg'];
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** A `chat-tui` whose writes and syncs are noted down. */
class Traced extends Program {
  readonly #file: string;
  #from = 0;

  constructor(stage: Stage, home: string, args: readonly string[]) {
    const file = stage.path(`${home}.trace`);
    const by = ['strace', '-f', '-y', '-s', '0', '-e', `trace=${traces.join(',')}`, '-o', file];
    super(args, stage.env(home), stage.folder, undefined, by);
    this.#file = file;
  }

  /** Forgets what was noted so far. */
  mark(): void {
    this.#from = readFileSync(this.#file).length;
  }

  /** What came since, in order: `sync` of a database, `say` to somebody else. */
  get did(): readonly ('sync' | 'say')[] {
    const lines = readFileSync(this.#file).subarray(this.#from).toString().split('\n');
    return lines.flatMap((line) => {
      if (/ (fdatasync|fsync)\(\d+<[^>]*\.db-wal>/.test(line)) return ['sync'];
      return / (write|writev|sendto|sendmsg)\((?![012]<)\d+<(socket|TCP)/.test(line) ? ['say'] : [];
    });
  }

  /** `strace` ends with what it traces. */
  override async close(): Promise<void> {
    const traced = readFileSync(this.#file, 'utf8').split(' ', 1)[0];
    if (this.child.exitCode === null && traced) process.kill(Number(traced), 'SIGKILL');
    await super.close();
  }
}

describe.skipIf(!canTrace)('what is promised to be kept', () => {
  it('is on disk before anybody is told: lines in the outbox and at the host, whispers at the relay and the recipient', async ({
    onTestFinished,
  }) => {
    const stage = new Stage();
    const running: Program[] = [];
    onTestFinished(async () => {
      for (const program of running.reverse()) await program.close();
      await stage.close();
    });
    const traced = (home: string, ...args: readonly string[]): Traced => {
      const program = new Traced(stage, home, args);
      running.push(program);
      return program;
    };
    const relay = traced('relay', 'relay', '--listen', '127.0.0.1:0', '--data', stage.path('relay'));
    const url = String((await relay.event('listening'))['url']);
    const host = traced('host', 'host', 'tea', '--relay', url);
    await host.event('ready');
    const pipe = (nick: string): readonly string[] => [
      'pipe',
      'tea',
      '--relay',
      url,
      '--nick',
      nick,
      '--json',
      '--follow',
    ];
    const ada = traced('ada', ...pipe('ada'));
    await ada.event('ready');
    const bob = traced('bob', ...pipe('bob'));
    await bob.event('ready');
    const all = [relay, host, ada, bob];
    // Keys and prekeys are known to each other by then, and nothing else is under way.
    ada.send({ text: '/whisper bob first', id: 'w1' });
    await ada.event('whisper-delivered', ({ id }) => id === 'w1');
    ada.send({ text: 'first', id: 'l1' });
    await Promise.all([bob, ada].map((one) => one.event('message', ({ text }) => text === 'first')));
    await ada.event('sent', ({ id }) => id === 'l1');

    for (const one of all) one.mark();
    ada.send({ text: 'kept', id: 'l2' });
    await ada.event('sent', ({ id }) => id === 'l2');
    expect(ada.did[0], 'the line is in the outbox before it leaves').toBe('sync');
    expect(host.did[0], 'the line is in the log before its cast leaves').toBe('sync');
    expect(host.did).toContain('say');

    for (const one of all) one.mark();
    ada.send({ text: '/whisper bob kept', id: 'w2' });
    await ada.event('whisper-delivered', ({ id }) => id === 'w2');
    expect(ada.did[0], 'the whisper is in the outbox before it leaves').toBe('sync');
    expect(relay.did[0], 'the whisper is in the mailbox before the relay says so').toBe('sync');
    expect(relay.did).toContain('say');
    expect(bob.did[0], 'the whisper is in the history of its recipient before the relay may forget it').toBe(
      'sync',
    );
    expect(bob.did).toContain('say');
  });
});
