import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_IGNORED } from '../../src/client/people/people.ts';
import { MAX_NEARBY_ROOMS } from '../../src/client/relays/directory.ts';
import { MAX_RELAYS } from '../../src/client/relays/relay-pool.ts';
import { MAX_STRANGER_WHISPERS, MAX_WHISPERS_OF_STRANGER } from '../../src/client/whispers/whisper-inbox.ts';
import { sentence } from '../../src/client/words/refusal-words.ts';
import { MAX_OPEN_INVITES, MAX_OPEN_WORDS } from '../../src/host/invites/invites.ts';
import { JOINS, MAX_UNFINISHED, MAX_WRONG_CODES, WRONG_CODES_MS } from '../../src/host/lines/join-gate.ts';
import { MAX_BANS } from '../../src/relay/bans/bans.ts';
import { EARLY_CIRCUIT_BYTES } from '../../src/relay/handlers/circuits.ts';
import { EMBEDDED_STORAGE_BYTES } from '../../src/lan/embedded.ts';
import { MAX_HEARD_RELAYS, MAX_RELAYS_OF_ADDRESS } from '../../src/lan/heard-relays.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { socketsPerNetwork } from '../../src/relay/server.ts';
import { MAX_ALLOWED } from '../../src/relay/settings-files.ts';
import { refusalCodes } from '../../src/shared/errors.ts';
import {
  DAY,
  DEFAULT_POST_BURST,
  DEFAULT_POST_RATE,
  DEFAULT_WORDS_MS,
  HARD_MAX_MEMBERS,
  HOUR,
  KIB,
  LEASE_RENEW_MS,
  MAX_BACKUP_BYTES,
  MAX_CONTROL_BYTES,
  MAX_EDITS_PER_LINE,
  MAX_FOUND_NAMES,
  MAX_INVITE_MS,
  MAX_INVITES,
  MAX_MAIL_BYTES,
  MAX_MOTD_BYTES,
  MAX_MOTD_LINES,
  MAX_NAME,
  MAX_PASSWORD_BYTES,
  MAX_REACTIONS_PER_LINE,
  MAX_SANCTIONS,
  MAX_SEARCH,
  MAX_SLOW_SECONDS,
  MAX_TERMS_BYTES,
  MAX_TERMS_LINES,
  MAX_STRETCH_KIB,
  MAX_STRETCH_PASSES,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TITLE_BYTES,
  MAX_TITLE_GRAPHEMES,
  MAX_TOPIC_BYTES,
  MAX_WORDS_MS,
  MIB,
  MINUTE,
  MIN_NAME,
  MIN_PASSWORD,
  MIN_STRETCH_KIB,
  MIN_STRETCH_PASSES,
  SECOND,
  SILENCE_MS,
  STRETCH_LANES,
} from '../../src/shared/limits.ts';

const named = new Set<string>();
/** Says which of them the rows are made of. */
const relay = new Proxy(defaultLimits, {
  get(limits, name) {
    named.add(String(name));
    return Reflect.get(limits, name) as unknown;
  },
});

