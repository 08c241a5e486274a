import type { People, PersonFile } from '../client/people/people.ts';
import { stampOf } from '../client/saving/export.ts';
import { fullName } from '../client/words/full-name.ts';
import type { Person } from '../client/session-events.ts';
import { presenceWords, roleWords, standingWords } from '../client/words/state-words.ts';
import type { RoomId } from '../shared/ids.ts';
import { columns } from '../shared/columns.ts';
import { answer, refuse, refused, refuseUsage, shortened, type Command } from './command.ts';
import { firstWord } from './arguments.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

const whoisUsage = '/whois NICK';
const verifyUsage = '/verify NICK [NUMBER]';
const trustUsage = '/trust NICK|ROOM';
const unignoreUsage = '/unignore NICK';

export const trust: readonly Command[] = [
  {
    name: 'whois',
    aliases: ['wi'],
    area: 'people',
    usage: whoisUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'tell what is known of somebody',
    complete: 'nick',
    run: async (args, ctx) => {
      const whom = args.trim() || ctx.person?.key;
      if (whom === undefined) return refuseUsage(whoisUsage);
      const found = await find(whom, ctx);
      return found.ok ? answer(whois(found.value, ctx)) : found.refusal;
    },
  },
  {
    name: 'fingerprint',
    aliases: ['safety'],
    area: 'people',
    usage: '/fingerprint [NICK]',
    where: 'anywhere',
    who: 'everyone',
    help: 'show the number that proves who is who',
    complete: 'nick',
    run: async (args, ctx) => {
      if (args.trim() === '') return fingerprint(undefined, ctx);
      const found = await find(args, ctx);
      return found.ok ? fingerprint(found.value, ctx) : found.refusal;
    },
  },
  {
    name: 'verify',
    aliases: [],
    area: 'people',
    usage: verifyUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'note that you compared that number',
    complete: 'nick',
    notes: [['NUMBER', 'what the other one read to you: it is compared']],
    run: verify,
  },
  {
    name: 'trust',
    aliases: [],
    area: 'people',
    usage: trustUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'accept who has a name you know now',
    complete: 'nick',
    run: trustName,
  },
  {
    name: 'ignore',
    aliases: [],
    area: 'noise',
    usage: '/ignore [NICK]',
    where: 'anywhere',
    who: 'everyone',
    help: 'see nothing of somebody, or list them',
    complete: 'nick',
    run: async (args, ctx) => {
      const { people } = ctx.client;
      if (args.trim() === '') return answer(ignoredList(people.ignored()));
      const found = await find(args, ctx);
      if (!found.ok) return found.refusal;
      if (found.value.key === ctx.client.self.key)
        return refuse('target-self', 'That is you; ignore somebody else.');
      const ignored = people.ignore(found.value);
      if (!ignored.ok) return refused(ignored, { limit: people.ignored().length });
      const name = fullName(found.value);
      return answer(
        `You see nothing of ${name} any more, and your relays take no whispers of theirs. They are not told. /unignore ${name} ends it.`,
      );
    },
  },
  {
    name: 'unignore',
    aliases: [],
    area: 'noise',
    usage: unignoreUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'see somebody again',
    run: async (args, { client }) => {
      const name = args.trim();
      if (name === '') return refuseUsage(unignoreUsage, ignoredList(client.people.ignored()));
      const fits = client.people.ignored().filter((person) => isCalled(person, name));
      const [person, other] = fits;
      if (!person)
        return refuse('not-ignored', `You do not ignore ${shortened(name)}; /ignore lists whom you do.`);
      if (other)
        return refused({ code: 'ambiguous-person', names: fits.map(fullName) }, { name: shortened(name) });
      client.people.unignore(person.key);
      return answer(`You see ${fullName(person)} again, with what was said here meanwhile.`);
    },
  },
];

type Found =
  { readonly ok: true; readonly value: Person } | { readonly ok: false; readonly refusal: CommandOutcome };

async function find(name: string, { client, room }: CommandContext): Promise<Found> {
  const wanted = name.trim();
  if (isCalled(client.self, wanted) && wanted.includes('~')) return { ok: true, value: client.self };
  if (isCalled(client.self, wanted) && !client.people.find(wanted, room?.info.id).ok)
    return { ok: true, value: client.self };
  const found = await client.people.look(wanted, room?.info.id);
  if (found.ok) return found;
  return { ok: false, refusal: refused(found, { name: shortened(wanted) }) };
}

function isCalled(person: Person, name: string): boolean {
  const wanted = name.toLowerCase();
  const { key, nick } = person;
  return wanted === key || [nick, fullName(person)].some((each) => each.toLowerCase() === wanted);
}

function whois(person: Person, { client }: CommandContext): string {
  const file = client.people.about(person);
  const me = person.key === client.self.key;
  const rows: (readonly [string, string])[] = [
    ['Name', fullName(person)],
    ...(me ? [['Standing', 'you'] as const] : standingRows(file)),
    ...file.rooms.map(
      ({ info, member }) =>
        [
          `In ${info.title}`,
          // In brackets, so that a status cannot pass for what the program says.
          `${roleWords[member.role]}, ${presenceWords[member.presence]}${member.status === undefined ? '' : ` (${member.status})`}`,
        ] as const,
    ),
    ...(file.rooms.length === 0 && !me ? [['Rooms', 'none that you are in now'] as const] : []),
    ['Key', person.key],
  ];
  return columns(rows);
}

