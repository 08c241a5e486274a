import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { RelayTerms } from '../../../src/client/relays/relay-terms.ts';
import type { ClientEvent } from '../../../src/client/session-events.ts';
import { MAX_TERMS_LINES } from '../../../src/shared/limits.ts';

function rig() {
  const { people } = openArchive(':memory:');
  const shown: ClientEvent[] = [];
  const session = () => new RelayTerms(people, (event) => shown.push(event));
  const at = (url: string, terms?: string) =>
    ({ url, terms, info: { url, via: 'relay', state: 'online' } }) as const;
  return { session, shown, at };
}

describe('terms of a relay', () => {
  it('are shown at the first visit, not at the next ones, and again when they have changed', () => {
    const { session, shown, at } = rig();
    for (const terms of ['be kind', 'be kind', 'be kinder']) session().online(at('ws://a:1', terms), 1);
    expect(shown).toEqual([
      { type: 'terms', relay: 'ws://a:1', text: 'be kind' },
      { type: 'terms', relay: 'ws://a:1', text: 'be kinder' },
    ]);
  });

  it('are shown once in a session, however often a relay changes them', () => {
    const { session, shown, at } = rig();
    const one = session();
    for (let n = 0; n < 100; n++) one.online(at('ws://a:1', `text ${n}`), n);
    expect(shown).toHaveLength(1);
    one.online(at('ws://b:1', 'text of another'), 1);
    expect(shown).toHaveLength(2);
  });

  it('are printable text of a bounded height, or nothing', () => {
    const { session, shown, at } = rig();
    session().online(at('ws://a:1'), 1);
    session().online(at('ws://b:1', '\u001b[2J\u0007 \n'), 1);
    expect(shown).toEqual([]);
    session().online(at('ws://c:1', `a\u001b]0;x\u0007${'\nb'.repeat(1_000)}`), 1);
    expect(shown).toMatchObject([{ text: `a${'\nb'.repeat(MAX_TERMS_LINES - 1)}` }]);
  });

  it('are none of those that announced themselves on the network: nobody asked for them, and there may be any number', () => {
    const { session, shown, at } = rig();
    const one = session();
    for (let n = 0; n < 100; n++) {
      const { url, terms, info } = at(`ws://10.0.0.66:${n + 1}`, `text ${n}`);
      one.online({ url, terms, info: { ...info, via: 'lan' } }, n);
    }
    expect(shown).toEqual([]);
  });
});
