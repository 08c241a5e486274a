import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/command.ts';
import type { CommandOutcome } from '../../src/commands/context.ts';
import { MAX_MEMBERS_SHOWN } from '../../src/commands/people.ts';
import { MAX_ROOMS_SHOWN } from '../../src/commands/rooms.ts';
import { runLine } from '../../src/commands/run-line.ts';
import { commands } from '../../src/commands/table.ts';
import { MAX_OUTBOX, MAX_TEXT_BYTES } from '../../src/shared/limits.ts';
import { teaRoom, Typist } from '../support/command-rig.ts';
import { personNamed } from '../support/memory-room.ts';
import { MemoryWorld } from '../support/memory-world.ts';

const lastText = (typist: Typist): unknown => typist.room?.history(1)[0];

describe('a line for the room', () => {
  it('is said, newlines and all, as one message', async () => {
    const { ada, bob } = await teaRoom();
    expect(await ada.run('one\ntwo')).toMatchObject({ type: 'said' });
    expect(lastText(bob)).toMatchObject({ kind: 'text', text: 'one\ntwo' });
  });

  it('carries the caller’s own id to what is told later', async () => {
    const { ada } = await teaRoom();
    const refs: unknown[] = [];
    ada.client.subscribe((event) => 'ref' in event && refs.push([event.type, event.ref]));
    await ada.run('hi', 'mine-1');
    await ada.run('/me waves', 'mine-2');
    expect(refs).toEqual([
      ['echo', 'mine-1'],
      ['sent', 'mine-1'],
      ['echo', 'mine-2'],
      ['sent', 'mine-2'],
    ]);
  });

  it('is refused where there is no room, and says what to do', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    expect(await ada.run('hello')).toEqual({
      type: 'refused',
      code: 'no-room',
      text: 'You are in no room here; /rooms lists those in reach, /join ROOM goes into one.',
    });
  });

  it('is refused, not cut, when it is too long or nothing', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('x'.repeat(MAX_TEXT_BYTES + 1))).toMatchObject({ code: 'too-long' });
    expect(await ada.run(' \n ')).toMatchObject({ code: 'empty' });
    expect((await ada.run('x'.repeat(MAX_TEXT_BYTES))).type).toBe('said');
  });

  it('waits while the host is away, and is refused when too many wait', async () => {
    const { ada } = await teaRoom();
    const room = ada.world.rooms.get(ada.room?.info.id ?? '');
    room?.setHostAway(true);
    for (let i = 0; i < MAX_OUTBOX; i++) expect((await ada.run(`line ${i}`)).type).toBe('said');
    expect(await ada.run('one more')).toMatchObject({ code: 'outbox-full' });
  });
});

describe('an unknown command', () => {
  it('never reaches the room and names the nearest one', async () => {
    const { ada, bob } = await teaRoom();
    const before = bob.room?.history(100).length;
    expect(await ada.run('/wisper bob the secret')).toEqual({
      type: 'refused',
      code: 'unknown-command',
      text: 'There is no command /wisper. Did you mean /whisper? To send it as text, begin with //.',
    });
    expect(await ada.run(' /passwd hunter2')).toMatchObject({ type: 'refused' });
    expect(bob.room?.history(100)).toHaveLength(before ?? -1);
  });

  it('is repeated only as far as it is safe and short', async () => {
    const { ada } = await teaRoom();
    const evil = `\u001b]0;owned\u0007\u001b[31m${'x'.repeat(4_000)}`;
    for (const line of [
      '/',
      '/join ',
      '/help ',
      '/rooms ',
      '/disconnect ',
      '/whisper ',
      '/unhost ',
      '/connect ',
    ]) {
      const outcome = await ada.run(`${line}${evil} x`);
      expect(JSON.stringify(outcome)).not.toMatch(/u001b|owned/);
      expect(JSON.stringify(outcome).length).toBeLessThan(400);
    }
  });

  it('is sent as text behind two slashes', async () => {
    const { ada, bob } = await teaRoom();
    await ada.run('//quit');
    expect(lastText(bob)).toMatchObject({ text: '/quit' });
    expect(ada.front.quits).toEqual([]);
  });
});

