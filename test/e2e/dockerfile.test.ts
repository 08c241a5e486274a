import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Continued lines joined, comments left out. */
const instructions: readonly Instruction[] = readFileSync(join(root, 'Dockerfile'), 'utf8')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { name, text };
  });
const of = (name: string, among = instructions) =>
  among.filter((instruction) => instruction.name === name).map(({ text }) => text);
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const only = (name: string): string => {
  const [text, ...more] = of(name, lastStage);
  if (text === undefined || more.length > 0) throw new Error(`the last stage has not one ${name}`);
  return text;
};
const words = (text: string): string[] => {
  const parsed: unknown = JSON.parse(text.slice(text.indexOf('[')));
  return Array.isArray(parsed) ? parsed.map(String) : [];
};

describe('the Dockerfile', () => {
  it('builds from one base, in stages, what the lockfile says', () => {
    const bases = of('FROM').map((text) => text.split(' ')[0]);
    expect(new Set(bases)).toEqual(new Set(['node:24-bookworm-slim']));
    expect(of('FROM').length).toBeGreaterThan(1);
    const runs = of('RUN');
    expect(runs.some((text) => text.startsWith('npm ci '))).toBe(true);
    expect(runs.filter((text) => /npm (i|install)\b|\bapk\b|curl|wget/.test(text))).toEqual([]);
  });

  it('runs as somebody who is not root, without a shell in between, and says how it is', () => {
    expect(only('USER')).toBe('node');
    expect(words(only('CMD'))).toEqual(['node', 'bin/chat-tui.js', 'relay']);
    expect(only('HEALTHCHECK')).toMatch(/^--interval=\d{1,2}s .*CMD \["node", "-e", /);
    expect(only('VOLUME')).toBe('/data');
    expect(only('EXPOSE')).toBe('1878');
  });

  it('copies only what is there, and the context holds nothing that it need not', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist', 'test']));
    const copied = of('COPY', instructions.slice(0, -lastStage.length))
      .flatMap((text) => text.split(' ').slice(0, -1))
      .filter((path) => path !== '.');
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    for (const path of copied) expect(ignored).not.toContain(path);
  });
});

describe('what the image holds', () => {
  let stage: Stage;
  let relay: Program | undefined;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(async () => {
    await relay?.close();
    await stage.close();
  });

  it('is all a relay needs: it starts without node_modules, is healthy, ends on SIGTERM and keeps its identity', async () => {
    const app = stage.path('app');
    for (const text of of('COPY', lastStage)) {
      const [flag = '', ...paths] = text.split(' ');
      expect(flag).toBe('--from=build');
      const target = join(app, paths.at(-1) ?? '');
      for (const path of paths.slice(0, -1)) {
        const source = join(root, path.replace('/src/', ''));
        const into = text.endsWith('./') ? join(target, basename(path)) : target;
        mkdirSync(join(into, '..'), { recursive: true });
        cpSync(source, into, { recursive: true });
      }
    }
    expect(readdirSync(app)).not.toContain('node_modules');
    const settings = of('ENV', lastStage).flatMap((text) => text.trim().split(/\s+/));
    const env = Object.fromEntries(
      settings.map((setting) => {
        const [name = '', value = ''] = setting.split('=');
        return [name, value.replace('0.0.0.0:1878', '127.0.0.1:0').replace(/^\//, `${stage.folder}/`)];
      }),
    );
    const [, script = '', ...args] = words(only('CMD'));
    const start = async () => {
      relay = new Program(args, env, app, join(app, script));
      const { url, relayId } = await relay.event('listening');
      return { port: new URL(String(url)).port, relayId };
    };
    const first = await start();

    const check = words(only('HEALTHCHECK'))
      .slice(1)
      .map((word) => word.replace('1878', first.port));
    expect(spawnSync(process.execPath, check, { timeout: 10_000 }).status).toBe(0);
    relay?.kill('SIGTERM');
    expect(await relay?.exited).toEqual({ code: 0, signal: null });
    expect(spawnSync(process.execPath, check, { timeout: 10_000 }).status).not.toBe(0);
    expect((await start()).relayId).toBe(first.relayId);
  });
});
