import type { ChatClient, RoomSession } from '../client/api.ts';
import type { RelayInfo } from '../client/session-events.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { relayTroubleWords, roomStateWords } from '../client/words/state-words.ts';
import { columns } from '../shared/columns.ts';
import { answer, type Command } from './command.ts';

/** One thing looked at: how it is, and what to do where it is not well. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly text: string;
  readonly remedy?: string;
}

const marks: Readonly<Record<Check['state'], string>> = { good: '✓', warning: '!', bad: '✗' };
/** A round trip that people begin to notice. */
const SLOW_MS = 400;

export const doctorCommand: Command = {
  name: 'doctor',
  aliases: [],
  area: 'line',
  usage: '/doctor',
  where: 'anywhere',
  who: 'everyone',
  help: 'find what is wrong, and say what to do',
  run: async (_args, { client, room, front, hosting, version }) => {
    const checks: Check[] = [
      { name: 'program', state: 'good', text: `chat-tui ${version}, Node ${process.versions.node}` },
      ...(front.screen?.terminal() ?? []),
      profileCheck(client),
      ...((await hosting.networkChecks?.()) ?? []),
      ...(await relayChecks(client)),
      ...(room ? [await hostCheck(room)] : []),
    ];
    return answer(checkLines(checks));
  },
};

/** Aligned, each remedy below what it is for, and one sentence to end with. */
export function checkLines(checks: readonly Check[]): string {
  const rows = checks.flatMap(({ name, state, text, remedy }) => [
    [`${marks[state]} ${name}`, text],
    ...(remedy === undefined ? [] : [['', `→ ${remedy}`]]),
  ]);
  const wrong = checks.filter(({ state }) => state !== 'good').length;
  const end =
    wrong === 0 ? 'All is well.' : `${wrong} ${wrong === 1 ? 'thing needs' : 'things need'} a look.`;
  return `${columns(rows)}\n${end}`;
}

/** Each relay is asked for an answer once more. */
export async function relayChecks(client: ChatClient): Promise<Check[]> {
  const relays = client.relays();
  if (relays.length === 0) {
    const text = 'none; rooms on this machine and network need none';
    return [{ name: 'relay', state: 'good', text }];
  }
  return Promise.all(relays.map((relay) => relayCheck(client, relay)));
}

async function relayCheck(client: ChatClient, relay: RelayInfo): Promise<Check> {
  const { url, state, reason } = relay;
  const name = relay.via === 'lan' ? 'nearby' : 'relay';
  if (state !== 'online') {
    const remedy =
      reason === undefined ? 'Wait a moment; it is being called.' : sentence(reason, { name: url });
    const tried = state === 'connecting' && reason === undefined;
    return { name, state: tried ? 'warning' : 'bad', text: `${url}: ${relayTroubleWords(relay)}`, remedy };
  }
  return timed(
    name,
    url,
    await client.ping(url),
    'The relay is slow or far away; another one may be nearer.',
  );
}

async function hostCheck(room: RoomSession): Promise<Check> {
  const { title, relay } = room.info;
  if (room.reason === 'left-out') {
    const text = `${title}: not called, since --relay names another relay`;
    return { name: 'host', state: 'warning', text, remedy: `/connect ${relay} calls it.` };
  }
  if (room.state !== 'online') {
    const waiting = room.pending().length;
    const lines = waiting === 1 ? '1 line waits here and goes' : `${waiting} lines wait here and go`;
    const remedy =
      waiting > 0
        ? `${lines} out when the host is back; nothing need be done.`
        : 'It is called again by itself; ask the host, in another way, whether its program runs.';
    return {
      name: 'host',
      state: 'bad',
      text: `${title}: ${roomStateWords(room.state, room.reason)}`,
      remedy,
    };
  }
  return timed('host', title, await room.ping(), "The host's machine or its network is slow; ask its owner.");
}

function timed(name: string, what: string, ms: number | undefined, remedy: string): Check {
  if (ms === undefined) return { name, state: 'bad', text: `${what}: no answer`, remedy };
  const text = `${what}: ${Math.max(1, Math.round(ms))} ms`;
  return ms > SLOW_MS ? { name, state: 'warning', text, remedy } : { name, state: 'good', text };
}

function profileCheck({ self }: ChatClient): Check {
  if (!self.guest) return { name: 'profile', state: 'good', text: `${self.nick}, key tag ${self.tag}` };
  return {
    name: 'profile',
    state: 'warning',
    text: `${self.nick}, a guest: nothing is kept`,
    remedy: 'Another chat-tui has this profile open; close it, or start with --profile NAME.',
  };
}
