import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

/** Parts of Node.js that a relay has no use for until somebody calls, or at all. */
const needless = ['dns', 'fs/promises', 'https', 'perf_hooks', 'readline', 'tls', 'zlib'];

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

  it('does without a home folder that the system knows, as a user made up for a service has none', async () => {
    const script = stage.path('homeless.cjs');
    writeFileSync(
      script,
      `const os = require('node:os');
      const { homedir } = os;
      delete process.env.HOME;
      os.homedir = () => {
        if (process.env.HOME === undefined) throw new Error('uv_os_homedir returned ENOENT');
        return homedir();
      };
      require('node:module').syncBuiltinESMExports();`,
    );
    const env = { ...stage.env('relay'), NODE_OPTIONS: `--require ${script}` };
    const relay = new Program(['relay', '--listen', '127.0.0.1:0', '--data', stage.path('relay')], env);
    await Promise.race([relay.event('listening'), relay.exited]);
    await relay.close();
    expect({ stderr: relay.stderr, events: relay.lines.map(({ event }) => event) }).toEqual({
      stderr: '',
      events: ['listening'],
    });
  });

  it('keeps to the home folder that there is', async () => {
    const home = stage.path('home');
    const relay = new Program(['relay', '--listen', '127.0.0.1:0'], { HOME: home });
    await relay.event('listening');
    await relay.close();
    expect(readdirSync(home, { recursive: true, encoding: 'utf8' })).toContainEqual(
      expect.stringContaining('relay.db'),
    );
  });

  it('loads of Node.js what is needed to listen', async () => {
    const [list, script] = [stage.path('loaded'), stage.path('listing.cjs')];
    // The first thing that a relay writes says that it listens.
    writeFileSync(
      script,
      `const { stdout } = process;
      const { write } = stdout;
      stdout.write = (...args) => {
        stdout.write = write;
        require('node:fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n'));
        return stdout.write(...args);
      };`,
    );
    const env = { ...stage.env('relay'), NODE_OPTIONS: `--require ${script}` };
    const relay = new Program(['relay', '--listen', '127.0.0.1:0', '--data', stage.path('relay')], env);
    await relay.event('listening');
    const loaded = readFileSync(list, 'utf8').split('\n');
    await relay.close();
    expect(loaded).toContain('NativeModule http');
    expect(needless.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
  });
});
