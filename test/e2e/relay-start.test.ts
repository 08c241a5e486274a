import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';

describe('the start of a relay', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it('keeps what was compiled of its own code, not of the command line alone', async () => {
    const { program } = await stage.relay();
    program.kill('SIGTERM');
    await program.exited;
    const compiled = stage.path('relay', 'compiled');
    const bytes = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(compiled, name)))
      .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    expect(bytes).toBeGreaterThan(100_000);
  });
});
