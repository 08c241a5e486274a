import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { isOwnAddress } from '../../src/link/own-address.ts';

const [any] = networkInterfaces()['lo'] ?? Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const system = (...addresses: string[]) =>
  (() => ({ eth0: addresses.map((address) => ({ ...any, address })) })) as typeof networkInterfaces;

it('an address is this machine’s as long as one of its interfaces has it', () => {
  expect(isOwnAddress('127.0.0.1')).toBe(true);
  expect(isOwnAddress('192.0.2.1')).toBe(false);
  const now = system('10.0.0.5', 'fe80::1');
  expect(isOwnAddress('10.0.0.5', now)).toBe(true);
  expect(isOwnAddress('fe80::1%eth0', now)).toBe(true);
  expect(isOwnAddress('10.0.0.4', now)).toBe(false);
});

it('is nobody’s where a program may not look', () => {
  const forbidden = () => {
    throw new Error('EACCES');
  };
  expect(isOwnAddress('10.0.0.5', forbidden)).toBe(false);
});
