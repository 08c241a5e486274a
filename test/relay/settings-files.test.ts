import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_ALLOWED, needRestart, readSettings } from '../../src/relay/settings-files.ts';
import { identityKey } from '../../src/shared/ids.ts';
import { MAX_TERMS_BYTES, MAX_TERMS_LINES } from '../../src/shared/limits.ts';
import { renewedTlsPair, tlsPair } from '../support/tls-pair.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return path;
}

function key(number: number): string {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return identityKey(bytes);
}

describe('terms', () => {
  it('are printable text without blank ends', () => {
    expect(readSettings({ terms: file('\n Be\u001b[31m kind.\u0007\r\nNo spam.\n\n') }).terms).toBe(
      'Be kind.\nNo spam.',
    );
  });

  it.each([
    ['too long', 'x'.repeat(MAX_TERMS_BYTES + 1), /is too long for terms: at most 4096 bytes in 64 lines/],
    ['too high', 'x\n'.repeat(MAX_TERMS_LINES + 1), /is too long for terms/],
    ['empty', ' \n', /is empty: write the terms, or leave --terms away/],
  ])('that are %s are refused in one sentence', (_, content, sentence) => {
    expect(() => readSettings({ terms: file(content) })).toThrow(sentence);
  });

  it('may be as long as the limit', () => {
    expect(readSettings({ terms: file('x'.repeat(MAX_TERMS_BYTES)) }).terms).toHaveLength(MAX_TERMS_BYTES);
  });
});

describe('the list of a private relay', () => {
  it('has a key a line, remarks and empty lines', () => {
    const { allowed } = readSettings({
      privateRelay: file(`# us\n\n${key(1)} # ada\n  ${key(2).toUpperCase()}\r\n`),
    });
    expect([...(allowed ?? [])]).toEqual([key(1), key(2)]);
  });

  it('is refused in one sentence with what is no key, and with too many people', () => {
    expect(() => readSettings({ privateRelay: file(`${key(1)}\nada\n`) })).toThrow(
      /line 2 is no identity key/,
    );
    const keys = Array.from({ length: MAX_ALLOWED + 1 }, (_, n) => key(n));
    expect(() => readSettings({ privateRelay: file(keys.join('\n')) })).toThrow(
      /names more than 10000 people/,
    );
    expect(readSettings({ privateRelay: file(keys.slice(1).join('\n')) }).allowed?.size).toBe(MAX_ALLOWED);
  });
});

describe('a certificate and its key', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;

  function readPair({ cert, key }: typeof tlsPair) {
    const [tlsCert, tlsKey] = [join(folder, 'cert'), join(folder, 'key')];
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, key);
    return readSettings({ tlsCert, tlsKey }).tls;
  }

  it('are taken as they are', () => {
    expect(readPair(tlsPair)).toEqual(tlsPair);
    const both = { cert: tlsPair.key + tlsPair.cert, key: tlsPair.cert + tlsPair.key };
    expect(readPair(both)).toEqual(both);
  });

  it.each([
    [
      'another key',
      { key: renewedTlsPair.key },
      /cert and .*key do not fit: check --tls-cert and --tls-key; a chain/,
    ],
    ['a key of another kind', { key: String(other.export({ type: 'pkcs8', format: 'pem' })) }, /do not fit/],
    ['a chain that begins with another', { cert: renewedTlsPair.cert + tlsPair.cert }, /do not fit/],
    [
      'a key with a passphrase',
      { key: String(other.export(encrypted)) },
      /key holds no private key in PEM, or one with/,
    ],
    ['no certificate', { cert: '' }, /cert holds no certificate in PEM \(\w+\): check --tls-cert/],
    ['no key', { key: '' }, /key holds no private key/],
  ])('are refused in one sentence: %s', (_, part, sentence) => {
    expect(() => readPair({ ...tlsPair, ...part })).toThrow(sentence);
  });
});

describe('what needs a restart', () => {
  const before = { host: '127.0.0.1', port: 1, dataDir: '/a' };

  it('is what the listener was made with', () => {
    const now = {
      ...before,
      port: 2,
      trustProxy: 1,
      limits: { httpMs: 1_000, names: 5 },
      tlsCert: 'c',
      tlsKey: 'k',
    };
    expect(needRestart(before, now)).toEqual(['listen', 'trust-proxy', 'tls-cert', 'http-ms']);
  });

  it('is nothing where nothing of that has changed', () => {
    expect(needRestart(before, { ...before, name: 'tea', trustProxy: 0, limits: { names: 5 } })).toEqual([]);
  });
});
