import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import { signIn } from '../support/relay-rig.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

async function watched(size = {}) {
  const { program, url } = await stage.relay();
  const board = stage.terminal('operator', ['relay', 'status', '--data', stage.path('relay')], size);
  await board.see('lines');
  return { program, url, board };
}

describe('chat-tui relay status in a terminal', () => {
  it('follows what happens, and leaves with q the terminal as it was', async () => {
    const { url, board } = await watched();
    await board.see(/^.*\n.*\nlines +░+ {2}0 of /);
    await signIn({ url });
    await board.see('1 member · 0 hosts');
    board.type('q');
    expect(await board.exited).toMatchObject({ exitCode: 0 });
    expect(board.raw).toContain('\u001b[?1049h');
    expect(board.raw.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it.each([
    [40, 12],
    [20, 6],
  ])('fits %i columns and %i rows', async (columns, rows) => {
    const { program, board } = await watched({ columns, rows });
    expect(board.rows().filter((row) => row !== '').length).toBeLessThanOrEqual(rows);
    program.kill();
    await program.exited;
    expect(await board.exited).toMatchObject({ exitCode: 69 });
  });

  it('says that the relay has gone away, on the screen that was there before', async () => {
    const { program, board } = await watched();
    program.kill();
    expect(await board.exited).toMatchObject({ exitCode: 69 });
    const [, after = ''] = board.raw.split('\u001b[?1049l');
    expect(after).toBe('chat-tui: the relay has gone away.\r\n');
  });
});
