import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { firstLine } from '../../src/cli/first-line.ts';
import type { ProgramIo } from '../../src/cli/program.ts';

describe('standard input', () => {
  it('is read where the system says nothing of it, as Windows does of some', async () => {
    const { fstatSync } = fs;
    const unknown = (): never => {
      throw Object.assign(new Error('EISDIR: illegal operation on a directory, fstat'), { code: 'EISDIR' });
    };
    Object.assign(fs, { fstatSync: unknown });
    syncBuiltinESMExports();
    onTestFinished(() => {
      Object.assign(fs, { fstatSync });
      syncBuiltinESMExports();
    });
    const stdin = new PassThrough();
    stdin.end('hello\r\nthere\r\n');
    expect(await firstLine({ stdin: stdin as unknown as ProgramIo['stdin'] })).toBe('hello');
  });
});