const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
const size = (bytes: number) => (bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`);
const time = (ms: number) =>
  ms >= DAY ? `${ms / DAY} days` : ms >= MINUTE ? `${ms / MINUTE} min` : `${ms / SECOND} s`;

/** The table of `docs/protocol.md`, as the constants make it: what is allowed, and what answers one too many. */
const documented: Readonly<Record<string, readonly [string, string]>> = {
  'HTTP phase': [
    `headers, request and TLS handshake ${time(relay.httpMs)}, looked at every ${time(relay.httpCheckMs)}; ${size(relay.httpHeaderBytes)}, ${relay.httpHeaders} headers`,
    'HTTP 408, 431',
  ],
  upgrade: ['no `Origin`, or an allowed one; path and subprotocol fixed', 'HTTP 403, 404, 400'],
  message: [
    `${size(relay.frameBytes)}, control ${size(MAX_CONTROL_BYTES)}, ${relay.fragments} fragments, binary, uncompressed`,
    'close 1009, 1009, 1008, 1003, 1002',
  ],
  pings: [
    `${relay.pendingPongs} pongs wait to leave; asked or not, each costs a frame; a closing socket is held ${time(relay.closeMs)}`,
    'as frames',
  ],
  'before login': [
    `${time(relay.loginMs)}, ${relay.loginFrames} frames, ${size(relay.loginBytes)}; ${relay.loginsPerNetwork} per network`,
    '`login-timeout`, close 4001',
  ],
  connections: [
    `a network (IPv4 address or IPv6 /64): ${relay.connectionsPerNetwork}, ${relay.newConnectionsPerNetwork} new per ${time(relay.newConnectionsMs)}, ${socketsPerNetwork(relay)} sockets; in all ${grouped(relay.connections)}, at most ¾ of the descriptors`,
    '`too-many-connections`, close 4006',
  ],
  'one live session': [
    'per identity and purpose `member`; the newer takes over',
    '`signed-in-elsewhere`, close 4003',
  ],
  frames: [
    `member ${relay.memberFramesPerSecond}/s burst ${relay.memberFrameBurst}, ${size(relay.memberBytesPerSecond)}/s; host ${relay.hostFramesPerSecond}/s burst ${relay.hostFrameBurst}, ${size(relay.hostBytesPerSecond)}/s`,
    `\`too-fast\`, reading pauses; beyond ${time(relay.pauseMs)}, or ${time(relay.pausedInARowMs)} without a calm moment, close 4004`,
  ],
  chat: [
    `${DEFAULT_POST_RATE}/s burst ${DEFAULT_POST_BURST} per member; ${grouped(MAX_TEXT_BYTES)} bytes, ${MAX_TEXT_LINES} lines`,
    '`slow-down`, `too-long`, `too-many-lines`',
  ],
  rooms: [`${relay.roomsPerIdentity} per identity, ${relay.roomsPerNetwork} per network`, '`room-limit`'],
  'lease of a room': [
    `${time(relay.leaseMs)}, renewed every ${time(LEASE_RENEW_MS)}`,
    '`taken` for others meanwhile, `fenced` for whoever lost it',
  ],
  silence: [
    `a ping after ${time(relay.pingMs)}, given up ${time(relay.pongMs)} later; a client gives up after ${time(SILENCE_MS)}`,
    'the connection is dropped',
  ],
  titles: [
    `${MAX_TITLE_GRAPHEMES} graphemes, ${MAX_TITLE_BYTES} bytes; topic ${MAX_TOPIC_BYTES} bytes`,
    '`bad-entry`, `too-long`',
  ],
  members: [
    `${relay.membersPerRoom} a room, configurable to ${grouped(HARD_MAX_MEMBERS)}; ${relay.roomsPerConnection} rooms a connection`,
    '`room-full`, `too-many-rooms`',
  ],
  joins: [
    `${relay.joinsPerRoom} per ${time(relay.joinsPerRoomMs)} a room, one network half of that in the long run; ${relay.unfinishedPerRoom} unfinished handshakes of ${size(EARLY_CIRCUIT_BYTES)}; members who come back ${relay.returnsPerRoom} per ${time(relay.returnsPerRoomMs)}; ${relay.joinsPerIdentity} per ${time(relay.joinsPerIdentityMs)} an identity and room`,
    '`room-busy`, `join-limit`',
  ],
  'bans, silences': [`${MAX_SANCTIONS} each a room`, '`list-full`'],
  'slow mode': [`at most ${MAX_SLOW_SECONDS / 3_600} h between two messages of a member`, '`slow-down`'],
  'changes of a line': [
    `${MAX_EDITS_PER_LINE} edits, ${MAX_REACTIONS_PER_LINE} reactions`,
    '`too-many-changes`',
  ],
  motd: [`${grouped(MAX_MOTD_BYTES)} bytes, ${MAX_MOTD_LINES} lines`, '`too-long`, `too-many-lines`'],
  invites: [
    `${MAX_OPEN_INVITES} at a time a room, ${MAX_INVITES} remembered, up to ${time(MAX_INVITE_MS)}; spoken ones ${MAX_OPEN_WORDS}, for one person, ${DEFAULT_WORDS_MS / HOUR} h unless told otherwise, up to ${MAX_WORDS_MS / HOUR} h`,
    '`invite-limit`, `invite-used`, `invite-expired`, `invite-revoked`',
  ],
  'wrong code': [
    `${MAX_WRONG_CODES} per ${time(WRONG_CODES_MS)} over one line`,
    '`wrong-code`, `too-many-tries`',
  ],
  'slow consumer': [
    `${size(relay.queueBytes)} or ${relay.queueFrames} frames queued, or nothing taken for ${time(relay.queueMs)}; a member of a host with half of that is hung up on`,
    'close 4005, `room-busy`, then resume',
  ],
  mailbox: [
    `${relay.mailboxMessages} messages or ${size(relay.mailboxBytes)}, ${size(MAX_MAIL_BYTES)} each, ${time(relay.mailMs)}; half for people the owner has written to, the last ${relay.contactsPerOwner} of them in ${time(relay.contactMs)}; ${relay.receiptsPerSender} receipts for a sender`,
    '`mailbox-full`; the oldest receipt is forgotten',
  ],
  'whispers left': [`${grouped(relay.mailsPerNetwork)} an hour per network`, '`storage-full`'],
  'bans of a relay': [
    `of a key, a network or a room; at most ${grouped(MAX_BANS)}`,
    '`relay-banned`, `room-barred`, close 4007',
  ],
  'private relay': [
    `identity keys on a list, at most ${grouped(MAX_ALLOWED)}`,
    '`relay-private`, close 4007',
  ],
  terms: [
    `${grouped(MAX_TERMS_BYTES)} bytes, ${MAX_TERMS_LINES} lines; shown once a text, one text of a relay in a session`,
    'refused at the start',
  ],
  'unknown or blocked recipient': ['the same answer for both', '`not-delivered`'],
  blocks: [
    `${relay.blocksPerOwner} per owner, forgotten ${time(relay.prekeyMs)} after the owner was last here`,
    'the oldest is forgotten',
  ],
  'people ignored': [`${MAX_IGNORED} in a profile`, '`ignore-limit`'],
  'whispers of strangers': [
    `${MAX_STRANGER_WHISPERS} kept in a profile, ${MAX_WHISPERS_OF_STRANGER} of one person`,
    '`not-delivered`',
  ],
  names: [
    `\`[a-z0-9_-]{${MIN_NAME},${MAX_NAME}}\`, one a key; ${grouped(relay.names)} a relay; held ${time(relay.nameHoldMs)} after release`,
    '`bad-name`, `has-name`, `name-taken`, `name-lookalike`, `storage-full`',
  ],
  registrations: [`${relay.registrationsPerNetwork} a day per network`, '`registration-limit`'],
  'name searches': [
    `${relay.searchesPerNetwork} a minute per network; ${MAX_SEARCH} bytes of text, ${MAX_FOUND_NAMES} names`,
    '`search-limit`',
  ],
  'login failures': [
    `${relay.loginFailures} a minute per account and network; nobody else is locked out`,
    '`wrong-password`, `login-limit`',
  ],
  passwords: [
    `${MIN_PASSWORD} graphemes to ${grouped(MAX_PASSWORD_BYTES)} bytes; a backup ${MAX_BACKUP_BYTES} bytes`,
    'refused by the client',
  ],
  'password stretching': [
    `m ${MIN_STRETCH_KIB / KIB}–${size(MAX_STRETCH_KIB * KIB)}, t ${MIN_STRETCH_PASSES}–${MAX_STRETCH_PASSES}, p ${STRETCH_LANES}`,
    'refused by the client',
  ],
  'relays of a network': [
    `${MAX_HEARD_RELAYS} heard, ${MAX_RELAYS_OF_ADDRESS} of one address; ${MAX_RELAYS} used, and ${MAX_NEARBY_ROOMS} rooms of each`,
    'not kept',
  ],
  disk: [`nothing stored when ${relay.diskFull * 100} % full`, '`storage-full`'],
  'disk of who hosts': [
    `${EMBEDDED_STORAGE_BYTES / MIB} MiB for what the relay inside chat-tui keeps of others`,
    '`storage-full`',
  ],
};

