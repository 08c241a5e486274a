import { describe, expect, it } from 'vitest';
import { stop } from '../../../src/tui/terminal/stop.ts';

describe('a job that is to stop', () => {
  it('is back when somebody has it go on', async () => {
    const back = (): true => {
      process.emit('SIGCONT');
      return true;
    };
    expect(await stop(back)).toBe(true);
  });

  it('goes on where nobody stops it', async () => {
    expect(await stop(() => true)).toBe(false);
  });

  it('goes on where the system does not know how, as on Windows', async () => {
    const unknown = (): never => {
      throw Object.assign(new TypeError('Unknown signal: SIGTSTP'), { code: 'ERR_UNKNOWN_SIGNAL' });
    };
    expect(await stop(unknown)).toBe(false);
    expect(process.listenerCount('SIGCONT')).toBe(0);
  });
});
