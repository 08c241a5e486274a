import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { BoundedOutput, MAX_UNREAD } from '../../src/cli/bounded-output.ts';
import { exitCodes } from '../../src/shared/exit-codes.ts';
import { MAX_TEXT_BYTES, MIB } from '../../src/shared/limits.ts';

const part = 'x'.repeat(MIB);

/** Whoever is to read it has stopped, and may begin again. */
function stuckReader() {
  let taken = 0;
  let resume = (): void => undefined;
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      taken += chunk.length;
      resume = done;
    },
  });
  return { stdout, taken: () => taken, resume: () => resume() };
}

function fill(output: BoundedOutput, characters: number): void {
  for (let written = 0; written < characters; written += part.length) output.write(part);
}

it('output that nobody reads is given up once it is too much, and loses no line before that', async () => {
  const { stdout } = stuckReader();
  const output = new BoundedOutput(stdout, 0);
  fill(output, MAX_UNREAD);
  expect(output.isFull).toBe(false);
  output.write('one more\n');
  expect(output.isFull).toBe(true);
  expect(await output.full).toBe(exitCodes.tryLater);
  const waiting = stdout.writableLength;
  expect(waiting).toBe(MAX_UNREAD + 9);
  output.write('lost');
  expect(stdout.writableLength).toBe(waiting);
});

it('a reader may be behind and catch up', () => {
  const { stdout, resume } = stuckReader();
  const output = new BoundedOutput(stdout, 0);
  fill(output, MAX_UNREAD);
  resume();
  output.write('one more\n');
  expect(output.isFull).toBe(false);
});

it('history that was asked for comes on top', () => {
  const { stdout } = stuckReader();
  const output = new BoundedOutput(stdout, MIB / MAX_TEXT_BYTES);
  fill(output, MAX_UNREAD + 2 * MIB);
  expect(output.isFull).toBe(false);
  output.write('x');
  expect(output.isFull).toBe(true);
});
