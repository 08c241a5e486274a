import type { Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { announcement, asksForUs, heardIn, question } from '../../src/lan/dns-sd.ts';
import { HeardRelays, MAX_HEARD_RELAYS, MAX_RELAYS_OF_ADDRESS } from '../../src/lan/heard-relays.ts';
import { isOnLink, lanInterfaces, leftOut, notThere } from '../../src/lan/lan-interfaces.ts';

const instance = 'ct-abcdefghijklmnop';
const relay = { instance, port: 1878 };

describe('an announcement', () => {
  it('is heard as the relay it announces, at the address it came from', () => {
    const packet = announcement(relay, ['192.168.1.5'], 40);
    expect(heardIn(packet, '192.168.1.5')).toEqual([{ instance, port: 1878, ttl: 40 }]);
  });

  it.each([1, 65_535])('is heard with port %d', (port) => {
    expect(heardIn(announcement({ instance, port }, ['10.0.0.1'], 40), '10.0.0.1')).toMatchObject([{ port }]);
  });

  it('names nobody: a random instance, a port, an address and a version', () => {
    const text = JSON.stringify(announcement(relay, ['192.168.1.5'], 40));
    expect(text.replaceAll(instance, '').match(/[a-z2-7]{20,}/g)).toBeNull();
  });

  it('that points to another address than its sender’s is not believed', () => {
    expect(heardIn(announcement(relay, ['203.0.113.9'], 40), '192.168.1.5')).toEqual([]);
    expect(heardIn(announcement(relay, [], 40), '192.168.1.5')).toEqual([]);
  });

  it('that points to another IPv6 address is not believed, however its own is written', () => {
    const packet = announcement(relay, ['fe80::2'], 40);
    expect(heardIn(packet, 'fe80::1%eth0')).toEqual([]);
    expect(heardIn(packet, 'fe80:0::2%eth0')).toHaveLength(1);
  });

  it('is made of records that belong together, wherever in the packet they are', () => {
    const packet = announcement(relay, ['10.0.0.1'], 40);
    const answers = packet.answers ?? [];
    const renamed = (type: string, name: string): Packet => ({
      ...packet,
      answers: answers.map((each) => (each.type === type ? { ...each, name } : each)),
    });
    expect(heardIn({ ...packet, answers: [], additionals: answers }, '10.0.0.1')).toHaveLength(1);
    expect(heardIn({ ...packet, type: 'query' }, '10.0.0.1')).toEqual([]);
    expect(heardIn(renamed('A', 'another.local'), '10.0.0.1')).toEqual([]);
    expect(heardIn(renamed('SRV', `${instance}._chat-tux._tcp.local`), '10.0.0.1')).toEqual([]);
  });

  it.each([
    { ...relay, instance: 'someone else' },
    { ...relay, instance: 'ct-\u001b[31mred-0123456' },
    { ...relay, port: 0 },
  ])('with impossible content is not heard: %j', (bad) => {
    expect(heardIn(announcement(bad, ['10.0.0.1'], 40), '10.0.0.1')).toEqual([]);
  });

  it('counts once a packet, with a life that is bounded', () => {
    const packet = announcement(relay, ['10.0.0.1'], 1_000_000);
    const doubled: Packet = { ...packet, answers: [...(packet.answers ?? []), ...(packet.answers ?? [])] };
    expect(heardIn(doubled, '10.0.0.1')).toEqual([{ instance, port: 1878, ttl: 80 }]);
  });

  it('is no question, and a question is no announcement', () => {
    expect(asksForUs(question())).toBe(true);
    expect(heardIn(question(), '10.0.0.1')).toEqual([]);
    expect(asksForUs({ type: 'query', questions: [{ name: '_chat-tui._tcp.local', type: 'SRV' }] })).toBe(
      false,
    );
    expect(asksForUs({ type: 'query', questions: [{ name: '_ipp._tcp.local', type: 'PTR' }] })).toBe(false);
  });
});

describe('the relays heard', () => {
  const heard = (name: string, ttl = 40) => ({ instance: name, port: 1, ttl });

  it('vanish at a goodbye, and when they are not heard again in time', () => {
    const relays = new HeardRelays();
    expect(relays.take(heard('a'), '10.0.0.1', 0)).toBe(true);
    expect(relays.take(heard('b'), '10.0.0.2', 0)).toBe(true);
    expect(relays.take(heard('a', 0), '10.0.0.1', 1)).toBe(true);
    expect(relays.list().map(({ url }) => url)).toEqual(['ws://10.0.0.2:1']);
    expect(relays.expire(39_999)).toBe(false);
    expect(relays.expire(40_000)).toBe(true);
    expect(relays.list()).toEqual([]);
  });

  it('cannot be moved or ended by another address', () => {
    const relays = new HeardRelays();
    relays.take(heard('a'), '10.0.0.1', 0);
    expect(relays.take(heard('a'), '10.0.0.66', 1)).toBe(false);
    expect(relays.take(heard('a', 0), '10.0.0.66', 1)).toBe(false);
    expect(relays.list()).toEqual([{ instance: 'a', url: 'ws://10.0.0.1:1' }]);
  });

  it('are called by what URLs call an address', () => {
    const relays = new HeardRelays();
    relays.take(heard('a'), 'fe80::1%eth0', 0);
    expect(relays.list()).toEqual([{ instance: 'a', url: 'ws://[fe80::1%eth0]:1' }]);
  });

  it('stay where all addresses have as many', () => {
    const relays = new HeardRelays();
    for (let i = 0; i <= MAX_HEARD_RELAYS; i++) relays.take(heard(`r${i}`), `10.0.0.${i}`, 0);
    expect(relays.list().at(-1)).toMatchObject({ instance: `r${MAX_HEARD_RELAYS - 1}` });
  });

  it('are bounded, whoever announces how many', () => {
    const relays = new HeardRelays();
    for (let i = 0; i < 1_000; i++) relays.take(heard(`r${i}`), `10.0.0.${i % 100}`, 0);
    expect(relays.list()).toHaveLength(MAX_HEARD_RELAYS);
  });

  it('of one address leave the places of others alone', () => {
    const relays = new HeardRelays();
    for (let i = 0; i < 1_000; i++) relays.take(heard(`r${i}`), '10.0.0.66', 0);
    expect(relays.list()).toHaveLength(MAX_RELAYS_OF_ADDRESS);
    expect(relays.take(heard('honest'), '10.0.0.1', 0)).toBe(true);
    expect(relays.take(heard('r0'), '10.0.0.66', 1)).toBe(false);
    relays.take(heard('r0', 0), '10.0.0.66', 1);
    expect(relays.take(heard('another'), '10.0.0.66', 1)).toBe(true);
  });

  it('of addresses that announce many give way to those of others', () => {
    const relays = new HeardRelays();
    for (let i = 0; i < MAX_HEARD_RELAYS; i++) relays.take(heard(`r${i}`), `fe80::${i % 4}`, 0);
    expect(relays.list()).toHaveLength(MAX_HEARD_RELAYS);
    expect(relays.take(heard('honest'), '10.0.0.1', 0)).toBe(true);
    for (let i = 0; i < 1_000; i++) relays.take(heard(`again${i}`), `fe80::${i % 4}`, 0);
    expect(relays.list()).toHaveLength(MAX_HEARD_RELAYS);
    expect(relays.list().map(({ instance }) => instance)).toContain('honest');
  });
});

describe('the addresses used', () => {
  const address = (ip: string, internal = false) =>
    ({ address: ip, family: 'IPv4', internal, netmask: '', mac: '', cidr: null }) as const;
  const interfaces = {
    lo: [address('127.0.0.1', true)],
    eth0: [address('192.168.1.5')],
    docker0: [address('172.17.0.1')],
    wg0: [address('10.8.0.2')],
  };

  it('leave out loopback, containers and tunnels unless they are named', () => {
    const used = (chosen?: string) => lanInterfaces(chosen, interfaces).map(({ v4 }) => v4);
    expect(used()).toEqual(['192.168.1.5']);
    expect(used('wg0, lo')).toEqual(['127.0.0.1', '10.8.0.2']);
    expect(used('')).toEqual([]);
    const v6 = (ip: string) => ({ ...address(ip), family: 'IPv6', scopeid: 2 }) as const;
    expect(lanInterfaces(undefined, { tap0: [v6('fe80::9')], en0: [v6('fe80::1'), v6('fd00::1')] })).toEqual([
      { name: 'en0', v4: undefined, v6: 'fe80::1', wide: 'fd00::1' },
    ]);
    expect(leftOut(undefined, interfaces)).toEqual(['docker0', 'wg0']);
    expect(notThere(undefined, interfaces)).toEqual([]);
    expect(notThere('', interfaces)).toEqual([]);
    expect(notThere('wg0, eht0', interfaces)).toEqual(['eht0']);
  });

  it('have a number for their scope on Windows, which knows none by name', () => {
    const v6 = { ...address('fe80::1'), family: 'IPv6', scopeid: 12 } as const;
    expect(lanInterfaces(undefined, { 'Wi-Fi': [v6] }, 'win32')).toMatchObject([
      { name: 'Wi-Fi', v6: 'fe80::1', zone: '12' },
    ]);
    expect(lanInterfaces(undefined, { en0: [v6] }, 'darwin')[0]).not.toHaveProperty('zone');
  });

  it('tell who is on the network from who is behind a router', () => {
    const eth0 = { name: 'eth0', v4: '192.168.1.5', mask: '255.255.254.0', v6: 'fe80::5' };
    const near = ['192.168.0.1', '192.168.1.255', '169.254.7.7', 'fe80::1%eth0', 'FE80::2'];
    const far = ['192.168.2.1', '10.0.0.1', '203.0.113.9', '2001:db8::1', 'fd00::1', '::ffff:192.168.1.9'];
    expect(near.filter((source) => !isOnLink(source, [eth0]))).toEqual([]);
    expect(far.filter((source) => isOnLink(source, [eth0]))).toEqual([]);
    expect(
      isOnLink('10.0.0.1', [eth0, { name: 'wlan0', v4: '10.9.9.9', mask: '255.0.0.0', v6: undefined }]),
    ).toBe(true);
    expect(isOnLink('192.168.1.9', [])).toBe(false);
  });
});
