import { SECOND } from '../../shared/limits.ts';
import { sanitizeLine } from '../../shared/text.ts';
import { board, plainBoard, type Sample } from './board.ts';
import { jsonLine } from './json-line.ts';
import type { OperatorAnswer } from './operator-requests.ts';

/** Looks that are kept for rates and the line of the last minutes. */
const MAX_SAMPLES = 120;
/** q, Ctrl+C, Ctrl+D, Escape. */
const leaving: ReadonlySet<string> = new Set(['q', 'Q', '\u0003', '\u0004', '\u001b']);
const endings = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

interface ScreenIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** Draws the board each second until q or Ctrl+C; once and plain where nobody looks. Rejects with what `ask` rejects with. */
export async function showStatus(
  ask: () => Promise<Extract<OperatorAnswer, { ok: true }>>,
  { json, once }: { readonly json: boolean; readonly once: boolean },
  { stdin, stdout }: ScreenIo,
): Promise<void> {
  const look = async (): Promise<Sample> => {
    const answer = await ask();
    if (!('status' in answer)) throw new Error('the relay did not answer with its status');
    const { status } = answer;
    return {
      at: performance.now(),
      status: { ...status, name: sanitizeLine(status.name), url: sanitizeLine(status.url) },
    };
  };
  const first = await look();
  if (json) stdout.write(jsonLine({ event: 'status', ...first.status }));
  else if (once || !stdout.isTTY || !stdin.isTTY) stdout.write(plainBoard(first));
  else await untilLeft(first, look, { stdin, stdout });
}

async function untilLeft(
  first: Sample,
  look: () => Promise<Sample>,
  { stdin, stdout }: ScreenIo,
): Promise<void> {
  const samples = [first];
  const color = !process.env['NO_COLOR'];
  const draw = (): void => {
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24, color };
    const lines = board(samples, size).map((line) => `${line}\u001b[K`);
    stdout.write(`\u001b[H${lines.join('\r\n')}\u001b[J`);
  };
  let leave: (error?: unknown) => void = () => undefined;
  const left = new Promise<void>((resolve, reject) => {
    leave = (error) => (error === undefined ? resolve() : reject(error));
  });
  const onKey = (key: Buffer): void => {
    if (leaving.has(key.toString())) leave();
  };
  const onSignal = (): void => leave();
  const tick = (): void => {
    look().then((sample) => {
      samples.push(sample);
      if (samples.length > MAX_SAMPLES) samples.shift();
      draw();
    }, leave);
  };
  stdout.write(ENTER);
  stdin.setRawMode(true).resume().on('data', onKey);
  stdout.on('resize', draw);
  for (const signal of endings) process.on(signal, onSignal);
  const timer = setInterval(tick, SECOND);
  try {
    draw();
    await left;
  } finally {
    clearInterval(timer);
    for (const signal of endings) process.off(signal, onSignal);
    stdout.off('resize', draw);
    stdin.off('data', onKey).setRawMode(false).pause();
    stdout.write(LEAVE);
  }
}