const inRows: ReadonlySet<string> = new Set(named);

/** Where each row is tried at its limit and one past it: file, and how its tests are called. */
const tried: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'HTTP phase': {
    'relay/server': [
      'closes a connection whose headers do not end',
      'ends a TLS handshake that does not go on',
      'takes 8 KiB of headers and no more',
      'takes no more than 50 headers',
    ],
  },
  upgrade: { 'relay/server': ['refuses to upgrade for %s', 'upgrades for a page that is allowed'] },
  message: {
    'relay/server': [
      'takes a frame of 64 KiB and closes on one byte more',
      'takes 16 fragments and closes on the 17th',
      'closes on a text frame',
    ],
    'relay/limits-table': ['control messages: 32 KiB; one byte more'],
    'relay/violations': ['closes with its code (RFC 6455)'],
  },
  pings: {
    'relay/limits': ['counts WebSocket pings'],
    'relay/control-frames': [
      'a pong waits for the end',
      'whoever goes on with pings and reads nothing is put out',
    ],
    'relay/limits-table': ['pongs that nobody asked for', 'does not say goodbye is held for 2 seconds'],
  },
  'before login': {
    'relay/login': [
      'has to come within 10 seconds',
      'has to come within 4 frames',
      'has to come within 4 KiB',
    ],
    'relay/limits': ['of one network are 8 before login'],
  },
  connections: {
    'relay/limits': ['of one network are 20, and one that is closed makes room'],
    'relay/limits-table': ['60 new ones of a network in 10 minutes', 'the 57th of a network is closed'],
    'relay/admission': [
      'takes no more in total than its limit',
      'leaves a quarter of the descriptors for everything else',
    ],
  },
  'one live session': {
    'relay/login': ['takes over and tells the first', 'leaves the member session of the same person alone'],
  },
  frames: {
    'relay/limits-table': ['frames: 40 of a member at once; the 41st'],
    'relay/limits': [
      'closes a sender whose debt would take more than 10 seconds',
      'closes a sender whose pauses add up to too much',
      'begins anew with a sender that has been calm',
      'pauses for bytes as well',
      'is larger for hosts',
    ],
  },
  chat: { 'relay/limits-table': ['chat: 5 lines at once of 4 096 bytes or 64 lines, then slow-down'] },
  rooms: { 'relay/limits-table': ['rooms: 3 of an identity, 6 of a network'] },
  'lease of a room': {
    'relay/leases': ['are held by one at a time', 'live on as long as they are renewed in time'],
    'relay/rooms': ['end when their lease is not renewed'],
  },
  silence: {
    'relay/silence': ['whoever is silent is pinged, and given up when no pong comes in time'],
    'link/link': ['asks a silent relay for a sign of life and then leaves it'],
  },
  titles: { 'relay/limits-table': ['titles: 64 graphemes and 256 bytes, a topic of 256 bytes'] },
  members: { 'relay/limits-table': ['members: as many as the host said, 20 rooms a connection'] },
  joins: {
    'relay/limits-table': [
      'joins: 10 in 10 s a room, half of that by one network, and 5 a minute an identity',
    ],
    'relay/host-floods': ['they may send as much as a handshake takes'],
    'relay/circuits': ['evicts the oldest unfinished handshake above 8'],
    'relay/returns': ['are 250 in 10 seconds'],
  },
  'bans, silences': { 'host/room/moderation': ['finds a full list', 'of so many people at once has an end'] },
  'slow mode': { 'host/room/moderation': ['is at most six hours'] },
  'changes of a line': { 'host/room/moderation': ['are not endless'] },
  motd: { 'host/room/moderation': ['has 12 lines and 1 024 bytes at most'] },
  invites: {
    'host/invites/invites': [
      'at a time, and the oldest that lead nowhere are forgotten',
      'at most for a day',
    ],
    'client/invites': ['is one of three at a time', 'runs out by the clock of the host'],
    'commands/invites': ['answers %s with what is right'],
  },
  'wrong code': { 'relay/limits-table': ['wrong code: 4 are wrong, the 5th is too many'] },
  'slow consumer': {
    'relay/out-queue': ['overflows one byte past its limit, once', 'overflows past its limit of frames'],
    'relay/limits': ['is closed after 10 seconds in which it took nothing'],
    'relay/host-floods': ['who is hung up on alone and may come back'],
  },
  mailbox: {
    'relay/limits-table': ['mailbox: half of 128 for strangers'],
    'relay/mail': ['may be as large as 16 KiB'],
    'contract/mailbox': [
      'keeps half of the bytes for people the owner has written to',
      'keeps no more receipts of one sender than its limit',
      'forgets the contact that was written to longest ago',
      'forgets mail, receipts and prekeys when their time is over, not before',
    ],
  },
  'whispers left': {
    'relay/abuse': ['is stopped by network, however many keys and victims there are'],
  },
  'bans of a relay': {
    'relay/bans': ['are no more than can be looked after'],
    'relay/operator/operator': ['bans a key', 'closes a room', 'bans whoever is on a connection of the log'],
  },
  'private relay': {
    'relay/settings-files': ['too many people'],
    'e2e/relay-operations': ['lets in who is on its list'],
  },
  terms: {
    'relay/settings-files': ['too long'],
    'client/relays/relay-terms': ['are shown once in a session', 'are shown at the first visit'],
  },
  'unknown or blocked recipient': {
    'relay/mail': ['for somebody the recipient blocks exactly as for an unknown key'],
  },
  blocks: {
    'contract/mailbox': ['forgets the oldest block beyond the limit', 'forgets whom somebody blocked'],
  },
  'people ignored': { 'client/people/people': ['has a limit, and is not counted twice'] },
  'whispers of strangers': {
    'client/whispers/inbox': ['cannot fill the archive', 'of 200 whispers of strangers no more are kept'],
  },
  names: {
    'relay/accounts': ['are no %j', 'may be %j', 'stay held for 90 days'],
    'contract/names': ['takes as many names as it is told and not one more', 'gives a key one name'],
  },
  registrations: { 'relay/accounts': ['let 3 be registered a day from one network'] },
  'name searches': {
    'relay/accounts': ['let names be searched 20 times a minute', 'show 50 names of a search'],
  },
  'login failures': { 'relay/accounts': ['let 3 passwords be wrong a minute for one account'] },
  passwords: {
    'e2e/account-sessions': ['has no password like %j'],
    'relay/limits-table': ['a backup: 512 bytes; one byte more'],
  },
  'password stretching': { 'shared/crypto/account': ['may be %s %i', 'may not be %s %i'] },
  'relays of a network': {
    'lan/dns-sd': [
      'are bounded, whoever announces how many',
      'of one address leave the places of others alone',
    ],
    'client/relays/relay-pool': ['has a place for the first of each address'],
    'client/relays/directory': ['believes a relay of the network fewer'],
  },
  disk: {
    'relay/data-dir': ['stores nothing on a disk that is too full'],
    'relay/mail': ['refuses to store on a full disk'],
  },
  'disk of who hosts': {
    'e2e/embedded-relay': ['fills nobody’s disk: beyond its share it takes no more mail'],
  },
};