describe('basics', () => {
  it.each(commands.filter(({ name, usage }) => usage === `/${name}`).map(({ name }) => name))(
    '/%s takes nothing, says so, and does nothing with it',
    async (name) => {
      const { ada } = await teaRoom();
      expect(await ada.run(`/${name} 17`)).toEqual({
        type: 'refused',
        code: 'usage',
        text: `/${name} takes nothing behind it; /help ${name} says what it does.`,
      });
      expect(ada.front.cleared).toBe(0);
    },
  );

  it('quits with and without a reason, and clears the view', async () => {
    const { ada } = await teaRoom();
    await ada.run('/quit');
    await ada.run('/bye see you');
    await ada.run('/cl');
    expect(ada.front.quits).toEqual([undefined, 'see you']);
    expect(ada.front.cleared).toBe(1);
  });

  it('explains a command by any of its names, and suggests one for a typo', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/help save')).toMatchObject({
      text: expect.stringContaining('Works in rooms and windows for one person.'),
    });
    expect(await ada.run('/help /j')).toMatchObject({ text: expect.stringContaining('/join ROOM|INVITE') });
    expect(await ada.run('/h jion')).toMatchObject({
      type: 'refused',
      text: 'There is no command called jion. Did you mean /help join?',
    });
  });

  it('tells the version', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/version')).toEqual({ type: 'answer', text: 'chat-tui 1.2.3' });
  });
});

