/*
 * People who never get in, each with a key of its own: a wrong code, an end in the middle of the handshake, nonsense, or
 * nothing said at all. `strangers.ts RELAY INVITE SEED`; each try is a line of JSON.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ScriptedMember } from '../../test/support/peers/scripted-member.ts';
import { parseInvite, idBytes, randomBytes } from '../../src/shared/public.ts';
import { seeded } from '../../test/support/seeded.ts';

const TRY_MS = 150;
const [relay = '', invite = '', seed = '1'] = process.argv.slice(2);
const random = seeded(Number(seed));
const parsed = parseInvite(invite);
if (!parsed) throw new Error('an invite that says nothing');
const room = idBytes(parsed.room);

type Try = (member: ScriptedMember) => Promise<string>;

const tries: readonly Try[] = [
  async (member) => {
    const circuit = await member.enter(room, { code: randomBytes(16) });
    return await circuit.hungUp();
  },
  async (member) => {
    await member.dial(room);
    return 'gone before a word';
  },
  async (member) => {
    const circuit = await member.dial(room);
    circuit.raw(randomBytes(32));
    if (random() < 0.5) await member.line.settled();
    return 'gone in the handshake';
  },
  async (member) => {
    const circuit = await member.dial(room);
    circuit.raw(randomBytes(1 + Math.floor(random() * 600)));
    circuit.raw(randomBytes(1 + Math.floor(random() * 600)));
    return await circuit.hungUp();
  },
  async (member) => {
    // Kept out by the room's patience, or by those who come after.
    const circuit = await member.dial(room);
    return await circuit.hungUp().catch(() => 'kept waiting');
  },
];

async function attempt(go: Try): Promise<string> {
  const member = await ScriptedMember.logIn(relay);
  try {
    return await go(member);
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 40) : 'failed';
  } finally {
    await member.line.close();
  }
}

let going = true;
process.once('SIGTERM', () => (going = false));
while (going) {
  const go = tries[Math.floor(random() * tries.length)];
  // Those who are silent must not hold up the others.
  if (go)
    void attempt(go).then((outcome) =>
      process.stdout.write(`${JSON.stringify({ event: 'try', outcome })}\n`),
    );
  await pause(random() * 2 * TRY_MS);
}
process.exit();
