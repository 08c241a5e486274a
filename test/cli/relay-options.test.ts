import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines } from '../../src/cli/json-lines.ts';
import { parseCommandLine, UsageError } from '../../src/cli/parse.ts';
import { operatorOptions, relayOptions, settingRows } from '../../src/cli/relay-options.ts';
import { UnusableFileError } from '../../src/files/unusable-file.ts';
import { limitNames, limitProblem } from '../../src/relay/limit-ranges.ts';
import { defaultLimits } from '../../src/relay/limits.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-config-'));
  file = join(folder, 'relay.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (args: readonly string[], env: Record<string, string> = {}) =>
  parseCommandLine(['relay', ...args], env);
const options = (args: readonly string[], env?: Record<string, string>) => relayOptions(line(args, env));

/** The options of a relay with this configuration file. */
function configured(content: unknown, args: readonly string[] = [], env: Record<string, string> = {}) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return options(['--config', file, ...args], env);
}

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('the settings of a relay', () => {
  it('are the defaults where nothing is given', () => {
    expect(options([])).toMatchObject({ host: '0.0.0.0', port: 1878, limits: {}, trustProxy: undefined });
  });

  it('are taken from the flag before the environment, and from the environment before the file', () => {
    const content = { listen: '[::1]:1', name: 'file', 'trust-proxy': 1, metrics: '127.0.0.1:9187' };
    const env = { CHAT_TUI_RELAY_NAME: 'environment', CHAT_TUI_RELAY_TRUST_PROXY: '2' };
    expect(configured(content, ['--trust-proxy', '3'], env)).toMatchObject({
      host: '::1',
      port: 1,
      name: 'environment',
      trustProxy: 3,
      metrics: { host: '127.0.0.1', port: 9187 },
    });
  });

  it('show figures on loopback where only a port is given', () => {
    expect(options(['--metrics', '9187'])).toMatchObject({ metrics: { host: '127.0.0.1', port: 9187 } });
    for (const wrong of ['99999', ':9187', '127.0.0.1'])
      expect(() => options(['--metrics', wrong])).toThrow(/^--metrics wants ADDR:PORT/);
    expect(() => options(['--listen', '1878'])).toThrow(/^--listen wants ADDR:PORT/);
  });

  it('may be a file that the environment names', () => {
    writeFileSync(file, '{"listen":"127.0.0.1:7"}');
    expect(options([], { CHAT_TUI_RELAY_CONFIG: file })).toMatchObject({ port: 7 });
  });

  it('hold limits, each from the first place that names it', () => {
    const content = { limits: { 'rooms-per-identity': 7, connections: 70, 'disk-full': 0.5 } };
    const env = { CHAT_TUI_RELAY_LIMITS: 'connections=80, names=9' };
    expect(configured(content, [], env).limits).toEqual({
      roomsPerIdentity: 7,
      connections: 80,
      names: 9,
      diskFull: 0.5,
    });
    expect(configured(content, ['--limits', 'connections=90'], env).limits).toEqual({
      roomsPerIdentity: 7,
      connections: 90,
      diskFull: 0.5,
    });
  });

  it('are shown with where they come from', () => {
    writeFileSync(file, '{\n "name": "tea",\n "limits": {\n  "names": 5 }}');
    const rows = settingRows(
      line(['--config', file, '--listen', '127.0.0.1:1'], { CHAT_TUI_RELAY_TRUST_PROXY: '1' }),
    );
    expect(rows).toEqual([
      ['listen', '127.0.0.1:1', '--listen'],
      ['name', 'tea', `${file} line 2: "name"`],
      ['trust-proxy', '1', 'CHAT_TUI_RELAY_TRUST_PROXY'],
      ['names', '5', `${file} line 4: "names"`],
    ]);
  });
});

