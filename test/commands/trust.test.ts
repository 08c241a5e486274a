import { describe, expect, it } from 'vitest';
import { MAX_IGNORED } from '../../src/client/people/people.ts';
import { fullName } from '../../src/client/words/full-name.ts';
import { personNamed } from '../support/memory-room.ts';
import { teaRoom, Typist } from '../support/command-rig.ts';

async function text(who: Typist, line: string): Promise<string> {
  const outcome = await who.run(line);
  return 'text' in outcome ? outcome.text : outcome.type;
}

/** Somebody else called bob comes after ada has written to the first one, who has gone. */
async function withFake() {
  const { world, ada, bob } = await teaRoom();
  await ada.run('/whisper bob hi');
  await bob.run('/leave');
  const fake = new Typist(world, 'bob');
  fake.client.self = { ...personNamed('bob', 'a fake bob'), guest: false };
  await fake.run('/join tea');
  return { ada, bob, fake, names: [bob, fake].map(({ client }) => fullName(client.self)) };
}

describe('/whois', () => {
  it('tells name and tag, standing, when seen first, the rooms shared with role and presence, and the key', async () => {
    const { ada, bob } = await teaRoom();
    await bob.run('/away lunch');
    const told = await text(ada, '/whois bob');
    expect(told).toMatch(new RegExp(`^Name +${fullName(bob.client.self)}$`, 'm'));
    expect(told).toMatch(/^Standing +not verified$/m);
    expect(told).toMatch(/^First seen +\d{4}-\d\d-\d\d \d\d:\d\d$/m);
    expect(told).toMatch(/^In tea +member, away \(lunch\)$/m);
    expect(told).toContain(bob.client.self.key);
    expect(await text(ada, '/wi ADA')).toMatch(/^Standing +you$/m);
  });

  it('says what is wrong', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/whois')).toMatchObject({ type: 'refused', code: 'usage' });
    expect(await ada.run('/whois nobody')).toMatchObject({ type: 'refused', code: 'no-such-person' });
  });
});

describe('/fingerprint', () => {
  it('shows 12 groups of 5 that both see alike, and a picture of them', async () => {
    const { ada, bob } = await teaRoom();
    const groups = /^(?:\d{5} ){3}\d{5}$/gm;
    const [mine, theirs] = [await ada.run('/fingerprint bob'), await bob.run('/fingerprint ada')];
    if (mine.type !== 'answer' || theirs.type !== 'answer') throw new Error('no answers');
    expect(mine.text.match(groups)).toHaveLength(3);
    expect(theirs.text.match(groups)).toEqual(mine.text.match(groups));
    expect(mine.figure).toMatch(/[█▀▄]/);
    expect(await text(ada, '/fingerprint')).toMatch(/yours alone/);
    expect(await ada.run('/fingerprint nobody')).toMatchObject({ code: 'no-such-person' });
  });
});

describe('/verify', () => {
  it('shows the number, asks, and marks; also in the list and for whoever takes the name', async () => {
    const { ada, bob } = await teaRoom();
    expect(await text(ada, '/verify bob')).toMatch(/is verified/);
    expect(ada.front.told[0]).toContain(ada.client.people.safetyNumber(bob.client.self.key).slice(0, 23));
    expect(ada.front.questions).toEqual([`Does ${fullName(bob.client.self)} read you the same 12 groups?`]);
    expect(await text(ada, '/whois bob')).toMatch(/^Standing +verified: you compared numbers, \d{4}/m);
  });

  it('marks nobody when the answer is no, or the number typed is another', async () => {
    const { ada, bob } = await teaRoom();
    ada.front.confirms = false;
    expect(await ada.run('/verify bob')).toMatchObject({ code: 'not-verified' });
    expect(await ada.run('/verify bob 12345 67890')).toMatchObject({ code: 'wrong-number' });
    expect(await text(ada, '/whois bob')).toMatch(/^Standing +not verified$/m);
    const number = ada.client.people.safetyNumber(bob.client.self.key);
    expect(await text(ada, `/verify bob ${number}`)).toMatch(/is verified/);
    expect(await ada.run('/verify ada')).toMatchObject({ code: 'target-self' });
    expect(await ada.run('/verify')).toMatchObject({ code: 'usage' });
  });
});

