import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dice, faultSeed, longRun } from '../../support/faults/dice.ts';
import { FaultStage } from '../../support/faults/fault-stage.ts';
import type { Program } from '../../support/program.ts';

/** Whoever takes longer than this hangs. */
const HANG_MS = 40_000;
/** A start that goes on well is over when this was printed. */
const begun = /"(ready|listening)"/;

const damages = {
  garbage: (path: string) => writeFileSync(path, 'no such format '.repeat(300)),
  truncated: (path: string) => truncateSync(path, Math.floor(lstatSync(path).size / 2)),
  emptied: (path: string) => truncateSync(path, 0),
  /** The first page is whole, what follows is not. */
  'garbage inside': (path: string) => {
    const content = readFileSync(path);
    const from = Math.min(4_096, Math.floor(content.length / 2));
    writeFileSync(path, content.fill('no such format ', from));
  },
  folder: (path: string) => {
    rmSync(path);
    mkdirSync(path);
  },
  fifo: (path: string) => {
    rmSync(path);
    spawnSync('mkfifo', [path]);
  },
  link: (path: string) => {
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
  },
  'link to nothing': (path: string) => {
    rmSync(path);
    symlinkSync(`${path}.nowhere`, path);
  },
} as const;
type Damage = keyof typeof damages;

type Outcome = 'refused' | 'kept aside' | 'goes on';
interface Case {
  readonly file: string;
  readonly run: 'pipe' | 'host' | 'relay';
  /** Where it is not refused by name, with exit code 78. */
  readonly except?: Partial<Record<Damage, Outcome>>;
}

/** Nothing is in a lock but the lock. */
const onlyALock = { truncated: 'goes on', emptied: 'goes on', 'garbage inside': 'goes on' } as const;

const cases: readonly Case[] = [
  { file: 'config/identity.key', run: 'pipe' },
  { file: 'config/device.key', run: 'pipe' },
  {
    file: 'config/config.json',
    run: 'pipe',
    except: {
      garbage: 'kept aside',
      truncated: 'kept aside',
      emptied: 'kept aside',
      'garbage inside': 'kept aside',
      folder: 'kept aside',
      fifo: 'kept aside',
      // Settings may live elsewhere: people keep them under version control.
      link: 'goes on',
      'link to nothing': 'goes on',
    },
  },
  { file: 'data/archive.db', run: 'pipe' },
  { file: 'state/session.lock', run: 'pipe', except: onlyALock },
  { file: 'data/rooms/*.db', run: 'host' },
  { file: 'data/embedded/0/lock', run: 'host', except: onlyALock },
  {
    // A convenience only: another port does as well.
    file: 'data/embedded/0/port',
    run: 'host',
    except: {
      garbage: 'goes on',
      truncated: 'goes on',
      emptied: 'goes on',
      'garbage inside': 'goes on',
      folder: 'goes on',
      fifo: 'goes on',
      link: 'goes on',
      'link to nothing': 'goes on',
    },
  },
  { file: 'data/embedded/0/data/relay.key', run: 'host' },
  { file: 'data/embedded/0/data/relay.db', run: 'host' },
  { file: 'relay/relay.key', run: 'relay' },
  { file: 'relay/relay.db', run: 'relay' },
];

/** What to do about it, in the words of a refusal. */
const remedy = /[Mm]ove (it|the)|Put (back|the)|restore it/;
const wanted: Readonly<Record<Outcome, object>> = {
  refused: { code: 78, sentences: 1, untouched: true, made: false },
  'kept aside': { code: 0, keptAside: true },
  'goes on': { code: 0 },
};

const windowsHasNone: ReadonlySet<Damage> = new Set(['fifo', 'link', 'link to nothing']);
const names = (Object.keys(damages) as Damage[]).filter(
  (name) => process.platform !== 'win32' || !windowsHasNone.has(name),
);
const dice = new Dice(faultSeed());
const all = cases.flatMap((each) => names.map((damage) => ({ ...each, damage })));
// The short version takes some of them; what would hang is always among them.
const chosen = longRun ? all : all.filter(({ damage }) => damage === 'fifo' || dice.next() < 0.1);

let stage: FaultStage;
beforeAll(async () => {
  console.log(`faults: FAULTS_SEED=${dice.seed} decides the same again`);
  // With somebody to join.
  stage = await FaultStage.start();
  // A profile that has done everything once.
  for (const what of ['host', 'relay', 'pipe'] as const) {
    const { code, program } = await start(what, 'whole');
    if (code !== 0) throw new Error(`${what} does not even start: ${program.stderr}`);
  }
  writeFileSync(stage.path('whole', 'config', 'config.json'), '{ "relays": [] }\n', { mode: 0o600 });
});
afterAll(() => stage.close());

/** Runs a command of the profile until it has begun, or ends by itself. */
async function start(
  what: Case['run'],
  home: string,
): Promise<{ code: number | null; hangs: boolean; program: Program }> {
  const args = {
    pipe: ['pipe', 'tea', '--relay', stage.url, '--json'],
    host: ['host', 'tea', '--no-lan'],
    relay: ['relay', '--listen', '127.0.0.1:0', '--data', stage.path(home, 'relay')],
  }[what];
  const program = stage.programWith(home, args, {});
  program.end();
  const look = (): void => {
    if (what === 'pipe' || !begun.test(program.stdout)) return;
    // Once: whoever is asked twice does not end in order.
    program.child.stdout.off('data', look);
    program.kill('SIGTERM');
  };
  program.child.stdout.on('data', look);
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    program.kill('SIGKILL');
  }, HANG_MS);
  const { code } = await program.exited;
  clearTimeout(timer);
  return { code, hangs, program };
}

/** What is at a path, so that two looks can be compared. */
function content(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return 'nothing';
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (stat.isDirectory()) return 'folder';
  return stat.isFile() ? readFileSync(path, 'latin1') : 'special';
}

describe('a profile', () => {
  it.each(chosen)('with $file as $damage: no hang, no stack, nothing overwritten', async (one) => {
    const { damage, run, except } = one;
    const expected = except?.[damage] ?? 'refused';
    const home = `damaged-${all.findIndex((each) => each.file === one.file && each.damage === damage)}`;
    cpSync(stage.path('whole'), stage.path(home), { recursive: true });
    const path = fileOf(home, one.file);
    damages[damage](path);
    const before = [content(path), content(`${path}.real`)];
    const { code, hangs, program } = await start(run, home);
    const { stderr, stdout } = program;
    expect(hangs, stderr).toBe(false);
    expect(stderr + stdout).not.toMatch(/\bat .*:\d+:\d+/);
    const aside = readdirSync(join(path, '..')).find((name) => name.includes('.broken-'));
    const found = {
      code,
      sentences: stderr.split('\n').filter((line) => line.includes(path) && remedy.test(line)).length,
      untouched: content(path) === before[0] && content(`${path}.real`) === before[1],
      made: existsSync(`${path}.nowhere`),
      keptAside:
        aside !== undefined && content(join(path, '..', aside)) === before[0] && stdout.includes(aside),
    };
    expect(found, stderr).toMatchObject(wanted[expected]);
  });
});

function fileOf(home: string, file: string): string {
  if (!file.endsWith('*.db')) return stage.path(home, file);
  const folder = stage.path(home, file.slice(0, -'*.db'.length));
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.db')) ?? '');
}