describe('a setting that cannot be used is named with its place', () => {
  it.each([
    [['--listen', 'x'], {}, '--listen wants ADDR:PORT like 0.0.0.0:1878 or [::]:1878, not "x"'],
    [
      [],
      { CHAT_TUI_RELAY_LISTEN: 'x' },
      'CHAT_TUI_RELAY_LISTEN wants ADDR:PORT like 0.0.0.0:1878 or [::]:1878, not "x"',
    ],
    [
      [],
      { CHAT_TUI_RELAY_TRUST_PROXY: '-1' },
      'CHAT_TUI_RELAY_TRUST_PROXY wants a whole number from 0 to 8, not "-1"',
    ],
    [
      ['--tls-key', 'k'],
      {},
      '--tls-key is alone: --tls-cert and --tls-key belong together; give both or neither',
    ],
    [['--limits', 'names'], {}, '--limits wants NAME=N,NAME=N, not "names"'],
    [['--limits', 'rooms=1'], {}, '--limits: rooms is not a limit, but "rooms-per-identity" is'],
    [['--limits', 'people=1'], {}, '--limits: people is not a limit; docs/operations.md lists them'],
    [
      [],
      { CHAT_TUI_RELAY_LIMITS: 'names=x' },
      'CHAT_TUI_RELAY_LIMITS: names wants a whole number from 0 to 10000000, not "x"',
    ],
    [['ban', 'x', '--for', 'long'], {}, '--for wants a time like 30m, 2h or 7d, not "long"'],
  ])('%j %j', (args, env, sentence) => {
    expect(failure(() => operatorOptions(line(args, env)))).toEqual(new UsageError(sentence));
  });

  it.each([
    ['{\n "listen": "x" }', 'line 2: "listen" wants ADDR:PORT like 0.0.0.0:1878 or [::]:1878, not "x".'],
    ['{\n\n "listen": 1878 }', 'line 3: "listen" wants a text in quotes, not 1878.'],
    ['{"trust-proxy": "1"}', 'line 1: "trust-proxy" wants a number, not "1".'],
    ['{\n"trust-proxy": 1.5}', 'line 2: "trust-proxy" wants a whole number from 0 to 8, not "1.5".'],
    ['{\n"lsten": "x"}', 'line 2: "lsten" is no setting of a relay, but "listen" is.'],
    ['{"port": 1878}', 'line 1: "port" is no setting of a relay; "chat-tui relay --help" lists them.'],
    ['{"limits": {\n\n"names": "5"}}', 'line 3: "limits.names" wants a number, not "5".'],
    ['{\n"limits": []}', 'line 2: "limits" wants a group in { }, not Array.'],
    ['{"limits": {\n"nmes": 5}}', 'line 2: "nmes" is not a limit, but "names" is.'],
    [
      '{"limits": {\n"lease-ms": 5}}',
      'line 2: "lease-ms" wants a whole number from 30000 to 3600000, not "5".',
    ],
    ['{"name": "a",\n"name": "b"}', 'line 1: "name" is there twice; take one out.'],
    ['{\n"name": "a",,\n}', 'line 2 is not JSON; mend it, for example a comma or a quote.'],
    ['{\n"name": "a"', 'line 2 is not JSON; mend it, for example a comma or a quote.'],
    ['{\n"data": ""}', 'line 2: "data" is empty; give it a value, or take it out.'],
    ['[]', 'has to be one JSON object: { "listen": "0.0.0.0:1878" }.'],
    ['"x"', 'has to be one JSON object: { "listen": "0.0.0.0:1878" }.'],
    [
      '{"__proto__": {}}',
      'line 1: "__proto__" is no setting of a relay; "chat-tui relay --help" lists them.',
    ],
    [
      '{"tls-cert": "c"}',
      'line 1: "tls-cert" is alone: --tls-cert and --tls-key belong together; give both or neither.',
    ],
  ])('%s', (content, sentence) => {
    const error = failure(() => configured(content));
    expect(error).toBeInstanceOf(UnusableFileError);
    expect((error as UnusableFileError).text).toBe(`${file} ${sentence}`);
  });

  it.each([
    ['is not there', '/nowhere/relay.json', /cannot be read \(ENOENT\); check --config\.$/],
    ['is a folder', tmpdir(), /is not a file; check --config\.$/],
  ])('a file that %s', (_, path, sentence) => {
    expect(failure(() => options(['--config', path]))).toMatchObject({
      text: expect.stringMatching(sentence),
    });
  });

  it('a file that is too long is not read', () => {
    expect(failure(() => configured(' '.repeat(100_000)))).toMatchObject({
      text: expect.stringContaining('is longer than'),
    });
  });
});

describe('limits', () => {
  it('have a name each, and defaults that may be set', () => {
    expect([...limitNames.values()].toSorted()).toEqual(Object.keys(defaultLimits).toSorted());
    for (const name of limitNames.values()) expect(limitProblem(name, defaultLimits[name])).toBeUndefined();
  });
});

describe('docs/operations.md', () => {
  const examples = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^```json\n(.*?)^```/gms)].map(
    ([, text = '']) => text,
  );

  it('shows configuration files that can be used, and every limit with its default', () => {
    const usable = examples.filter((text) => !text.includes('"event"'));
    expect(usable).toHaveLength(2);
    for (const text of usable) expect(() => configured(text)).not.toThrow();
    expect(configured(usable[1] ?? '').limits).toEqual(defaultLimits);
  });
});

describe('the lines of a JSON file', () => {
  it('are found whatever stands in the strings', () => {
    const text = '{ "a:{\\"": ["x", {"in": 1}],\n"b": {"c": "}",\n\n"d\\u0065": null} }';
    expect([...jsonLines(text).lines]).toEqual([
      ['a:{"', 1],
      ['a:{"..in', 1],
      ['b', 2],
      ['b.c', 2],
      ['b.de', 4],
    ]);
  });
});