describe('rooms', () => {
  it('lists rooms aligned, by title and key tag where two share a title', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    expect(await ada.run('/rooms')).toMatchObject({ text: expect.stringContaining('/host NAME') });
    await ada.run('/host tea --topic green and black');
    await bob.run('/host tea --code');
    await bob.run('/host lounge');
    const [adas, bobs] = [ada.client.self.tag, bob.client.self.tag];
    expect(await ada.run('/list')).toEqual({
      type: 'answer',
      text: [
        `tea~${adas}  1 member  near        green and black`,
        `tea~${bobs}  1 member  near, code`,
        'lounge    1 member  near',
      ].join('\n'),
    });
    expect(await ada.run('/rooms BLACK')).toMatchObject({
      text: `tea~${adas}  1 member  near  green and black`,
    });
    expect(await ada.run('/rooms zzz')).toMatchObject({
      text: 'No room in reach has "zzz" in its title or topic.',
    });
  });

  it('shows a bounded number of rooms and says how to find the others', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    for (let i = 0; i < MAX_ROOMS_SHOWN + 2; i++)
      ada.world.addRoom({ title: `room ${i}`, owner: ada.client.self });
    expect(await ada.run('/rooms')).toMatchObject({
      text: expect.stringMatching(/\n… and 2 more; \/rooms TEXT finds those with a text\.$/),
    });
  });

  it('joins by title, shows the room, and says which ones an ambiguous title means', async () => {
    const world = new MemoryWorld();
    const [ada, bob, cleo] = ['ada', 'bob', 'cleo'].map((nick) => new Typist(world, nick));
    if (!ada || !bob || !cleo) throw new Error('nobody');
    await ada.run('/host tea party');
    expect(await cleo.run('/join tea party')).toEqual({ type: 'done' });
    expect(cleo.room?.info.title).toBe('tea party');
    await bob.run('/host "tea party"');
    const refused = await bob.run('/j "tea party"');
    expect(refused).toMatchObject({
      code: 'ambiguous-room',
      text: `tea party is more than one room: say which of tea party~${ada.client.self.tag}, tea party~${bob.client.self.tag}.`,
    });
    expect(await cleo.run('/join nowhere')).toMatchObject({
      text: 'No room called nowhere is in reach; /rooms lists those that are.',
    });
  });

  it('asks for a join code, masked, and joins again with it', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    await ada.run('/host vault --code');
    const code = ada.hosting.list()[0]?.invite.split('.').at(-1);

    expect(await bob.run('/join vault')).toEqual({
      type: 'refused',
      code: 'code-needed',
      text: 'Nothing was joined: vault wants its join code.',
    });
    bob.front.secrets.push('guess');
    expect(await bob.run('/join vault')).toMatchObject({ type: 'refused', code: 'wrong-code' });
    bob.front.secrets.push(` ${code} `);
    expect(await bob.run('/join vault')).toEqual({ type: 'done' });
    expect(bob.front.questions).toEqual(Array(3).fill('Join code of vault'));
    expect(bob.room?.info.title).toBe('vault');
  });

  it('joins by a name with a # in front too, unless a room is called that', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    await ada.run('/host tea');
    expect(await bob.run('/join #tea')).toEqual({ type: 'done' });
    expect(bob.room?.info.title).toBe('tea');
    await ada.run('/host "#tea"');
    await bob.run('/join #tea');
    expect(bob.room?.info.title).toBe('#tea');
    expect(await bob.run('/join #nope')).toMatchObject({
      text: 'No room called nope is in reach; /rooms lists those that are.',
    });
  });

  it('says that nothing was joined where the question for an invite is given up', async () => {
    const bob = new Typist(new MemoryWorld(), 'bob');
    bob.front.secrets.push(undefined, '  ');
    const nothing = { type: 'refused', code: 'no-answer', text: 'Nothing was joined.' };
    expect([await bob.run('/join'), await bob.run('/join')]).toEqual([nothing, nothing]);
    expect(bob.front.questions).toEqual(Array(2).fill('Invite, or a room'));
  });

  it('tells the reason that the host gives whoever it does not let in', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    await ada.run('/host tea');
    bob.client.refuseNext('join', 'banned', { reason: 'advertising' });
    expect(await bob.run('/join tea')).toMatchObject({
      code: 'banned',
      text: expect.stringMatching(/^You are banned from this room.*The reason given: advertising$/),
    });
  });

  it('joins by an invite without asking, and never repeats its code', async () => {
    const world = new MemoryWorld();
    const [ada, bob] = [new Typist(world, 'ada'), new Typist(world, 'bob')];
    await ada.run('/host vault --code --private');
    const invite = ada.hosting.list()[0]?.invite ?? '';
    const refused = await bob.run(`/join ${invite.replace(/\.\w+$/, '.wrongcode')}`);
    expect(refused).toMatchObject({ code: 'wrong-code' });
    expect(JSON.stringify(refused)).not.toContain('wrongcode');
    expect(await bob.run(`/join ${invite}`)).toEqual({ type: 'done' });
    expect(bob.front.questions).toEqual([]);
  });

  it('leaves with a reason and shows the lobby', async () => {
    const { ada, bob } = await teaRoom();
    expect(await bob.run('/part off to lunch')).toEqual({ type: 'done' });
    expect(bob.front.shown).toBeUndefined();
    expect(lastText(ada)).toMatchObject({ kind: 'leave', reason: 'off to lunch', who: { nick: 'bob' } });
    expect(await bob.run('/leave')).toMatchObject({ type: 'refused', code: 'no-room' });
    expect(await ada.run('/leave')).toMatchObject({
      text: 'You left tea, which stays open here; /unhost closes it.',
    });
  });

  it('leaves no room because another one was named', async () => {
    const { ada, bob } = await teaRoom();
    await ada.run('/host green');
    await ada.run('/join tea');
    for (const name of ['green', '#Green']) {
      expect(await ada.run(`/part ${name}`)).toMatchObject({
        type: 'refused',
        text: '/leave goes out of the room on screen, which is tea; show green first.',
      });
    }
    expect(bob.room?.members()).toHaveLength(2);
    expect(await bob.run('/leave green')).toEqual({ type: 'done' });
    expect(await ada.run('/leave tea')).toMatchObject({ type: 'answer' });
  });

  it('connects, remembers the relay, and forgets it again', async () => {
    const world = new MemoryWorld();
    world.addRelay('wss://chat.example.org');
    const ada = new Typist(world, 'ada');
    expect(await ada.run('/connect wss://chat.example.org')).toMatchObject({ type: 'answer' });
    expect([...ada.savedRelays]).toEqual(['wss://chat.example.org']);
    expect(await ada.run('/disconnect chat.example.org:443')).toMatchObject({
      text: 'Disconnected from wss://chat.example.org.',
    });
    expect([...ada.savedRelays]).toEqual([]);
    expect(ada.hosting.givenUp).toEqual(['wss://chat.example.org']);
    expect(ada.client.relays().map(({ via }) => via)).toEqual(['lan']);
    expect(await ada.run('/disconnect')).toMatchObject({ type: 'refused', code: 'no-relay' });
  });

  it('says that a relay out of reach is tried again, and does not remember it', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    expect(await ada.run('/connect wss://gone.example.org')).toEqual({
      type: 'refused',
      code: 'unreachable',
      text:
        'Could not reach wss://gone.example.org; check the address and the network. ' +
        'It is tried again by itself; /disconnect wss://gone.example.org stops that.',
    });
    expect(ada.savedRelays).toEqual([]);
    expect(await ada.run('/connect nonsense://')).toMatchObject({ code: 'bad-address' });
    expect(await ada.run('/connect')).toMatchObject({ text: 'Usage: /connect URL' });
  });

  it('asks which relay is meant when there are several', async () => {
    const world = new MemoryWorld();
    const ada = new Typist(world, 'ada');
    for (const url of ['ws://one:1878', 'ws://two:1878']) {
      world.addRelay(url);
      await ada.run(`/connect ${url}`);
    }
    expect(await ada.run('/disconnect')).toMatchObject({
      type: 'refused',
      text: 'Which one: ws://one:1878 or ws://two:1878? Usage: /disconnect [URL]',
    });
    expect(await ada.run('/disconnect two')).toMatchObject({ type: 'answer' });
  });
});

