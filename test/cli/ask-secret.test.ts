import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askYes } from '../../src/cli/ask-secret.ts';

/** Somebody at a terminal, who types `data`, or ends the input. */
function asked(data?: string): Promise<boolean> {
  const stdin = new PassThrough();
  const io = { stdin, stderr: new PassThrough() } as unknown as Parameters<typeof askYes>[1];
  const answer = askYes('Sure?', io);
  if (data === undefined) stdin.end();
  else stdin.write(data);
  return answer;
}

describe('a question on the terminal', () => {
  it.each([
    ['y\n', true],
    [' Yes\n', true],
    ['n\n', false],
    ['\n', false],
  ])('takes %j for %s', async (data, sure) => {
    expect(await asked(data)).toBe(sure);
  });

  it('takes the end of the input for no', async () => {
    expect(await asked()).toBe(false);
  });
});