describe('/trust', () => {
  it('is asked for with both tags and without the word key, and lets one write again', async () => {
    const { ada, fake, names } = await withFake();
    const refused = await ada.run('/whisper bob secret');
    if (refused.type !== 'refused') throw new Error('not refused');
    expect(refused.code).toBe('changed-key');
    for (const name of names) expect(refused.text).toContain(name);
    expect(refused.text).not.toMatch(/\bkey\b/i);
    await fake.run('/whisper ada it is me');
    expect(await ada.run('/reply really?')).toMatchObject({ code: 'changed-key' });
    expect(await text(ada, `/whois ${names[1]}`)).toMatch(/^You know +bob~/m);
    expect(await text(ada, '/trust bob')).toContain(names[1]);
    expect(await ada.run('/whisper bob hello')).toMatchObject({
      type: 'whispered',
      whisper: { with: { key: fake.client.self.key } },
    });
  });

  it('decides nothing where there is nothing to decide', async () => {
    const { ada } = await teaRoom();
    expect(await ada.run('/trust bob')).toMatchObject({ code: 'nothing-to-trust' });
    expect(await ada.run('/trust nobody')).toMatchObject({ code: 'nothing-to-trust' });
    expect(await ada.run('/trust')).toMatchObject({ code: 'usage' });
  });
});

describe('/ignore', () => {
  it('keeps whispers out until /unignore, lists who is ignored, and knows them by tag', async () => {
    const { ada, bob } = await teaRoom();
    const name = fullName(ada.client.self);
    expect(await text(bob, '/ignore')).toBe('You ignore nobody.');
    expect(await text(bob, '/ignore ada')).toContain(`/unignore ${name}`);
    await ada.run('/whisper bob psst');
    expect(bob.client.whispers(5)).toEqual([]);
    expect(await text(bob, '/ignore')).toContain(name);
    expect(await text(bob, '/whois ada')).toMatch(/^Ignored +yes/m);
    expect(await bob.run('/unignore cleo')).toMatchObject({ code: 'not-ignored' });
    expect(await text(bob, '/unignore ADA')).toContain(name);
    await ada.run('/whisper bob again');
    expect(bob.client.whispers(5)).toMatchObject([{ text: 'again' }]);
    expect(await bob.run('/unignore')).toMatchObject({ code: 'usage' });
    expect(await bob.run('/ignore nobody')).toMatchObject({ code: 'no-such-person' });
    expect(await bob.run('/ignore bob')).toMatchObject({ code: 'target-self' });
    expect(await text(bob, '/ignore')).toBe('You ignore nobody.');
  });

  it('refuses one more than there may be', async () => {
    const { ada } = await teaRoom();
    for (let n = 0; n < MAX_IGNORED; n++) ada.client.people.ignore(personNamed(`n${n}`));
    expect(await ada.run('/ignore bob')).toMatchObject({ code: 'ignore-limit' });
  });
});

describe('/query and /inbox', () => {
  it('opens a window for a person; what is typed there are whispers', async () => {
    const { ada, bob } = await teaRoom();
    expect(await ada.run('/query bob')).toEqual({ type: 'done' });
    expect(ada.front.queried).toMatchObject([{ key: bob.client.self.key }]);
    expect(await ada.run('/query nobody')).toMatchObject({ code: 'no-such-person' });
    expect(await ada.run('/query')).toMatchObject({ code: 'usage' });
  });

  it('shows what was not read, once, strangers last and with their tags', async () => {
    const { world, ada, bob } = await teaRoom();
    const mallory = new Typist(world, 'mallory');
    await mallory.run(`/whisper ${bob.client.self.key} hello\nyou`);
    await ada.run('/whisper bob lunch?');
    const told = await text(bob, '/inbox');
    expect(told.split('\n').map((row) => row.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}/, ''))).toEqual([
      'ada: lunch?',
      'From people you have neither met in a room nor written to:',
      `${fullName(mallory.client.self)}: hello`,
      '    you',
      '/whisper NICK TEXT answers them, /ignore NICK keeps them out.',
    ]);
    expect(await text(bob, '/deliver')).toMatch(/^Nothing new/);
  });
});
