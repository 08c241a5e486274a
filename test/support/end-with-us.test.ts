import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

it.runIf(process.platform !== 'win32')(
  'a program that a test started ends when the test is killed',
  async () => {
    const module = new URL('end-with-us.ts', import.meta.url).href;
    const script = `
    import { spawn } from 'node:child_process';
    import { endWithUs } from ${JSON.stringify(module)};
    const program = spawn('sleep', ['100'], { stdio: ['ignore', 'inherit', 'ignore'] });
    endWithUs(program);
    process.stdout.write('started');
    setInterval(() => {}, 1_000);`;
    const test = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void test.kill('SIGKILL'));
    await once(test.stdout, 'data');
    test.kill('SIGKILL');
    // The program has it open too.
    await once(test.stdout.resume(), 'end');
    expect(test.stdout.readableEnded).toBe(true);
  },
);