describe('the table of limits in docs/protocol.md', () => {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const table = text.split('## Limits')[1]?.split('\n## ')[0] ?? '';
  const rows = table.split('\n').flatMap((line) => {
    const [, limit, value, refused, by = ''] = line.split('|').map((cell) => cell.trim());
    return limit && value && refused ? [[limit, [value, refused], by] as const] : [];
  });
  const [, , ...limits] = rows;

  it.each(Object.entries(documented))('says of %s what the constants say', (limit, row) => {
    expect(rows.find(([name]) => name === limit)?.[1]).toEqual(row);
  });

  it('has every limit that an operator may set', () => {
    expect(Object.keys(defaultLimits).filter((name) => !inRows.has(name))).toEqual([]);
  });

  it('has no row that nothing is compared with or tried by', () => {
    const names = limits.map(([limit]) => limit).toSorted();
    expect(Object.keys(documented).toSorted()).toEqual(names);
    expect(Object.keys(tried).toSorted()).toEqual(names);
  });

  it.each(Object.entries(tried))('has %s tried at the limit and one past it', (_, files) => {
    for (const [file, names] of Object.entries(files)) {
      const source = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8');
      for (const name of names) expect(source, file).toContain(name);
    }
  });

  it.each(Object.entries(tried))('links what tries %s', (limit, files) => {
    const linked = limits.find(([name]) => name === limit)?.[2].match(/(?<=test\/).*?(?=\.test\.ts)/g);
    expect(linked?.toSorted()).toEqual(Object.keys(files).toSorted());
  });

  it('names codes that the client has words for', () => {
    const codesNamed = limits.flatMap(
      ([, [, refused]]) => refused.match(/(?<=`)[a-z]+(-[a-z]+)*(?=`)/g) ?? [],
    );
    expect(codesNamed.length).toBeGreaterThan(30);
    const codes: readonly (typeof refusalCodes)[number][] = refusalCodes;
    const known = [...codes, 'ignore-limit' as const];
    expect(codesNamed.filter((code) => !known.some((one) => one === code))).toEqual([]);
    for (const code of known.filter((one) => codesNamed.includes(one))) expect(sentence(code)).toMatch(/\.$/);
  });

  it('is agreed on by relay and host where both count', () => {
    expect(JOINS).toEqual({
      rate: (relay.joinsPerRoom * SECOND) / relay.joinsPerRoomMs,
      burst: relay.joinsPerRoom,
    });
    expect(MAX_UNFINISHED).toBe(relay.unfinishedPerRoom);
  });
});