describe('hosting', () => {
  it('opens a room with a topic, enters it and shows it', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    expect(await ada.run('/host "tea  party" --topic green and black')).toMatchObject({ type: 'answer' });
    expect(ada.room?.info).toMatchObject({ title: 'tea party', topic: 'green and black', private: false });
    expect(ada.room?.me.role).toBe('owner');
  });

  it('says which relay a room could not be opened at, and that it is open all the same', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    ada.hosting.missing = 'wss://chat.example.org:443';
    expect(await ada.run('/host tea')).toMatchObject({
      type: 'answer',
      text: expect.stringMatching(
        /^tea is open on your network .* wss:\/\/chat\.example\.org:443 is out of reach/,
      ),
    });
  });

  it('keeps a private room off the list', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    await ada.run('/host club --private');
    expect(ada.client.listed()).toEqual([]);
    expect(ada.room?.info.private).toBe(true);
  });

  it('refuses wrong usage and names, and passes on what the host is refused', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    const usage =
      'Usage: /host NAME [--topic TEXT] [--private] [--code] [--backlog N] [--retain N] [--max-members N] [--rate N]';
    expect(await ada.run('/host')).toMatchObject({ code: 'usage', text: usage });
    expect(await ada.run('/host tea --nope')).toMatchObject({ text: `There is no option --nope. ${usage}` });
    expect(await ada.run('/host a~b')).toMatchObject({ code: 'usage' });
    expect(await ada.run(`/host tea --topic ${'x'.repeat(257)}`)).toMatchObject({ code: 'too-long' });
    ada.hosting.refusal = 'room-limit';
    expect(await ada.run('/host tea')).toMatchObject({
      text: 'You already host 3 rooms, or your network has too many here; /unhost closes one.',
    });
    expect(ada.hosting.list()).toEqual([]);
  });

  it('closes the room on screen, or the one that is named', async () => {
    const world = new MemoryWorld();
    const ada = new Typist(world, 'ada');
    expect(await ada.run('/unhost')).toMatchObject({ code: 'not-hosting' });
    await ada.run('/host one');
    await ada.run('/host two');
    expect(await ada.run('/unhost three')).toMatchObject({
      text: 'You host no room called three; you host one, two.',
    });
    expect(await ada.run('/unhost One')).toMatchObject({ text: 'one is closed.' });
    expect(ada.room?.info.title).toBe('two');
    expect(await ada.run('/unhost')).toMatchObject({ text: 'two is closed.' });
    expect(ada.front.shown).toBeUndefined();
    expect(world.rooms.size).toBe(0);
  });

  it('shows the host’s own link, with a figure for the screen', async () => {
    const { ada, bob } = await teaRoom();
    const shown = await ada.run('/invite');
    expect(shown).toMatchObject({ type: 'answer', text: ada.hosting.list()[0]?.invite });
    expect(shown).toHaveProperty('figure', expect.stringMatching(/[▀▄█]/));
    expect(await bob.run('/invite')).toMatchObject({
      text: expect.stringMatching(
        /^tc:\/\/127\.0\.0\.1\/[a-z2-7]{26}#[a-z2-7]{52}~[a-z2-7]{4}\nIt works on this machine only/,
      ),
    });
  });

  it('shows the topic to everybody and lets only operators change it', async () => {
    const { ada, bob } = await teaRoom();
    expect(await bob.run('/topic')).toMatchObject({ text: 'tea has no topic.' });
    expect(await bob.run('/topic cake')).toMatchObject({ type: 'refused', code: 'not-allowed' });
    expect(await ada.run('/t cake')).toMatchObject({ type: 'said' });
    expect(await bob.run('/topic')).toMatchObject({ text: 'Topic: cake' });
  });
});

