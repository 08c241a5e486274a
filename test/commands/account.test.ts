import { beforeEach, describe, expect, it } from 'vitest';
import { Typist } from '../support/command-rig.ts';
import { MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;
let ada: Typist;
let bob: Typist;
beforeEach(() => {
  world = new MemoryWorld();
  [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
});

const text = async (typist: Typist, line: string): Promise<string> => {
  const outcome = await typist.run(line);
  return 'text' in outcome ? outcome.text : outcome.type;
};

async function registered(typist: Typist, name: string, password = ''): Promise<void> {
  typist.front.secrets.push(password, password);
  await typist.run(`/register ${name}`);
  typist.front.secrets.length = 0;
}

describe('/register', () => {
  it('asks for a password twice, masked, and says what it is good for', async () => {
    ada.front.secrets.push('long enough', 'long enough');
    expect(await text(ada, '/register lovelace')).toBe(
      'You are lovelace at this relay. /login lovelace and the password make you lovelace on another device.',
    );
    expect(ada.front.questions).toEqual([
      'Password of lovelace for other devices; empty: this device only',
      'The same password once more',
    ]);
    expect(world.names.get('lovelace')?.password).toBe('long enough');
  });

  it('needs no password for this device only', async () => {
    ada.front.secrets.push('');
    expect(await text(ada, '/register lovelace')).toMatch(/on this device only; \/passwd sets a password/);
    expect(ada.front.questions).toHaveLength(1);
  });

  it('shows how far the password is', async () => {
    ada.front.secrets.push('long enough', 'long enough');
    await ada.run('/register lovelace');
    expect(ada.front.progressed).toEqual([0.5, 1]);
  });

  it.each([
    ['/register', 'usage'],
    ['/register two words', 'usage'],
    ['/register ab', 'name-too-short'],
    ['/register Ada', 'bad-name'],
  ])('refuses %j with %s and asks nothing', async (line, code) => {
    expect(await ada.run(line)).toMatchObject({ type: 'refused', code });
    expect(ada.front.questions).toEqual([]);
  });

  it('says that a name is taken before it asks for a password', async () => {
    await registered(bob, 'lovelace');
    expect(await ada.run('/register lovelace')).toEqual({
      type: 'refused',
      code: 'name-taken',
      text: 'lovelace is taken; choose another.',
    });
    expect(ada.front.questions).toEqual([]);
  });

  it('says that one has a name already', async () => {
    await registered(ada, 'lovelace');
    expect(await ada.run('/register other')).toMatchObject({ code: 'has-name' });
  });

  it.each([
    [['one password', 'another one'], 'passwords-differ'],
    [['short', 'short'], 'password-too-short'],
    [[undefined], 'no-answer'],
    [['long enough', undefined], 'no-answer'],
  ])('changes nothing for the answers %j', async (answers, code) => {
    ada.front.secrets.push(...answers);
    expect(await ada.run('/register lovelace')).toMatchObject({ type: 'refused', code });
    expect(world.names.size).toBe(0);
  });

  it('takes no password from the line', async () => {
    expect(await ada.run('/register lovelace secret-on-the-line')).toMatchObject({ code: 'usage' });
    expect(world.names.size).toBe(0);
  });
});

describe('/login', () => {
  it('asks for the password and starts from new as that name', async () => {
    await registered(ada, 'lovelace', 'long enough');
    bob.front.secrets.push('long enough');
    expect(await bob.run('/login lovelace')).toEqual({ type: 'done' });
    expect(bob.client.account.switchedTo).toBe('lovelace');
    expect(bob.front.reopened).toEqual(['lovelace']);
    expect(bob.settings.values.nick).toBe('lovelace');
    expect(await bob.run('/logout')).toMatchObject({ code: 'not-registered' });
    bob.client.account.refusal = 'unreachable';
    await bob.run('/logout');
    expect(bob.front.reopened).toEqual(['lovelace', 'bob']);
    expect(bob.settings.values).toMatchObject({ nick: 'bob', nickBefore: undefined });
  });

  it('asks first where there is a history, and changes nothing without a yes', async () => {
    await registered(ada, 'lovelace', 'long enough');
    bob.client.account.hasHistory = true;
    bob.front.confirms = false;
    expect(await bob.run('/login lovelace')).toMatchObject({ code: 'no-answer' });
    expect(bob.front.questions).toEqual([
      'Be lovelace here? Key and history of bob are kept, rooms hosted here close',
    ]);
    expect([bob.front.reopened, bob.client.account.switchedTo]).toEqual([[], undefined]);
  });

  it.each([
    ['/login lovelace', ['not this one'], 'wrong-password'],
    ['/login lovelace', [undefined], 'no-answer'],
    ['/login nobody', [], 'no-such-name'],
    ['/login', [], 'usage'],
  ])('refuses %s with the answers %j: %s', async (line, answers, code) => {
    await registered(ada, 'lovelace', 'long enough');
    bob.front.secrets.push(...answers);
    expect(await bob.run(line)).toMatchObject({ type: 'refused', code });
    expect(bob.front.reopened).toEqual([]);
  });

  it('has nothing to do for who one is', async () => {
    await registered(ada, 'lovelace', 'long enough');
    expect(await text(ada, '/login lovelace')).toBe('You are lovelace already.');
    expect(ada.front.reopened).toEqual([]);
  });
});

describe('/logout', () => {
  it('asks, then starts from new as who one was before', async () => {
    await registered(ada, 'lovelace');
    expect(await ada.run('/logout')).toEqual({ type: 'done' });
    expect(ada.front.questions.at(-1)).toBe('Log out of lovelace? Its key and history stay on this device');
    expect([ada.client.account.loggedOut, ada.front.reopened]).toEqual([1, [undefined]]);
  });

  it('changes nothing without a yes, or without a name', async () => {
    expect(await ada.run('/logout')).toMatchObject({ code: 'not-registered' });
    await registered(ada, 'lovelace');
    ada.front.confirms = false;
    expect(await ada.run('/logout')).toMatchObject({ code: 'no-answer' });
    expect(ada.client.account.loggedOut).toBe(0);
  });

  it('works where the relay cannot be reached', async () => {
    ada.client.account.refusal = 'unreachable';
    expect(await ada.run('/logout')).toEqual({ type: 'done' });
  });
});

describe('/passwd', () => {
  it('sets a new password, or none', async () => {
    await registered(ada, 'lovelace', 'long enough');
    ada.front.secrets.push('a newer one', 'a newer one');
    expect(await text(ada, '/passwd')).toBe(
      'The password of lovelace is changed; the old one opens nothing any more.',
    );
    expect(world.names.get('lovelace')?.password).toBe('a newer one');
    ada.front.secrets.push('');
    expect(await text(ada, '/passwd')).toMatch(/no password any more/);
    expect(world.names.get('lovelace')?.password).toBeUndefined();
  });

  it('is for those who have a name', async () => {
    expect(await ada.run('/passwd')).toMatchObject({ code: 'not-registered' });
  });
});

describe('/account', () => {
  it('tells who one is', async () => {
    expect(await ada.run('/account')).toMatchObject({ code: 'not-registered' });
    await registered(ada, 'lovelace', 'long enough');
    expect(await text(ada, '/account')).toBe(
      `You are lovelace~${ada.client.self.tag} at wss://chat.example.org, with a password for other devices.`,
    );
  });

  it('gives the name up after a yes', async () => {
    await registered(ada, 'lovelace');
    ada.front.confirms = false;
    expect(await ada.run('/account delete')).toMatchObject({ code: 'no-answer' });
    ada.front.confirms = true;
    expect(await text(ada, '/account delete')).toMatch(
      /^lovelace is given up\. Nobody else gets it for 90 days/,
    );
    expect(world.names.size).toBe(0);
    expect(await ada.run('/account frobnicate')).toMatchObject({ code: 'usage' });
  });
});

describe('/users', () => {
  it('lists names, key tags and who is online', async () => {
    expect(await text(ada, '/users')).toBe('Nobody has a name here yet; /register NAME.');
    await registered(ada, 'lovelace');
    await registered(bob, 'babbage');
    await bob.client.close();
    expect(await text(ada, '/users')).toBe(
      [`lovelace  ~${ada.client.self.tag}  online`, `babbage   ~${bob.client.self.tag}`].join('\n'),
    );
    expect(await text(ada, '/users love*')).toBe(`lovelace  ~${ada.client.self.tag}  online`);
    expect(await text(ada, '/users zzz')).toBe('No name here has zzz in it.');
    expect(await ada.run('/users two words')).toMatchObject({ code: 'usage' });
    ada.client.account.refusal = 'search-limit';
    expect(await ada.run('/users')).toMatchObject({ code: 'search-limit' });
  });
});
