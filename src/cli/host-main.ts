import { exitCode } from '../client/words/refusal-words.ts';
import { lostRoomWords } from '../commands/hosting.ts';
import type { RunningHost } from '../host/hosting.ts';
import type { ExitCode } from '../shared/exit-codes.ts';
import { utf8 } from '../shared/bytes.ts';
import { parseCode } from '../shared/crypto/invite.ts';
import { MAX_TITLE_GRAPHEMES, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import { defaultPolicy, policyRanges, type RoomPolicy } from '../shared/room-policy.ts';
import { cleanTitle, sanitizeLine } from '../shared/text.ts';
import { nickOrSuggested, openPerson, readEnvironment } from './environment.ts';
import { printable, UsageError, type CommandLine, type OptionValues } from './parse.ts';
import { hostLogEvent, onceAnOutage, readyEvent, type HostLogLine } from './host-log.ts';
import { jsonWriter, ProgramError, untilAsked, type ProgramIo } from './program.ts';
import { shellSentence } from './shell-words.ts';
import { RoomHosts } from './room-hosts.ts';
import { defined } from '../shared/defined.ts';

/** `chat-tui host NAME`: keeps a room open until it is asked to end, and logs JSON lines. */
export async function hostMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const { options } = line;
  const { title, ...wanted } = wantedRoom(line);
  const policy = wantedPolicy(options);
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
  const notice = (text: string): void => write({ event: 'notice', code: 'start', text });
  for (const text of environment.notices) notice(text);
  try {
    const request = { title, ...wanted, ...defined({ code }) };
    const started = await Promise.race([hosts.start(request, policy), asked]);
    if (typeof started === 'number') return started;
    if (!started.ok) {
      const text = shellSentence(started.code, { name: relay ?? title, ...started });
      throw new ProgramError(text, exitCode(started.code), started.code);
    }
    const { host, via, relay: url, lostFile } = started.value;
    if (lostFile !== undefined) notice(lostRoomWords(title, lostFile));
    const owner = { nick, key: profile.key };
    const ready = () => readyEvent(host, owner, { room: title, via, relay: url });
    return await Promise.race([asked, logged(host, write, ready)]);
  } finally {
    await hosts.closeAll();
    profile.close();
    await environment.lan?.close();
  }
}

function wantedRoom({ words: [name = ''], options }: CommandLine) {
  const title = cleanTitle(name);
  if (title === undefined)
    throw new UsageError(
      `a room's name is 1 to ${MAX_TITLE_GRAPHEMES} characters without ~, not "${printable(name)}"`,
    );
  const isPrivate = options.switch('private');
  const topic = options.text('topic');
  if (topic !== undefined && utf8(sanitizeLine(topic)).length > MAX_TOPIC_BYTES)
    throw new UsageError(`--topic has at most ${MAX_TOPIC_BYTES} bytes; shorten it`);
  return {
    title,
    ...defined({ private: isPrivate, topic }),
  };
}

function wantedPolicy(options: OptionValues): RoomPolicy {
  const { backlog, retain, 'max-members': maxMembers, rate } = policyRanges;
  return {
    backlog: options.number('backlog', ...backlog) ?? defaultPolicy.backlog,
    retain:
      options.text('retain') === 'all'
        ? 'all'
        : (options.number('retain', ...retain, 'all') ?? defaultPolicy.retain),
    maxMembers: options.number('max-members', ...maxMembers) ?? defaultPolicy.maxMembers,
    rate: options.number('rate', ...rate) ?? defaultPolicy.rate,
  };
}

/** Logs what happens to the room, `ready` when it opens; rejects when it has come to an end. */
function logged(
  host: RunningHost,
  write: (line: HostLogLine) => void,
  ready: () => HostLogLine,
): Promise<never> {
  // Somebody else may be hosting the room; then it is this one's turn when they are gone.
  let open = host.state === 'online';
  write(open ? ready() : { event: 'state', state: 'reconnecting', reason: host.state });
  const isNews = onceAnOutage();
  return new Promise((_, reject) => {
    host.on((event) => {
      const line = hostLogEvent(event, (key) => host.member(key)?.nick);
      if (line && isNews(line)) write(line);
      if (event.type === 'stopped')
        reject(new ProgramError(shellSentence(event.code), exitCode(event.code), event.code));
      if (event.type !== 'online' || open) return;
      open = true;
      write(ready());
    });
  });
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
