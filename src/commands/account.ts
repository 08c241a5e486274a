import type { AccountName, FoundUser } from '../client/account/registered-names.ts';
import type { Settings } from '../client/profile/settings.ts';
import { fullName } from '../client/words/full-name.ts';
import { columns } from '../shared/columns.ts';
import { answer, done, refuse, refused, refuseUsage, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome, Front } from './context.ts';

const registerUsage = '/register NAME';
const loginUsage = '/login NAME';
const accountUsage = '/account [delete]';
const usersUsage = '/users [TEXT]';

function unchanged({ screen }: Front): CommandOutcome {
  const where = screen ? '' : ' In a script, use chat-tui account.';
  return refuse('no-answer', `Nothing was changed, because no answer was given.${where}`);
}
const noScreen = refuse(
  'no-screen',
  'To be somebody else needs a start from new; in a script, use chat-tui account.',
);

export const accounts: readonly Command[] = [
  {
    name: 'register',
    aliases: [],
    area: 'account',
    usage: registerUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'have a name of your own at the relay',
    run: register,
  },
  {
    name: 'login',
    aliases: [],
    area: 'account',
    usage: loginUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'be a registered name on this device',
    run: login,
  },
  {
    name: 'logout',
    aliases: [],
    area: 'account',
    usage: '/logout',
    where: 'anywhere',
    who: 'everyone',
    help: 'be who you were before on this device',
    run: logout,
  },
  {
    name: 'passwd',
    aliases: [],
    area: 'account',
    usage: '/passwd',
    where: 'anywhere',
    who: 'everyone',
    help: 'set the password of your name, or remove it',
    run: passwd,
  },
  {
    name: 'account',
    aliases: [],
    area: 'account',
    usage: accountUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'show your name at the relay, or give it up',
    complete: ['delete'],
    run: account,
  },
  {
    name: 'users',
    aliases: [],
    area: 'account',
    usage: usersUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'list registered names; * stands for anything',
    run: async (args, { client }) => {
      const text = args.trim();
      if (/\s/.test(text)) return refuseUsage(usersUsage);
      const found = await client.account.search(text);
      if (!found.ok) return refused(found, { name: text });
      const { users, more } = found.value;
      if (users.length === 0) return answer(noUsers(text));
      return answer(`${userTable(users)}${more ? '\n… and more; /users TEXT finds those with a text.' : ''}`);
    },
  },
];

async function register(args: string, { client, front }: CommandContext): Promise<CommandOutcome> {
  const name = args.trim();
  if (name === '' || /\s/.test(name)) return refuseUsage(registerUsage);
  const free = await client.account.check(name);
  if (!free.ok) return refused(free, { name });
  const password = await newPassword(front, `Password of ${name} for other devices; empty: this device only`);
  if ('type' in password) return password;
  const registered = await client.account.register(name, password.given, bar(front));
  return registered.ok ? answer(registeredWords(registered.value)) : refused(registered, { name });
}

async function login(args: string, { client, front, settings }: CommandContext): Promise<CommandOutcome> {
  const name = args.trim();
  const { reopen } = front;
  if (name === '' || /\s/.test(name)) return refuseUsage(loginUsage);
  if (!reopen) return noScreen;
  const { account: own, self } = client;
  const question = `Be ${name} here? Key and history of ${self.nick} are kept, rooms hosted here close`;
  if (own.hasHistory && !(await front.confirm(question))) return unchanged(front);
  let logged = await own.login(name, undefined);
  if (!logged.ok && logged.code === 'password-needed') {
    const password = await front.askSecret(`Password of ${name}`);
    if (password === undefined) return unchanged(front);
    logged = await own.login(name, password, bar(front));
  }
  if (!logged.ok) return refused(logged, { name });
  if (logged.value.key === self.key) return answer(`You are ${name} already.`);
  settings.update(nickFor(name, settings.values.nick ?? self.nick, settings));
  reopen(name);
  return done;
}