describe('people', () => {
  it('lists members with presence, role and status, those with a say first', async () => {
    const { ada, bob } = await teaRoom();
    await bob.run('/away lunch');
    expect(await ada.run('/who')).toEqual({
      type: 'answer',
      text: ['ada  here  owner   you', 'bob  away  member  (lunch)'].join('\n'),
    });
    await bob.run('/back');
    expect(await bob.run('/members')).toMatchObject({
      text: ['ada  here  owner', 'bob  here  member  you'].join('\n'),
    });
  });

  it('lists a bounded number of members, with key tags where two share a nick', async () => {
    const { world, ada } = await teaRoom();
    const members = world.rooms.get(ada.room?.info.id ?? '')?.members;
    const twin = personNamed('bob', 'another bob');
    members?.set(twin.key, { ...twin, role: 'member', presence: 'offline' });
    expect(await ada.run('/members')).toMatchObject({
      text: expect.stringContaining(`bob~${twin.tag}  out of reach  member`),
    });
    for (let i = 0; i < MAX_MEMBERS_SHOWN; i++) {
      const person = personNamed(`m${i}`);
      members?.set(person.key, { ...person, role: 'member', presence: 'online' });
    }
    expect(await ada.run('/members')).toMatchObject({ text: expect.stringMatching(/\n… and 3 more$/) });
  });

  it('says what one does', async () => {
    const { ada, bob } = await teaRoom();
    expect(await ada.run('/me waves')).toMatchObject({ type: 'said' });
    expect(lastText(bob)).toMatchObject({ kind: 'me', text: 'waves' });
    expect(await ada.run('/me')).toMatchObject({ text: 'Usage: /me TEXT' });
  });

  it('changes the nick, and says what a nick may be', async () => {
    const { ada, bob } = await teaRoom();
    expect(await bob.run('/nick rob')).toMatchObject({ text: 'You are rob now.' });
    expect(lastText(ada)).toMatchObject({ kind: 'nick', was: 'bob', nick: 'rob' });
    expect(await bob.run('/nick')).toMatchObject({ text: 'You are rob. Usage: /nick NAME' });
    for (const bad of ['a b', '#x', 'x'.repeat(21), 'a~b']) {
      expect(await bob.run(`/nick ${bad}`)).toMatchObject({ code: 'bad-nick' });
    }
  });

  it('needs a room to be away in', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    expect(await ada.run('/away')).toMatchObject({ code: 'no-room' });
  });
});

describe('whispers', () => {
  it('go to one person, spaces and newlines as typed', async () => {
    const { ada, bob } = await teaRoom();
    expect(await ada.run('/w BOB a  b\nc')).toMatchObject({
      type: 'whispered',
      whisper: { text: 'a  b\nc' },
    });
    expect(bob.client.whispers(1)).toMatchObject([{ mine: false, text: 'a  b\nc', with: { nick: 'ada' } }]);
    expect(lastText(ada)).toMatchObject({ kind: 'join' });
  });

  it('are answered without a name, by key', async () => {
    const { ada, bob } = await teaRoom();
    expect(await bob.run('/r hi')).toMatchObject({ code: 'no-whisper' });
    await ada.run('/whisper bob hi');
    await ada.run('/nick eda');
    expect(await bob.run('/r hi yourself')).toMatchObject({ type: 'whispered' });
    expect(ada.client.whispers(1)).toMatchObject([{ text: 'hi yourself', mine: false }]);
  });

  it('find somebody behind an @ too', async () => {
    const { ada, bob } = await teaRoom();
    expect(await ada.run('/msg @bob hi')).toMatchObject({ type: 'whispered', whisper: { text: 'hi' } });
    expect(bob.client.whispers(1)).toMatchObject([{ text: 'hi' }]);
    expect(await ada.run('/whois @bob')).toMatchObject({ text: expect.stringContaining('bob~') });
  });

  it('say who is not known, and how they are used', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/whisper zoe hi')).toMatchObject({
      text: 'Nobody called zoe is known here; /members lists who is.',
    });
    expect(await ada.run('/whisper bob')).toMatchObject({ text: 'Usage: /whisper NICK TEXT' });
    ada.client.refuseNext('whisper', 'mailbox-full');
    expect(await ada.run('/whisper bob hi')).toMatchObject({
      text: "bob's mailbox is full; not sent. Try again when they have been here.",
    });
  });
});

