import {
  collect,
  MAX_SAVED_LINES,
  whispered,
  type Pacer,
  type SavedLine,
  type Selection,
} from '../client/saving/collect.ts';
import { parseSince } from '../client/saving/parse-since.ts';
import {
  defaultFileName,
  exported,
  saveFormats,
  titleOf,
  type SavedFrom,
  type SaveFormat,
} from '../client/saving/export.ts';
import { saveFile, saveNumbered } from '../client/saving/save-file.ts';
import { parseArguments, type OptionSpec } from './arguments.ts';
import { answer, refuse, refuseUsage, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { defined } from '../shared/defined.ts';

const saveUsage = '/save [FILE] [--last N] [--since T] [--format txt|md|json]';
/** Share of the work that is done when everything is read. */
const READING = 0.5;
/** Lines between two reports of how much is written. */
const TOLD_EVERY = 1_000;
const saveOptions = { last: 'value', since: 'text', format: 'value' } as const satisfies OptionSpec;

export const exporting: readonly Command[] = [
  {
    name: 'save',
    aliases: ['export'],
    area: 'export',
    usage: saveUsage,
    where: 'room',
    who: 'everyone',
    help: 'write what was said here into a new file',
    notes: [
      ['--last N', 'only the newest N messages'],
      ['--since T', 'only from 30m, 2h or 3d ago, from 18:00, or from 2026-11-20'],
      ['--format F', 'txt, md or json; otherwise the ending of FILE decides'],
    ],
    options: saveOptions,
    run: (args, ctx, room) =>
      save(args, ctx, { room: room.info }, (selection, pacer) =>
        collect({ room, whispers: (limit) => ctx.client.whispers(limit) }, selection, pacer),
      ),
    withPerson: (args, ctx, person) =>
      save(args, ctx, { person }, async (selection) =>
        whispered(ctx.client.whispers(MAX_SAVED_LINES, person.key), selection),
      ),
  },
];

async function save(
  args: string,
  { front, place, now }: CommandContext,
  of: SavedFrom,
  read: (selection: Selection, pacer: Pacer) => Promise<readonly SavedLine[]>,
): Promise<CommandOutcome> {
  const request = parseSave(args, now());
  if (!request.ok) return refuseUsage(saveUsage, request.why);
  const { file, format } = request;
  const head = { ...of, savedAt: now() };
  const told = (part: number): void => front.progress?.(`saving ${titleOf(of)}`, part);
  const lines = await read(request, async (part) => {
    told(part * READING);
    // Whoever waits for it sees it, and can go on typing.
    await new Promise((resolve) => setImmediate(resolve));
  });
  const written = (count: number): void => told(READING + (1 - READING) * (count / lines.length));
  const parts = counted(exported(format, head, lines), written);
  const saved =
    file === ''
      ? await saveNumbered(defaultFileName(head, format), parts, place)
      : await saveFile(file, parts, place);
  told(1);
  if (!saved.ok) return refuse(saved.code, saved.text);
  const cut =
    lines.length < MAX_SAVED_LINES ? '' : `; older lines than the newest ${MAX_SAVED_LINES} are not in it`;
  return answer(`Saved to ${saved.path}${cut}`);
}

function* counted(parts: Iterable<string>, tell: (count: number) => void): Generator<string> {
  let count = 0;
  for (const part of parts) {
    yield part;
    count += 1;
    if (count % TOLD_EVERY === 0) tell(count);
  }
}

export type SaveRequest =
  | {
      readonly ok: true;
      /** Empty for the default name. */
      readonly file: string;
      readonly format: SaveFormat;
      readonly last?: number;
      readonly since?: number;
    }
  | { readonly ok: false; readonly why: string };

/** What follows `/save`. The format is the file name's ending unless it is named; `txt` where neither says. */
export function parseSave(args: string, now: number): SaveRequest {
  const parsed = parseArguments(args, saveOptions);
  if (!parsed.ok) return parsed;
  const file = parsed.words.join(' ');
  const { options } = parsed;

  const lastText = options.get('last');
  const last = lastText === undefined ? undefined : Number(lastText);
  if (last !== undefined && !(Number.isSafeInteger(last) && last > 0)) {
    return { ok: false, why: '--last needs a number of messages, like --last 50.' };
  }
  const sinceText = options.get('since');
  const since = sinceText === undefined ? undefined : parseSince(sinceText, now);
  if (sinceText !== undefined && since === undefined) {
    return { ok: false, why: '--since needs a time, like 30m, 2h, 18:00 or 2026-11-20.' };
  }
  const ending = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  const wanted = options.get('format')?.toLowerCase();
  const format = saveFormats.find((each) => each === (wanted ?? ending));
  if (wanted !== undefined && !format)
    return { ok: false, why: `--format is one of ${saveFormats.join(', ')}.` };
  return {
    ok: true,
    file,
    format: format ?? 'txt',
    ...defined({ last, since }),
  };
}
