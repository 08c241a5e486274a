import { homedir } from 'node:os';
import { collect } from '../client/saving/collect.ts';
import { parseSince } from '../client/saving/parse-since.ts';
import { defaultFileName, exported, saveFormats } from '../client/saving/export.ts';
import { archivePath } from '../files/folders.ts';
import { identityFolders } from '../client/profile/identities.ts';
import { openArchive } from '../client/archive/open-archive.ts';
import { saveExitCode, saveFile } from '../client/saving/save-file.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import { idBytes, type IdentityKey } from '../shared/ids.ts';
import { readEnvironment } from './environment.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';
import { ProgramError, type ProgramIo } from './program.ts';

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
    const rooms = archive.rooms.all();
    const wanted = name.toLowerCase();
    const named = rooms.filter(
      (room) => room.id === wanted || room.title === name || `${room.title}~${roomTag(room.host)}` === name,
    );
    const [room, another] = named;
    if (!room)
      throw new ProgramError(`No history of ${printable(name)} here; join it first.`, exitCodes.unreachable);
    if (another) {
      const names = named.map(({ title, host }) => `${title}~${roomTag(host)}`);
      throw new ProgramError(sentence('ambiguous-room', { name, names }), exitCodes.usage);
    }
    const lines = await collect(
      {
        room: { history: (limit, before) => archive.rooms.lines(room.id, limit, before), members: () => [] },
        whispers: (limit) => archive.whispers.newest(limit),
      },
      { ...(last === undefined ? {} : { last }), ...(since === undefined ? {} : { since }) },
    );
    const head = { room, savedAt: now };
    if (file === '-') {
      for (const part of exported(format, head, lines)) io.stdout.write(part);
      return exitCodes.done;
    }
    const saved = await saveFile(file ?? defaultFileName(head, format), exported(format, head, lines), {
      cwd: process.cwd(),
      home: homedir(),
    });
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

function roomTag(host: IdentityKey): string {
  return keyTag(idBytes(host));
}

function saveFormat(text: string): (typeof saveFormats)[number] {
  const format = saveFormats.find((known) => known === text);
  if (!format) throw new UsageError(`--format is one of ${saveFormats.join(', ')}, not "${printable(text)}"`);
  return format;
}