function standingRows(file: PersonFile): (readonly [string, string])[] {
  const { standing, stranger, verifiedAt, firstSeen, ignored, namesakes } = file;
  const since = standing === 'verified' && verifiedAt !== undefined ? `, ${stampOf(verifiedAt)}` : '';
  return [
    ['Standing', `${stranger && standing === 'new' ? 'never met' : standingWords[standing]}${since}`],
    ...(standing === 'changed' ? [['You know', namesakes.map(fullName).join(', ')] as const] : []),
    ...(firstSeen === undefined ? [] : [['First seen', stampOf(firstSeen)] as const]),
    ...(ignored ? [['Ignored', 'yes; /unignore ends it'] as const] : []),
  ];
}

/** Three rows of four groups are easier to read aloud than twelve in a row. */
function inRows(number: string): string {
  const groups = number.split(' ');
  return [0, 4, 8].map((at) => groups.slice(at, at + 4).join(' ')).join('\n');
}

async function fingerprint(person: Person | undefined, { client }: CommandContext): Promise<CommandOutcome> {
  const other = person && person.key !== client.self.key ? person : undefined;
  const number = client.people.safetyNumber(other?.key);
  const name = other && fullName(other);
  const words = name
    ? `${name} sees the same number under /fingerprint ${fullName(client.self)} if nobody has come between you. Compare it face to face or by phone, then /verify ${name}.`
    : `This number is yours alone. To be sure of somebody, compare /fingerprint NICK with them.`;
  const { renderUnicodeCompact } = await import('uqr');
  return {
    type: 'answer',
    text: `${inRows(number)}\n${words}`,
    figure: renderUnicodeCompact(number.replaceAll(' ', '')),
  };
}

async function verify(args: string, ctx: CommandContext): Promise<CommandOutcome> {
  const { client, front } = ctx;
  const [name, typed] = firstWord(args);
  if (name === '') return refuseUsage(verifyUsage);
  const found = await find(name, ctx);
  if (!found.ok) return found.refusal;
  const person = found.value;
  if (person.key === client.self.key)
    return refuse('target-self', 'That is you; compare with somebody else.');
  const shown = fullName(person);
  const number = client.people.safetyNumber(person.key);
  if (typed.trim() !== '') {
    if (typed.replaceAll(/\D/g, '') !== number.replaceAll(' ', '')) {
      return refuse(
        'wrong-number',
        `That is not the number you share with ${shown}: nothing is verified. Read it again; if it stays different, somebody may have come between you.`,
      );
    }
  } else {
    front.tell(`The number you share with ${shown}:\n${inRows(number)}`);
    if (!(await front.confirm(`Does ${shown} read you the same 12 groups?`))) {
      return refuse(
        'not-verified',
        `${shown} is not verified; ${verifyUsage} compares a number that you type.`,
      );
    }
  }
  client.people.verify(person);
  return answer(`${shown} is verified: whoever takes this name now is told apart.`);
}

async function trustName(args: string, { client, room }: CommandContext): Promise<CommandOutcome> {
  const { people } = client;
  const name = args.trim();
  if (name === '') return refuseUsage(trustUsage);
  const called = peopleCalled(name, people, room?.info.id);
  const changed = called.filter(({ standing }) => standing === 'changed');
  const [person, other] = changed;
  if (other)
    return refused({ code: 'ambiguous-person', names: changed.map(fullName) }, { name: shortened(name) });
  if (!person) return trustRoom(name, people, called.length > 0);
  people.trust(person);
  const before = person.namesakes.map(fullName).join(', ');
  return answer(
    `${fullName(person)} is ${person.nick} for you from now on (before: ${before}). You can write to them.`,
  );
}

/** Everybody whom the name may mean. */
function peopleCalled(name: string, people: People, room: RoomId | undefined): readonly PersonFile[] {
  const found = people.find(name, room);
  if (found.ok) return [people.about(found.value)];
  return (found.names ?? []).flatMap((each) => {
    const one = people.find(each, room);
    return one.ok ? [people.about(one.value)] : [];
  });
}

function trustRoom(name: string, people: People, isPerson: boolean): CommandOutcome {
  const opened = people.trustRoom(name);
  if (opened.ok)
    return answer(
      `${opened.value} is ${shortened(name)} for you from now on; /join ${opened.value} goes in.`,
    );
  if (opened.code === 'ambiguous-room') return refused(opened, { name: shortened(name) });
  return refuse(
    'nothing-to-trust',
    isPerson
      ? `${shortened(name)} is who you think: there is nothing to decide.`
      : `Neither a person nor a room that you know is called ${shortened(name)}.`,
  );
}

function ignoredList(people: readonly Person[]): string {
  return people.length === 0 ? 'You ignore nobody.' : `You ignore ${people.map(fullName).join(', ')}.`;
}
