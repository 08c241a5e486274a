import { expect, it } from 'vitest';
import { FileFailure } from '../../src/client/file-failure.ts';
import { UnusableFileError } from '../../src/files/unusable-file.ts';

const damaged = new UnusableFileError('a.db cannot be used.');
const refusal = { name: 'RefusedError', code: 'profile', message: damaged.text };
const fail = (error: Error) => (): never => {
  throw error;
};

it('ends what is waited for, and whatever is asked afterwards', async () => {
  const file = new FileFailure();
  const waiting = file.waitFor(() => new Promise<never>(() => undefined));
  expect(file.has).toBe(false);
  expect(() => file.use(fail(damaged))).toThrow(damaged.text);
  expect(file.has).toBe(true);
  await expect(waiting).rejects.toMatchObject(refusal);
  await expect(file.happened).rejects.toMatchObject(refusal);
  expect(() => file.use(() => 1)).toThrow(damaged.text);
  await expect(file.waitFor(async () => 1)).rejects.toMatchObject(refusal);
});

it('is met by a task, too', async () => {
  const file = new FileFailure();
  await expect(file.waitFor(async () => fail(damaged)())).rejects.toMatchObject(refusal);
  expect(file.has).toBe(true);
});

it('leaves other errors, and what goes well, as they are', async () => {
  const file = new FileFailure();
  expect(() => file.use(fail(new TypeError('a fault')))).toThrow(TypeError);
  await expect(file.waitFor(async () => fail(new TypeError('a fault'))())).rejects.toThrow(TypeError);
  expect([file.use(() => 1), await file.waitFor(async () => 2)]).toEqual([1, 2]);
  expect(file.has).toBe(false);
});
