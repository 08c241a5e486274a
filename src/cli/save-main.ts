import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { collect } from '../client/saving/collect.ts';
import { parseSince } from '../client/saving/parse-since.ts';
import { defaultFileName, exported, saveFormats } from '../client/saving/export.ts';
import { archivePath, type Folders } from '../files/folders.ts';
import { identityFolders } from '../client/profile/identities.ts';
import type { KnownRoom } from '../client/archive/archive.ts';
import { resolveRoom } from '../client/finding/resolve-room.ts';
import { openArchive } from '../client/archive/open-archive.ts';
import { saveExitCode, saveFile, saveNumbered } from '../client/saving/save-file.ts';
import { exitCode, sentence } from '../client/words/refusal-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { readEnvironment } from './environment.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';
import { ProgramError, type ProgramIo } from './program.ts';
import { roomFile } from './room-file.ts';
import { defined } from '../shared/defined.ts';

const MAX_LAST = 1_000_000;

/** `chat-tui save`: this profile's own history of a room as a new file; nothing is connected. */
export async function saveMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const [name = '', file] = line.words;
  const last = line.options.number('last', 1, MAX_LAST);
  const format = saveFormat(
    line.options.text('format') ?? (line.options.switch('json') ? 'json' : ending(file)),
  );
  const now = Date.now();
  const sinceText = line.options.text('since');
  const since = sinceText === undefined ? undefined : parseSince(sinceText, now);
  if (sinceText !== undefined && since === undefined)
    throw new UsageError(`--since wants a time like 2h, 18:00 or 2026-11-20, not "${printable(sinceText)}"`);
  const environment = await readEnvironment(line, io);
  const archive = openArchive(archivePath(identityFolders(environment.folders)));
  try {
    const room = savedRoom(name, archive.rooms.all(), environment.folders);
    const lines = await collect(
      {
        room: { history: (limit, before) => archive.rooms.lines(room.id, limit, before), members: () => [] },
        whispers: (limit) => archive.whispers.newest(limit),
      },
      defined({ last, since }),
    );
    const head = { room, savedAt: now };
    if (file === '-') {
      for (const part of exported(format, head, lines)) io.stdout.write(part);
      return exitCodes.done;
    }
    const parts = exported(format, head, lines);
    const place = { cwd: process.cwd(), home: homedir() };
    const saved =
      file === undefined
        ? await saveNumbered(defaultFileName(head, format), parts, place)
        : await saveFile(file, parts, place);
    if (!saved.ok) throw new ProgramError(saved.text, saveExitCode);
    io.stdout.write(`${saved.path}\n`);
    return exitCodes.done;
  } finally {
    archive.close();
  }
}

/** Without a word about it, the file's ending decides. */
function ending(file: string | undefined): string {
  return saveFormats.find((format) => file?.toLowerCase().endsWith(`.${format}`)) ?? 'txt';
}

/** Named as rooms in reach are. Throws `ProgramError`. */
function savedRoom(name: string, known: readonly KnownRoom[], folders: Folders): KnownRoom {
  const found = resolveRoom(name, { listed: [], known, pins: () => [] });
  if (found.ok && found.value.known) return found.value.known;
  if (!found.ok && found.code === 'ambiguous-room')
    throw new ProgramError(sentence(found.code, { ...found, name: printable(name) }), exitCode(found.code));
  const text = existsSync(roomFile(folders, name))
    ? `This profile hosts ${printable(name)}, but was never in it: chat-tui pipe ROOM goes in and fetches what was said; then save it.`
    : `No history of ${printable(name)} here: it begins with the first visit, by chat-tui pipe ROOM for instance.`;
  throw new ProgramError(text, exitCodes.unreachable);
}

function saveFormat(text: string): (typeof saveFormats)[number] {
  const format = saveFormats.find((known) => known === text);
  if (!format) throw new UsageError(`--format is one of ${saveFormats.join(', ')}, not "${printable(text)}"`);
  return format;
}
