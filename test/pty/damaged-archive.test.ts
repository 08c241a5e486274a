import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDamage } from '../support/damaged-table.ts';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
let url: string;
let archive: string;
beforeEach(async () => {
  stage = new Stage();
  ({ url } = await stage.relay());
  await stage.host('tom', 'tea', '--relay', url, '--no-lan', '--nick', 'tom');
  const first = ada();
  await first.see(/^ tea [^]*Connected/);
  first.enter('/quit');
  await first.exited;
  archive = stage.path('ada', 'data', 'archive.db');
});
afterEach(() => stage.close());

function ada(): Terminal {
  // Wide enough that no sentence wraps.
  const words = ['--no-lan', '--nick', 'ada', '--relay', url, 'tea'];
  return stage.terminal('ada', words, { columns: 300 });
}

async function bobSays(text: string): Promise<void> {
  const pipe = stage.program('bob', 'pipe', 'tea', '--relay', url, '--no-lan', '--nick', 'bob');
  pipe.send(text);
  pipe.end();
  await pipe.exited;
}

describe('an archive that turns out to be damaged while the screen is open', () => {
  it('when it is written: is told, the index made anew, the conversation goes on, and what cannot be kept stays in the input', async () => {
    writeFileSync(archive, withDamage(archive, 'words_data', 'outbox'));
    const one = ada();
    await one.see(/^ tea [^]*Connected/);
    await bobSays('first');
    await bobSays('second');
    await one.see(/The index of words[^]*is damaged[^]*made anew[^]*bob +second/);
    one.enter('/search second');
    await one.see(/1 of 1 found[^]*bob +second/);
    one.type('\u001b');
    await one.see(/made anew[^]*bob +second/);
    one.enter('mine');
    await one.see(/not all of it[^]*› mine *$/);
    expect(one.text().match(/not all of it/g)).toHaveLength(1);
  });

  it('when it is read: ends the program with the name of the file and the remedy, 78', async () => {
    // Read for each line that somebody says.
    writeFileSync(archive, withDamage(archive, 'line_change_of_line'));
    const one = ada();
    await one.see(/^ tea [^]*Connected/);
    await bobSays('first');
    expect((await one.exited).exitCode).toBe(78);
    expect(one.text().replaceAll(/\s+/g, ' ')).toMatch(/archive\.db cannot be used .*Put back a copy of it/);
  });
});
