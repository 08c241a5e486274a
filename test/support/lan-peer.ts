// Somebody on a local network who means it no good: a real relay, two rooms of one title on it, and mDNS packets that no
// honest program sends. Arguments: the own address, what else to be, and for whom. A line on stdin is something to do; JSON lines on stdout tell of it.
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { announcement } from '../../src/lan/dns-sd.ts';
import { startRelay } from '../../src/relay/index.ts';
import { cutToBytes, escapeCorpus } from './escape-corpus.ts';
import { MAX_TITLE_BYTES, MAX_TOPIC_BYTES } from '../../src/shared/limits.ts';
import { ScriptedHost } from './peers/scripted-host.ts';

const [address = '', role = '', victim = ''] = process.argv.slice(2);
const GROUP = '224.0.0.251';
const MDNS_PORT = 5_353;
const SERVICE = '_chat-tui._tcp.local';
/** Ports of nobody's relay, and how many of them only count who calls. */
const FIRST_PORT = 20_000;
const ANNOUNCED = 3_000;
const LISTENING = 300;
const hostile = escapeCorpus.map(({ text }) => text).join('');

const tell = (event: string, more: object = {}): void =>
  void process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);

/** Counts callers, and says nothing to them. */
class Listener {
  open = 0;
  most = 0;
  calls = 0;

  listen(port: number): Promise<Server> {
    const server = createServer((socket) => {
      this.calls += 1;
      this.most = Math.max(this.most, ++this.open);
      socket.on('error', () => undefined);
      socket.on('close', () => (this.open -= 1));
      socket.resume();
    });
    return new Promise((resolve) => server.listen(port, address, () => resolve(server)));
  }
}

const listener = new Listener();
if (role !== '') {
  await listener.listen(FIRST_PORT);
  if (role === 'stranger') await announceFromAfar();
  tell('ready');
} else {
  await attack();
}
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'count') tell('count', { open: listener.open, most: listener.most, calls: listener.calls });
});

/** By letters to the one computer: no router passes on what is for everybody. */
async function announceFromAfar(): Promise<void> {
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind(MDNS_PORT, address, resolve));
  const packet = announcement({ instance: `ct-${'f'.repeat(16)}`, port: FIRST_PORT }, [address], 40);
  setInterval(() => udp.send(dnsPacket.encode(packet), MDNS_PORT, victim), 200);
}

async function attack(): Promise<void> {
  const udp = createSocket({ type: 'udp4', reuseAddr: true });
  await new Promise<void>((resolve) => udp.bind(MDNS_PORT, resolve));
  udp.setMulticastInterface(address);
  const send = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => udp.send(bytes, MDNS_PORT, GROUP, () => resolve()));
  const say = (packet: Packet): Promise<void> => send(dnsPacket.encode(packet));

  const relay = await startRelay({
    listen: { host: address, port: 0 },
    dataDir: undefined,
    name: cutToBytes(hostile, 200),
    limits: { roomsPerNetwork: 1_000, connectionsPerNetwork: 1_000, newConnectionsPerNetwork: 10_000 },
  });
  const hosts: ScriptedHost[] = [];
  for (const title of ['0tea', '0tea', ...escapeCorpus.slice(0, 40).map(({ text }) => text)]) {
    const host = await ScriptedHost.open(relay.url);
    // What a relay refuses to list is not there.
    await host.list({
      title: cutToBytes(title, MAX_TITLE_BYTES),
      topic: cutToBytes(hostile, MAX_TOPIC_BYTES),
    });
    hosts.push(host);
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + LISTENING; port++) await listener.listen(port);

  const name = (number: number): string =>
    `ct-${String(number)
      .padStart(16, 'a')
      .replaceAll(/[0189]/g, letter)}`;
  const true_ = { instance: name(7), port: relay.port };
  tell('ready', { port: relay.port });

  const acts: Readonly<Record<string, () => Promise<void>>> = {
    /** From here on, as a host does, only oftener. */
    async announce() {
      await say(announcement(true_, [address], 40));
      setInterval(() => void say(announcement(true_, [address], 40)), 400);
    },
    /** One relay again and again, and everything again in one packet. */
    async double() {
      const packet = announcement(true_, [address], 40);
      for (let i = 0; i < 1_000; i++) await say(packet);
      const answers = Array.from({ length: 12 }, () => packet.answers ?? []).flat();
      await say({ ...packet, answers });
    },
    /** Names, texts and targets made of what terminals obey. */
    async escapes() {
      for (const { text } of escapeCorpus) {
        const label = cutToBytes(text.replaceAll('.', ''), 60);
        const instance = `ct-${label}`;
        for (const answers of [named(instance, `${label}.local`), named(name(8), `${label}.local`)])
          await say({ type: 'response', answers: [...answers, a(`${label}.local`)] }).catch(() => undefined);
      }
    },
    /** Calls of others are to go to somebody who never asked for it. */
    async divert() {
      for (let i = 0; i < 50; i++)
        await say(announcement({ instance: name(100 + i), port: FIRST_PORT }, ['10.77.0.3'], 40));
    },
    /** Packets that are too large, cut off, or point into themselves. */
    async broken() {
      const whole = dnsPacket.encode(announcement(true_, [address], 40));
      for (let length = 0; length < whole.length; length++) await send(whole.subarray(0, length));
      for (let at = 12; at + 1 < whole.length; at++) {
        const loop = Buffer.from(whole);
        loop.writeUInt16BE(0xc00c, at);
        await send(loop);
      }
      for (const size of [1_500, 9_000, 60_000]) await send(Buffer.alloc(size, 0xc0));
      const answers = Array.from({ length: 1_000 }, (_, i) => a(`${name(i)}.local`));
      await say({ type: 'response', answers });
      await say({
        type: 'response',
        answers: [{ name: SERVICE, type: 'TXT', ttl: 1, data: [Buffer.alloc(255, 27)] }],
      });
    },
    /** Thousands of relays. */
    async crowd() {
      for (let i = 0; i < ANNOUNCED; i++) {
        await say(announcement({ instance: name(1_000 + i), port: FIRST_PORT + i }, [address], 80));
        if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
  createInterface({ input: process.stdin }).on('line', (line) => {
    void acts[line]?.().then(() => tell('done', { what: line }));
    if (line === 'guests')
      tell('guests', { count: hosts.reduce((sum, { guests }) => sum + guests.all.length, 0) });
  });

  function a(target: string): Answer {
    return { name: target, type: 'A', ttl: 40, data: address };
  }

  function named(instance: string, target: string): Answer[] {
    const service = `${instance}.${SERVICE}`;
    return [
      { name: SERVICE, type: 'PTR', ttl: 40, data: service },
      { name: service, type: 'SRV', ttl: 40, data: { port: relay.port, target, priority: 0, weight: 0 } },
      { name: service, type: 'TXT', ttl: 40, data: [Buffer.from(cutToBytes(hostile, 250)), 'v=1'] },
    ];
  }
}

/** Digits that an instance's alphabet does not have. */
function letter(digit: string): string {
  return { '0': 'o', '1': 'l', '8': 'b', '9': 'g' }[digit] ?? 'a';
}
