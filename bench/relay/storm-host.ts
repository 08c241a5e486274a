/*
 * The host of a join storm: `node storm-host.ts RELAY_URL FOLDER`. FOLDER holds `roster`, a line of hex for the key of each
 * member. Prints its room in hex once the room is open.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHost } from '../../src/host/start.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import { issueDeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { generateKeyPair } from '../../src/shared/crypto/noise.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { openWithRoster } from '../host/with-roster.ts';
import { CERTIFICATE_UNTIL } from './storm.ts';

const [relayUrl = '', folder = ''] = process.argv.slice(2);
const roster = readFileSync(join(folder, 'roster'), 'utf8').split('\n').filter(Boolean).map(fromHex);
const dataFile = join(folder, 'room.db');
const signer = signerFrom(randomBytes(32));
const keys = generateKeyPair();
const certificate = issueDeviceCertificate(signer, keys.public, randomBytes(16), CERTIFICATE_UNTIL);

const { room } = await openWithRoster(open, dataFile, roster);
console.log(toHex(idBytes(room)));

async function open() {
  const result = await startHost({
    relayUrl,
    signer,
    device: { keys, certificate },
    dataFile,
    title: 'bench',
    nick: 'host',
    backlog: 0,
    retain: 'all',
    maxMembers: roster.length,
    rate: 1,
    burst: 5,
    dialler: wsDialler,
  });
  if (!result.ok) throw new Error(result.code);
  return result.value;
}
