import { exitCode } from '../client/words/refusal-words.ts';
import { lostRoomWords } from '../commands/hosting.ts';
import type { ExitCode } from '../shared/exit-codes.ts';
import { utf8 } from '../shared/bytes.ts';
import { parseCode } from '../shared/crypto/invite.ts';
import { MAX_TITLE_GRAPHEMES, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import { defaultPolicy, policyRanges } from '../shared/room-policy.ts';
import { cleanTitle, sanitizeLine } from '../shared/text.ts';
import { nickOrSuggested, openPerson, readEnvironment } from './environment.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';
import { hostLogEvent } from './host-log.ts';
import { jsonWriter, ProgramError, untilAsked, type ProgramIo } from './program.ts';
import { shellSentence } from './shell-words.ts';
import { RoomHosts } from './room-hosts.ts';

/** `chat-tui host NAME`: keeps a room open until it is asked to end, and logs JSON lines. */
export async function hostMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const { options } = line;
  const name = line.words[0] ?? '';
  const title = cleanTitle(name);
  if (title === undefined)
    throw new UsageError(
      `a room's name is 1 to ${MAX_TITLE_GRAPHEMES} characters without ~, not "${printable(name)}"`,
    );
  const retain = options.text('retain');
  const policy = {
    backlog: options.number('backlog', ...policyRanges.backlog) ?? defaultPolicy.backlog,
    retain:
      retain === 'all'
        ? 'all'
        : (options.number('retain', ...policyRanges.retain, 'all') ?? defaultPolicy.retain),
    maxMembers: options.number('max-members', ...policyRanges['max-members']) ?? defaultPolicy.maxMembers,
    rate: options.number('rate', ...policyRanges.rate) ?? defaultPolicy.rate,
  } as const;
  const isPrivate = options.switch('private');
  const topic = options.text('topic');
  if (topic !== undefined && utf8(sanitizeLine(topic)).length > MAX_TOPIC_BYTES)
    throw new UsageError(`--topic has at most ${MAX_TOPIC_BYTES} bytes; shorten it`);
  const asked = untilAsked();
  const environment = await Promise.race([readEnvironment(line, io), asked]);
  if (typeof environment === 'number') return environment;
  const code = chosenCode(environment.code) ?? options.switch('code');
  const nick = nickOrSuggested(environment);
  const profile = await openPerson(environment, 'host', nick);
  const [relay] = environment.relays;
  const hosts = new RoomHosts({
    profile,
    nick: () => nick,
    relayUrl: () => relay,
    runtimeDir: environment.runtimeDir,
    lan: environment.lan,
  });
  const write = jsonWriter(io.stdout, io.diagnostics.copy);
  for (const text of environment.notices) write({ event: 'notice', code: 'start', text });
  try {
    const started = await Promise.race([
      hosts.start(
        {
          title,
          ...(isPrivate === undefined ? {} : { private: isPrivate }),
          ...(code === undefined ? {} : { code }),
          ...(topic === undefined ? {} : { topic }),
        },
        policy,
      ),
      asked,
    ]);
    if (typeof started === 'number') return started;
    if (!started.ok) {
      const text = shellSentence(started.code, { name: relay ?? title, ...started });
      throw new ProgramError(text, exitCode(started.code));
    }
    const { host, via, relay: url, lostFile } = started.value;
    if (lostFile !== undefined)
      write({ event: 'notice', code: 'start', text: lostRoomWords(title, lostFile) });
    const ready = (): void => {
      write({
        event: 'ready',
        room: title,
        roomId: host.room,
        title: host.title,
        nick,
        key: profile.key,
        role: 'owner',
        via,
        relay: url,
        log: host.log,
        seq: host.seq,
        members: host.members(),
        invite: host.invite,
      });
    };
    // Somebody else may be hosting the room; then it is this one's turn when they are gone.
    let open = host.state === 'online';
    if (open) ready();
    else write({ event: 'state', state: 'reconnecting', reason: host.state });
    const stopped = new Promise<never>((_, reject) => {
      host.on((event) => {
        const logged = hostLogEvent(event, (key) => host.member(key)?.nick);
        if (logged) write(logged);
        if (event.type === 'stopped')
          reject(new ProgramError(shellSentence(event.code), exitCode(event.code)));
        if (event.type !== 'online' || open) return;
        open = true;
        ready();
      });
    });
    return await Promise.race([asked, stopped]);
  } finally {
    await hosts.closeAll();
    profile.close();
    await environment.lan?.close();
  }
}

/** Of `--code-file`. */
function chosenCode(text: string | undefined): Uint8Array | undefined {
  const code = text === undefined ? undefined : parseCode(text);
  if (text !== undefined && code === undefined)
    throw new UsageError(
      '--code-file holds no join code, which is 26 of the characters a to z and 2 to 7; --code makes one',
    );
  return code;
}
