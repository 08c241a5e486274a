import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import { issueDeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { handshakePrologue, joinPsk } from '../../src/shared/crypto/keys.ts';
import { generateKeyPair, Handshake, type Channel } from '../../src/shared/crypto/noise.ts';
import { pad, unpad } from '../../src/shared/crypto/pad.ts';
import { castHeader } from '../../src/shared/crypto/seal.ts';
import { labels, randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { encodeEvent } from '../../src/shared/room/events.ts';
import { encodeMemberHello } from '../../src/shared/room/handshake.ts';
import { decodeHostMessage, encodeRoomMessage } from '../../src/shared/room/messages.ts';
import { DATA_HEADER_BYTES, decodeFromRelay, encodeSend, frameTypes } from '../../src/shared/wire/codec.ts';
import { cpuSeconds } from '../process.ts';
import { BenchLink, maskedFrame } from './bench-socket.ts';
import { inTurn } from './contenders.ts';
import { startNode, startSaying } from './server-process.ts';

/** On their way at a time: more than relay and host get done, and few enough that none waits for seconds. */
const ON_THEIR_WAY = 50;
export const CERTIFICATE_UNTIL = 4e9;

/** From the first dial on, in seconds. */
interface Storm {
  readonly untilIn: number;
  readonly untilHeard: number;
  /** CPU seconds of relay and host. */
  readonly relayCpu: number;
  readonly hostCpu: number;
}

interface Welcomed {
  readonly link: BenchLink;
  readonly circuit: number;
  readonly channel: Channel;
  readonly log: Uint8Array;
  /** Resolves with true at the first line of the room, with false when the relay closes before. */
  readonly heard: Promise<boolean>;
}

/**
 * Everybody of a room comes back at once, as after a cut: login, dial, handshake, welcome; then one says a line and all have
 * to get it. Relay and host are processes of their own that share a core, the members have the other one.
 */
export async function storm(members: number): Promise<Storm> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-storm-'));
  const signers = Array.from({ length: members }, () => signerFrom(randomBytes(32)));
  writeFileSync(join(folder, 'roster'), signers.map(({ publicKey }) => `${toHex(publicKey)}\n`).join(''));
  const relay = await startNode('relay');
  const script = fileURLToPath(new URL('storm-host.ts', import.meta.url));
  const host = await startSaying(process.execPath, [script, `ws://127.0.0.1:${relay.port}`, folder]);
  const room = fromHex(host.said);
  const before = { relay: cpuSeconds(relay.pid), host: cpuSeconds(host.pid) };
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1_000;
  const away = signers.slice();
  const links: BenchLink[] = [];
  const comeBack = async (): Promise<Welcomed> => {
    const link = await BenchLink.open(relay.port, 'member', away.pop());
    links.push(link);
    return enter(link, room);
  };
  try {
    const welcomed = await inTurn(members, comeBack, ON_THEIR_WAY);
    const untilIn = since();
    const [speaker] = welcomed;
    if (speaker) say(speaker, room);
    const heard = await Promise.all(welcomed.map((member) => member.heard));
    if (heard.includes(false)) throw new Error('somebody was sent away');
    return {
      untilIn,
      untilHeard: since(),
      relayCpu: cpuSeconds(relay.pid) - before.relay,
      hostCpu: cpuSeconds(host.pid) - before.host,
    };
  } finally {
    for (const { socket } of links) socket.destroy();
    await host.close();
    await relay.close();
    rmSync(folder, { recursive: true });
  }
}

async function enter(link: BenchLink, room: Uint8Array): Promise<Welcomed> {
  const { signer } = link;
  const conv = randomBytes(16);
  const device = generateKeyPair();
  const handshake = new Handshake({
    pattern: 'XXpsk3',
    initiator: true,
    prologue: handshakePrologue({ room, relay: link.relay, conv }),
    static: device,
    psk: joinPsk(undefined, room),
  });
  link.tell({ t: 'dial', rid: 2, room, conv });
  const { circuit } = await link.expect('dialled');
  const send = (payload: Uint8Array): void => link.write(maskedFrame(encodeSend(circuit, payload)));
  send(handshake.write(new Uint8Array()));
  handshake.read(await sent(link));
  const cert = issueDeviceCertificate(signer, device.public, randomBytes(16), CERTIFICATE_UNTIL);
  send(
    handshake.write(encodeMemberHello({ v: 1, cert, nick: toHex(signer.publicKey).slice(0, 8), caps: [] })),
  );
  const channel = handshake.split();
  const message = decodeHostMessage(unpad(channel.open(await sent(link))));
  if (message.t !== 'welcome') throw new Error(`the host said ${message.t}`);
  // From here on, or what comes of others would pile up.
  return { link, circuit, channel, log: message.log, heard: untilLine(link) };
}

function say({ link, circuit, channel, log }: Welcomed, room: Uint8Array): void {
  const { signer } = link;
  const [id, time, body] = [randomBytes(16), Date.now(), { text: 'all here?' }];
  const event = encodeEvent({ room, log, id, counter: 1, time, kind: 'text', body });
  const signed: [Uint8Array, Uint8Array, Uint8Array] = [
    signer.publicKey,
    event,
    signer.sign(labels.ev, event),
  ];
  const post = channel.seal(pad(encodeRoomMessage({ t: 'post', event: signed })));
  link.write(maskedFrame(encodeSend(circuit, post)));
}

/** What the host sends to this member alone. */
async function sent(link: BenchLink): Promise<Uint8Array> {
  for (;;) {
    const frame = decodeFromRelay(await link.message());
    if (frame.type === 'send') return frame.payload;
    if (frame.type === 'control' && frame.message.t === 'hangup')
      throw new Error(`hung up: ${frame.message.code ?? 'without a word'}`);
  }
}

/** Who comes and goes is cast, too: half a million frames while 1 000 come. */
function untilLine(link: BenchLink): Promise<boolean> {
  return new Promise((resolve) => {
    link.socket.once('close', () => resolve(false));
    link.each((body) => {
      if (body[0] === frameTypes.cast && castHeader(body.subarray(DATA_HEADER_BYTES)).seq > 0) resolve(true);
    });
  });
}
