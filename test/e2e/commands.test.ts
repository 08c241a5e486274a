import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/table.ts';
import {
  MAX_MOTD_BYTES,
  MAX_REASON_BYTES,
  MAX_STATUS_BYTES,
  MAX_TOPIC_BYTES,
} from '../../src/shared/limits.ts';
import type { JsonLine, Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

/** Olga owns the room, ada, bob and cleo are in it; dora has a name at the relay and is away. */
type Who = 'olga' | 'ada' | 'bob' | 'cleo';
/** Who types what, and what comes of it: a refusal's code, `sent`, `delivered`, `stored`, or words of the answer. */
type Row = readonly [who: Who, line: string, outcome: string | RegExp];

const long = (bytes: number): string => 'x'.repeat(bytes + 1);

const people: readonly Row[] = [
  ['ada', '/members', /bob +here +member/],
  ...['clients', 'names', 'n', 'who'].map((alias): Row => ['ada', `/${alias}`, /olga +here +owner/]),
  ['ada', '/me', 'usage'],
  ['ada', '/me waves', 'sent'],
  ['bob', '/nick', 'usage'],
  ['bob', '/nick a b', 'bad-nick'],
  ['bob', '/nick robert', /^You are robert now/],
  ['bob', '/nick bob', /^You are bob now/],
  ['bob', `/away ${long(MAX_STATUS_BYTES)}`, 'too-long'],
  ['bob', '/away lunch', /^You are away/],
  ['ada', '/who', /bob +away +member +\(lunch\)/],
  ['bob', '/back', /^Welcome back/],
  ['ada', '/whois', 'usage'],
  ['ada', '/whois nobody', 'no-such-person'],
  ['ada', '/wi bob', /Standing +not verified/],
  ['ada', '/fingerprint nobody', 'no-such-person'],
  ['ada', '/fingerprint bob', /^(\d{5}\s){12}bob~/],
  ['ada', '/safety', /yours alone/],
  ['ada', '/verify', 'usage'],
  ['ada', '/verify nobody', 'no-such-person'],
  ['ada', '/verify ada', 'target-self'],
  ['ada', '/verify bob', 'not-verified'],
  ['ada', '/verify bob 12345', 'wrong-number'],
  ['ada', '/trust', 'usage'],
  ['ada', '/trust bob', 'nothing-to-trust'],
  ['ada', '/trust nobody', 'nothing-to-trust'],
  ['ada', '/ignore', /^You ignore nobody/],
  ['ada', '/ignore nobody', 'no-such-person'],
  ['ada', '/unignore', 'usage'],
  ['ada', '/unignore bob', 'not-ignored'],
  ['ada', '/ignore bob', /^You see nothing of bob~/],
  ['ada', '/unignore bob', /^You see bob~.{4} again/],
  ['ada', '/bell loudly', 'bad-setting'],
  ['ada', '/bell off', /off/],
  ['ada', '/mute', /does not ring any more/],
  ['ada', '/unmute', /rings again/],
];

const whispers: readonly Row[] = [
  ['ada', '/reply hello?', 'no-whisper'],
  ['ada', '/whisper', 'usage'],
  ['ada', '/whisper bob', 'usage'],
  ['ada', '/whisper nobody psst', 'no-such-person'],
  ['ada', '/whisper ada psst', 'no-such-person'],
  ['ada', `/whisper bob ${long(4096)}`, 'too-long'],
  ...['whisper', 'w', 'msg', 'm', 'tell'].map((alias): Row => ['ada', `/${alias} bob psst`, 'delivered']),
  ['bob', '/inbox', /ada: psst/],
  ['bob', '/deliver', /^Nothing new/],
  ['bob', '/reply', 'usage'],
  ['bob', '/r what?', 'delivered'],
  ['ada', '/whisper dora are you there?', 'stored'],
  ['ada', '/query', 'usage'],
  ['ada', '/query nobody', 'no-such-person'],
  ['ada', '/query bob', /whispers to bob~/],
  ['ada', 'and this, too', 'delivered'],
  ['ada', '/leave', /for tea again/],
];

const accounts: readonly Row[] = [
  ['ada', '/register', 'usage'],
  ['ada', '/register ab', 'name-too-short'],
  ['ada', '/register Ada!', 'bad-name'],
  ['ada', '/register dora', 'name-taken'],
  ['ada', '/register lovelace', 'no-answer'],
  ['ada', '/login', 'usage'],
  ['ada', '/login dora', 'no-screen'],
  ['ada', '/logout', 'no-screen'],
  ['ada', '/passwd', 'not-registered'],
  ['ada', '/account', 'not-registered'],
  ['ada', '/account delete', 'not-registered'],
  ['ada', '/account burn', 'usage'],
  ['ada', '/users', /^dora +~\w{4}/],
  ['ada', '/users d*a', /^dora/],
  ['ada', '/users love*', /^No name here has love\*/],
  ['ada', '/users öl', 'bad-name'],
];

const messages: readonly Row[] = [
  ['cleo', '/edit hello', 'no-such-line'],
  ['cleo', '/delete', 'no-such-line'],
  ['cleo', '/quote bob hm', 'no-such-line'],
  ['cleo', '/react :+1: bob', 'no-such-line'],
  ['bob', 'milk furst?', 'sent'],
  ['bob', '/edit', 'usage'],
  ['bob', `/edit ${long(4096)}`, 'too-long'],
  ['bob', '/edit milk first?', 'sent'],
  ['cleo', '/quote', 'usage'],
  ['cleo', '/quote bob', 'usage'],
  ['cleo', '/quote nobody hm', 'no-such-person'],
  ['cleo', '/quote bob never', 'sent'],
  ['cleo', '/react', 'usage'],
  ['cleo', '/react :nosuchthing:', 'usage'],
  ['cleo', '/react :+1: nobody', 'no-such-person'],
  ['cleo', '/react :+1: bob', 'sent'],
  ['cleo', '/react :+1: bob', 'sent'],
  ['cleo', '/delete bob', 'not-allowed'],
  ['cleo', '/delete nobody', 'no-such-person'],
  ['cleo', '/delete', 'sent'],
  ['olga', '/delete bob', 'sent'],
  ['cleo', '/search', 'usage'],
  ['cleo', '/find nothing-like-it', /nothing/i],
  ['cleo', '/history 0', 'usage'],
  ['cleo', '/history 5', /taken back by olga/],
  ['cleo', '/open 1', 'no-screen'],
  ['cleo', '/copy 1', 'no-screen'],
];

const rules: readonly Row[] = [
  ['ada', '/op bob', 'not-allowed'],
  ['olga', '/op', 'usage'],
  ['olga', '/op nobody', 'no-such-member'],
  ['olga', '/op olga', 'target-self'],
  ['olga', '/op ada', 'sent'],
  ['olga', '/op ada', 'no-change'],
  ['olga', '/op cleo', 'sent'],
  ['ada', '/op bob', 'not-allowed'],
  ['ada', '/deop cleo', 'not-allowed'],
  ['olga', '/deop', 'usage'],
  ['olga', '/deop bob', 'no-change'],
  ['bob', '/topic cake', 'not-allowed'],
  ['ada', `/topic ${long(MAX_TOPIC_BYTES)}`, 'too-long'],
  ['ada', '/t cake', 'sent'],
  ['bob', '/topic', /cake/],
  ['bob', '/motd mind the cat', 'not-allowed'],
  ['ada', `/motd ${long(MAX_MOTD_BYTES)}`, 'too-long'],
  ['ada', '/motd mind the cat', 'sent'],
  ['bob', '/motd', /^mind the cat/],
  ['ada', '/motd mind the cat', 'no-change'],
  ['bob', '/slow 1', 'not-allowed'],
  ['bob', '/slow', /^Slow mode is off/],
  ['ada', '/slow soon', 'usage'],
  ['ada', '/slow off', 'no-change'],
  ['ada', '/slow 1', 'sent'],
  ['bob', '/slow', /one message in 1 s/],
  ['ada', '/slow off', 'sent'],
  ['bob', '/filter links on', 'not-allowed'],
  ['bob', '/filter', /^Nothing is kept out/],
  ['ada', '/filter cats on', 'usage'],
  ['ada', '/filter links', 'usage'],
  ['ada', '/filter links off', 'no-change'],
  ['ada', '/filter links on', 'sent'],
  ['ada', '/filter invites on', 'sent'],
  ['bob', '/filter', /^Kept out: links, invites/],
  ['bob', 'see https://example.org', 'links-filtered'],
  ['bob', 'tc://localhost/abc', 'invites-filtered'],
  ['bob', 'no link', 'sent'],
  ['bob', '/edit https://example.org', 'links-filtered'],
  ['ada', 'see https://example.org', 'sent'],
];

const sanctions: readonly Row[] = [
  ['bob', '/silence cleo', 'not-allowed'],
  ['ada', '/silence', 'usage'],
  ['ada', '/silence bob soon', 'usage'],
  ['ada', '/silence nobody', 'no-such-member'],
  ['ada', '/silence olga', 'target-owner'],
  ['ada', '/silence cleo', 'outranked'],
  ['ada', '/silence ada', 'target-self'],
  ['ada', '/silence bob off', 'no-change'],
  ['ada', '/silence bob 10m', 'sent'],
  ['bob', 'may I?', 'muted'],
  ['bob', '/me may I?', 'muted'],
  ['ada', '/who', /bob .*silenced/],
  ['ada', '/silence bob off', 'sent'],
  ['bob', 'thank you', 'sent'],
  ['bob', '/kick cleo', 'not-allowed'],
  ['ada', '/kick', 'usage'],
  ['ada', '/k nobody', 'no-such-member'],
  ['ada', '/kick ada', 'target-self'],
  ['ada', '/kick olga', 'target-owner'],
  ['ada', '/kick cleo', 'outranked'],
  ['ada', `/kick bob ${long(MAX_REASON_BYTES)}`, 'too-long'],
  ['bob', '/bans', 'not-allowed'],
  ['ada', '/bans', /^Nobody is banned/],
  ['bob', '/ban cleo', 'not-allowed'],
  ['ada', '/ban', 'usage'],
  ['ada', '/ban nobody', 'no-such-person'],
  ['ada', '/ban ada', 'target-self'],
  ['ada', '/ban bob 2hours', 'usage'],
  ['ada', '/ban bob 10 spam', 'usage'],
  ['ada', '/ban olga', 'target-owner'],
  ['ada', '/ban cleo 1h', 'outranked'],
  ['bob', '/unban cleo', 'not-allowed'],
  ['ada', '/unban', 'usage'],
  ['ada', '/unban cleo', 'no-change'],
  ['ada', '/kick bob enough', 'sent'],
  ['olga', '/ban cleo 2h spam', 'sent'],
  ['ada', '/bans', /^cleo~\w{4} +2 h left +by olga +spam$/],
  ['ada', '/ub cleo', 'sent'],
  ['ada', '/bans', /^Nobody is banned/],
  ['olga', '/deop ada', 'sent'],
  ['ada', '/bans', 'not-allowed'],
];

const parts = { people, whispers, accounts, messages, rules, sanctions };
/** Outside a room all of these are refused; a pipe is in one. */
const neverRefused = new Set(['members', 'back', 'inbox', 'mute', 'unmute']);

const pipes = {} as Record<Who, Program>;
let stage: Stage;
beforeAll(async () => {
  stage = new Stage();
  const { url } = await stage.relay();
  writeFileSync(stage.path('none'), '');
  const dora = stage.program(
    'dora',
    'account',
    'register',
    'dora',
    '--password-file',
    stage.path('none'),
    '--relay',
    url,
    '--no-lan',
  );
  dora.end();
  await dora.exited;
  if (dora.stderr !== '') throw new Error(dora.stderr);
  const once = stage.program('dora', 'pipe', 'tea', '--relay', url, '--nick', 'dora', '--json');
  await stage.host('olga', 'tea', '--relay', url, '--rate', '1000', '--nick', 'olga');
  once.end();
  for (const who of ['olga', 'ada', 'bob', 'cleo'] as const) {
    pipes[who] = stage.program(who, 'pipe', 'tea', '--relay', url, '--nick', who, '--json', '--follow');
    await pipes[who].event('ready');
  }
  await once.exited;
});
afterAll(() => stage.close());

/** What everybody before has done is known to `who`, too: the host has answered both. */
let last: Who = 'olga';
async function follow(who: Who): Promise<void> {
  if (who === last) return;
  for (const each of [last, who]) if (!gone.has(each)) await outcomeOf(each, '/ping', 'answer');
  last = who;
}
const gone = new Set<Who>();
/** What was said with each refusal. */
const refusals: string[] = [];

let typed = 0;
async function outcomeOf(who: Who, text: string, wanted: 'answer' | 'stored' | 'end'): Promise<string> {
  const program = pipes[who];
  const id = `typed ${++typed}`;
  const from = program.lines.length;
  program.send({ text, id });
  const isOutcome = (line: JsonLine): boolean =>
    line.event === 'notice'
      ? line['code'] === 'answer' && wanted === 'answer'
      : line['id'] === id && (wanted === 'stored' || line.event !== 'whisper-stored');
  const line = await program.until(
    () => program.lines.slice(from).find(isOutcome),
    `what becomes of ${text}`,
  );
  if (line.event === 'notice') return String(line['text']);
  if (line.event !== 'failed' && line.event !== 'whisper-failed') return line.event.replace('whisper-', '');
  refusals.push(String(line['text']));
  return String(line['code']);
}

describe.each(Object.entries(parts))('commands of a pipe: %s', (_name, rows) => {
  it.each(rows)('%s: %s', async (who, line, expected) => {
    const wanted = expected === 'stored' ? 'stored' : typeof expected === 'string' ? 'end' : 'answer';
    const pattern = typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected;
    await follow(who);
    let outcome = await outcomeOf(who, line, wanted);
    // Presence and the like may take another round trip.
    for (let again = 0; wanted === 'answer' && again < 20 && !pattern.test(outcome); again++) {
      await outcomeOf(who, '/ping', 'answer');
      outcome = await outcomeOf(who, line, wanted);
    }
    if (outcome === 'sent' && /^\/(?:kick bob|ban cleo)/.test(line))
      gone.add(line.includes('bob') ? 'bob' : 'cleo');
    expect(outcome).toMatch(pattern);
  });
});

describe('these tests', () => {
  const rows = Object.values(parts).flat();
  const areas = new Set(['people', 'whispers', 'account', 'messages', 'moderation', 'noise']);
  const wanted = commands.filter(({ name, area }) => areas.has(area) || name === 'topic' || name === 'motd');
  const of = (name: string, aliases: readonly string[]): Row[] =>
    rows.filter(([, line]) => [name, ...aliases].some((each) => new RegExp(`^/${each}( |$)`).test(line)));

  it('have been refused in sentences that say what to do, or how it is to be typed', () => {
    expect(refusals.length).toBeGreaterThan(80);
    expect(refusals.filter((text) => !/^\S.*\.$|Usage: \/\w+/s.test(text))).toEqual([]);
    expect(refusals.filter((text) => text.length > 250)).toEqual([]);
  });

  it.each(wanted.map(({ name, aliases }) => [name, aliases] as const))('try /%s', (name, aliases) => {
    const tried = of(name, aliases);
    expect(tried.length).toBeGreaterThan(0);
    const refused = tried.filter(
      ([, , outcome]) => typeof outcome === 'string' && !['sent', 'delivered', 'stored'].includes(outcome),
    );
    expect(refused.length > 0 || neverRefused.has(name)).toBe(true);
  });
});
