/*
 * People who come and go, several identities in one process: joins, a line, a whisper, then a goodbye or a silent end;
 * some always with a wrong code.
 * `churn.ts FOLDER RELAY INVITE SEED`; each visit is a line of JSON.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openClient } from '../../src/client/client.ts';
import { openProfile } from '../../src/client/profile/profile.ts';
import { resolveFolders } from '../../src/files/folders.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { formatInvite, generateCode, parseInvite } from '../../src/shared/crypto/invite.ts';
import { seeded } from '../../test/support/seeded.ts';

const PEOPLE = 8;
/** Those from this number on have the wrong code. */
const FIRST_WRONG = 6;
const VISIT_MS = 1_500;
const [folder = '', relay = '', invite = '', seed = '1'] = process.argv.slice(2);
const random = seeded(Number(seed));
const parsed = parseInvite(invite);
const wrongInvite = parsed ? formatInvite({ ...parsed, code: generateCode() }) : invite;

async function visit(number: number): Promise<string> {
  const nick = `guest${number}`;
  const folders = resolveFolders({ home: join(folder, nick), env: {} });
  const opened = await openProfile({ folders, as: 'session', nick });
  if (!opened.ok) return opened.text;
  const client = await openClient({ profile: opened.value, relays: [relay], dialler: wsDialler });
  let end = 'left';
  try {
    const joined = await client.join(number < FIRST_WRONG ? invite : wrongInvite);
    if (!joined.ok) return joined.code;
    joined.value.say(`here I am, ${Math.floor(random() * 1e9)}`);
    joined.value.typing();
    const others = joined.value.members().filter(({ key }) => key !== client.self.key);
    const someone = others[Math.floor(random() * others.length)];
    if (someone) await client.whisper(someone.key, 'psst');
    await pause(random() * VISIT_MS);
    if (random() < 0.5) await joined.value.leave('bye');
    else end = 'vanished';
  } finally {
    await client.close();
    opened.value.close();
  }
  return end;
}

let going = true;
process.once('SIGTERM', () => (going = false));
while (going) {
  const outcome = await visit(Math.floor(random() * PEOPLE));
  process.stdout.write(`${JSON.stringify({ event: 'visit', outcome })}\n`);
  // A room that says no is not asked again at once.
  if (outcome !== 'left' && outcome !== 'vanished') await pause(VISIT_MS);
}
