import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
let proxy: RecordingProxy | undefined;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  await proxy?.close();
  await stage.close();
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

describe('a relay', () => {
  it('receives, stores and logs no word of messages, whispers, private topics or join codes', async () => {
    const relay = await stage.relay();
    proxy = await RecordingProxy.start(relay.url);
    const url = proxy.url;
    await stage.host('host-a', 'publictitleword', '--relay', url, '--topic', 'publictopicword');
    const hosted = await stage.host(
      'host-b',
      'privatetitleword',
      '--relay',
      url,
      '--topic',
      'privatetopicword',
      '--private',
      '--code',
      '--rate',
      '100',
    );
    const invite = String(hosted.ready['invite']);
    const code = parseInvite(invite)?.code;
    if (!code) throw new Error('the invite has no code');
    writeFileSync(stage.path('invite'), invite);
    const [ada, bob] = (['ada', 'bob'] as const).map((nick) =>
      stage.program(nick, 'pipe', invite, '--nick', nick, '--json'),
    );
    if (!ada || !bob) throw new Error('two people');
    await Promise.all([ada.event('ready'), bob.event('ready')]);
    await ada.until(
      () =>
        ada.lines.find((line) => line.event === 'join' && line['nick'] === 'bob') ??
        members(ada.lines, 'bob'),
      'bob',
    );
    ada.send({ text: 'messageword', id: '1' });
    ada.send({ text: '/me actionword', id: '2' });
    ada.send({ text: '/whisper bob whisperword', id: '3' });
    await bob.event('whisper', (line) => line['text'] === 'whisperword');
    await ada.event('sent', (line) => line['id'] === '2');
    bob.end();
    await bob.exited;
    ada.send({ text: '/whisper bob offlinewhisperword', id: '4' });
    await ada.event('whisper-stored', (line) => line['id'] === '4');

    const stored = filesBelow(stage.path('relay')).map((path) => readFileSync(path));
    expect(stored.length).toBeGreaterThan(0);
    const seen = Buffer.concat([
      proxy.recorded(),
      ...stored,
      Buffer.from(relay.program.stdout + relay.program.stderr),
    ]);
    // What a relay may know is there, so the search below does look at the right bytes.
    expect(seen.includes('publictitleword')).toBe(true);
    const secrets = [
      'messageword',
      'actionword',
      'whisperword',
      'offlinewhisperword',
      'privatetitleword',
      'privatetopicword',
      invite.split('.').at(-1) ?? invite,
      Buffer.from(code),
    ];
    for (const secret of secrets) expect(seen.includes(secret), String(secret)).toBe(false);
  });
});

function members(lines: readonly Readonly<Record<string, unknown>>[], nick: string): true | undefined {
  const ready = lines.find((line) => line['event'] === 'ready');
  const known: unknown = ready?.['members'];
  const there = Array.isArray(known) && known.some((member: { nick?: unknown }) => member.nick === nick);
  return there || undefined;
}