async function logout(_args: string, { client, front, settings }: CommandContext): Promise<CommandOutcome> {
  const { reopen } = front;
  if (!reopen) return noScreen;
  const mine = await client.account.mine();
  // Where the relay cannot be asked, leaving must still be possible.
  if (!mine.ok && mine.code === 'not-registered') return refused(mine);
  const who = mine.ok ? mine.value.nick : client.self.nick;
  if (!(await front.confirm(`Log out of ${who}? Its key and history stay on this device`)))
    return unchanged(front);
  const left = client.account.logout();
  if (!left.ok) return refused(left);
  const { nickBefore: nick } = settings.values;
  if (nick !== undefined) settings.update({ nick, nickBefore: undefined });
  reopen(nick);
  return done;
}

async function passwd(_args: string, { client, front }: CommandContext): Promise<CommandOutcome> {
  const mine = await client.account.mine();
  if (!mine.ok) return refused(mine);
  const { nick: name } = mine.value;
  const password = await newPassword(front, `New password of ${name}; empty: none`);
  if ('type' in password) return password;
  const set = await client.account.setPassword(password.given, bar(front));
  if (!set.ok) return refused(set, { name });
  return answer(
    set.value.password
      ? `The password of ${name} is changed; the old one opens nothing any more.`
      : `${name} has no password any more: it can be had on no other device.`,
  );
}

async function account(args: string, { client, front }: CommandContext): Promise<CommandOutcome> {
  const word = args.trim();
  if (word !== '' && word !== 'delete') return refuseUsage(accountUsage);
  const mine = await client.account.mine();
  if (!mine.ok) return refused(mine);
  const { nick: name } = mine.value;
  if (word === '') return answer(accountWords(mine.value));
  const question = `Give up ${name}? Nobody else gets it for 90 days; its password opens nothing any more`;
  if (!(await front.confirm(question))) return unchanged(front);
  const removed = await client.account.remove({ stay: true });
  return removed.ok ? answer(removedWords(removed.value)) : refused(removed, { name });
}

/** Asked for twice; empty is no password. */
async function newPassword(
  front: Front,
  question: string,
): Promise<{ readonly given: string | undefined } | CommandOutcome> {
  const first = await front.askSecret(question);
  if (first === undefined) return unchanged(front);
  if (first === '') return { given: undefined };
  const second = await front.askSecret('The same password once more');
  if (second === undefined) return unchanged(front);
  return second === first ? { given: first } : refused({ code: 'passwords-differ' });
}

function bar(front: Front): (done: number) => void {
  return (part) => front.progress?.('working on the password', part);
}

/** Settings of somebody who is called `name` from now on; from one account to the next, the first nick is remembered. */
export function nickFor(
  name: string,
  before: string,
  { values }: Settings,
): { readonly nick: string; readonly nickBefore: string } {
  return { nick: name, nickBefore: values.nickBefore ?? before };
}

/** `by` is what commands begin with. */
export function registeredWords({ nick, password }: AccountName, by = '/'): string {
  return password
    ? `You are ${nick} at this relay. ${by}login ${nick} and the password make you ${nick} on another device.`
    : `You are ${nick} at this relay, on this device only; ${by}passwd sets a password for others.`;
}

export function accountWords(account: AccountName): string {
  const { relay, password } = account;
  return `You are ${fullName(account)} at ${relay}, ${password ? 'with a password for other devices' : 'on this device only'}.`;
}

export function removedWords(name: string): string {
  return `${name} is given up. Nobody else gets it for 90 days; what you said and sent stays.`;
}

export function userTable(users: readonly FoundUser[]): string {
  return columns(users.map(({ nick, tag, online }) => [nick, `~${tag}`, online ? 'online' : '']));
}

/** Of a search for `text` that found nobody; `by` is what commands begin with. */
export function noUsers(text: string, by = '/'): string {
  if (text === '') return `Nobody has a name here yet; ${by}register NAME.`;
  return `No name here has ${shortened(text)} in it.`;
}