describe('the line', () => {
  const hops = [
    'you     bob',
    ' ↓      12 ms',
    'nearby  ws://127.0.0.1:1878',
    ' ↓      3 ms, all the way from you',
    'host    ada (tea)',
  ];

  it('shows each hop with its milliseconds', async () => {
    const { bob } = await teaRoom();
    expect(await bob.run('/status')).toEqual({
      type: 'answer',
      text: hops.join('\n'),
    });
  });

  it('shows the other relays below, under the same columns', async () => {
    const { world, bob } = await teaRoom();
    world.relays.set('wss://chat.example.org', {
      url: 'wss://chat.example.org',
      via: 'relay',
      state: 'online',
      ms: 12,
    });
    await bob.client.connect('wss://chat.example.org');
    await bob.client.connect('wss://b.example');
    expect(await bob.run('/status')).toMatchObject({
      text: [
        ...hops,
        'relay   wss://chat.example.org  12 ms',
        'relay   wss://b.example         Could not reach the relay; dialling again',
      ].join('\n'),
    });
  });

  it('shows what is broken and what waits', async () => {
    const { world, bob } = await teaRoom();
    const room = world.rooms.get(bob.room?.info.id ?? '');
    room?.setHostAway(true);
    world.setRelay('ws://127.0.0.1:1878', { state: 'reconnecting', reason: 'unreachable' });
    await bob.run('anybody there?');
    expect(await bob.run('/ping')).toMatchObject({
      text: [
        'you     bob',
        ' ✗      Could not reach the relay; dialling again',
        'nearby  ws://127.0.0.1:1878',
        ' ✗      Host is away: your lines wait here for up to 24 h',
        'host    ada (tea)',
        'waits   1 line of yours, here',
      ].join('\n'),
    });
  });
});

describe('what nobody said', () => {
  it.each([
    ['/react :+1:', 'Nobody else has said anything here that is still to be seen.'],
    ['/react :+1: bob', 'bob has said nothing here that is still to be seen.'],
    ['/delete', 'You have said nothing here that is still to be seen.'],
    ['/quote bob so it is', 'bob has said nothing here that is still to be seen.'],
  ])('cannot be what %s is for', async (line, text) => {
    const { ada } = await teaRoom();
    expect(await ada.run(line)).toEqual({ type: 'refused', code: 'no-such-line', text });
  });
});

describe('/host', () => {
  it('takes what a host without a screen takes', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    await ada.run('/host tea --backlog 0 --retain 500 --max-members 20 --rate 5');
    await ada.run('/host green --retain all');
    expect(ada.hosting.policies).toEqual([{ backlog: 0, retain: 500, maxMembers: 20, rate: 5 }, {}]);
  });

  it.each([
    ['--backlog few', '--backlog is a number from 0 to 100000.'],
    ['--retain 0', '--retain is a number from 1 to 1000000000, or all.'],
    ['--max-members 1', '--max-members is a number from 2 to 10000.'],
    ['--rate 0.5', '--rate is a number from 1 to 1000.'],
  ])('refuses %s and opens nothing', async (options, text) => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    expect(await ada.run(`/host tea ${options}`)).toMatchObject({
      code: 'usage',
      text: expect.stringContaining(text),
    });
    expect(ada.hosting.policies).toEqual([]);
  });
});

describe('a part of the program that is loaded when it is first needed', () => {
  const command = (run: () => Promise<CommandOutcome>): Command => ({
    name: 'late',
    aliases: [],
    area: 'basics',
    usage: '/late',
    who: 'everyone',
    help: 'load something',
    where: 'anywhere',
    run,
  });

  it('is refused where an update has taken it away, and the program goes on', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    const late = command(() => import(pathToFileURL('/nowhere/late.js').href));
    expect(await runLine('/late', ada.context(), [late])).toMatchObject({
      type: 'refused',
      code: 'program-changed',
      text: expect.stringContaining('/quit and start it again'),
    });
  });

  it('hides no fault of ours', async () => {
    const ada = new Typist(new MemoryWorld(), 'ada');
    const late = command(() => Promise.reject(new TypeError('a bug')));
    await expect(runLine('/late', ada.context(), [late])).rejects.toThrow('a bug');
  });
});
