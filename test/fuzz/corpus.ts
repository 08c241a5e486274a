import fc from 'fast-check';
import {
  encodeCast,
  encodeControl,
  encodeHostHello,
  encodeListing,
  encodeMemberHello,
  encodeRoomMessage,
  encodeSend,
  encodeSignedEvent,
  encodeWhisper,
  formatInvite,
  generateCode,
  generateKeyPair,
  identityKey,
  issueDeviceCertificate,
  issuePrekey,
  makeRoomId,
  pad,
  randomBytes,
  roomId,
  sealWhisper,
  type HostMessage,
  type MemberMessage,
  type Reply,
  type Request,
} from '../../src/shared/public.ts';
import { castSchemas, hostMessages, memberMessages } from '../../src/shared/room/messages.ts';
import { replySchemas, requestSchemas } from '../../src/shared/wire/control.ts';
import { PaperHost, person } from '../support/peers/paper-host.ts';
import { arbitraryOf } from '../support/schema-arbitrary.ts';

const SAMPLES = 4;
const NEVER = 4_000_000_000;

/** Valid messages of every kind, a few of each, to be spoiled. */
export function corpus() {
  const ada = person();
  const bob = person();
  const paper = new PaperHost();
  const device = generateKeyPair();
  const prekey = generateKeyPair();
  const where = { room: paper.room, log: paper.log };
  const lines = ['hello', 'wörld 🎉', 'x'.repeat(3_000), '\u001b[2J'].map((text) => paper.say(ada, text));
  lines.push(paper.join(bob, 'bob'));
  const whispers = ['psst', 'y'.repeat(2_000)].map((text) =>
    encodeWhisper({
      from: bob.publicKey,
      to: ada.publicKey,
      id: randomBytes(16),
      time: 1,
      nick: 'bob',
      text,
    }),
  );
  const cert = issueDeviceCertificate(ada, device.public, randomBytes(16), NEVER);
  const nonce = randomBytes(16);
  const room = makeRoomId(ada.publicKey, nonce);
  const invite = { tls: false, host: 'relay.example', port: 1_900, room: roomId(room) };
  const memberHello = { v: 1, cert, nick: 'ada', caps: ['a', 'b'] };
  const listing = { room, host: ada.publicKey, nonce, title: 'tea', topic: 'green', code: false };
  const hostSeeds = [
    ...samples<HostMessage>(hostMessages, encodeRoomMessage),
    encodeRoomMessage(paper.welcome([[ada, 'ada']])),
    encodeRoomMessage(paper.page(1, 1, 5)),
  ];
  return {
    identity: ada.publicKey,
    key: paper.key,
    where,
    prekeySecret: prekey.secret,
    fromClient: [
      ...samples<Request>(requestSchemas, encodeControl),
      encodeSend(1, randomBytes(80)),
      encodeCast(1, randomBytes(80)),
    ],
    fromRelay: [
      ...samples<Reply>(replySchemas, encodeControl),
      encodeSend(1, randomBytes(80)),
      encodeCast(1, randomBytes(80)),
    ],
    events: lines.map(({ signed }) => signed[1]),
    signedEvents: lines.map(({ signed: [author, event, sig] }) => encodeSignedEvent({ author, event, sig })),
    hostMessages: hostSeeds,
    memberMessages: samples<MemberMessage>(memberMessages, encodeRoomMessage),
    castMessages: samples<Parameters<typeof encodeRoomMessage>[0]>(castSchemas, encodeRoomMessage),
    listings: [encodeListing({ ...listing, rev: 1, expires: NEVER })],
    whispers,
    hostHellos: [encodeHostHello({ v: 1, cert, nonce })],
    memberHellos: [
      encodeMemberHello(memberHello),
      encodeMemberHello({
        ...memberHello,
        resume: { log: paper.log, seq: paper.end.seq, hash: paper.end.hash },
      }),
    ],
    prekeys: [issuePrekey(ada, prekey.public, 1, NEVER)],
    invites: [
      formatInvite({ ...invite, key: identityKey(ada.publicKey), code: generateCode() }),
      formatInvite({ ...invite, host: '[::1]', key: identityKey(ada.publicKey) }),
    ].map((text) => Uint8Array.from(Buffer.from(text, 'latin1'))),
    casts: lines.map((line) => paper.cast(line)),
    mails: whispers.map((body) =>
      sealWhisper({
        to: ada.publicKey,
        prekey: { key: prekey.public, id: 1 },
        device,
        signer: bob,
        body,
      }),
    ),
    padded: [0, 255, 20_000].map((length) => pad(randomBytes(length))),
  };
}

function samples<Message>(
  schemas: Readonly<Record<string, object>>,
  encode: (message: Message) => Uint8Array,
): Uint8Array[] {
  return Object.values(schemas).flatMap((schema) =>
    fc.sample(arbitraryOf(schema), SAMPLES).map((message) => encode(message as Message)),
  );
}
