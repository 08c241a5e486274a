import { describe, expect, it } from 'vitest';
import { sentence } from '../../../src/client/words/refusal-words.ts';
import { gapWords, relayStateWords, roomStateWords } from '../../../src/client/words/state-words.ts';

describe('the words of a state', () => {
  it('say that lines wait while the host cannot be reached', () => {
    expect(roomStateWords('connecting')).toBe('Dialling…');
    expect(roomStateWords('host-offline')).toBe('Host is away: your lines wait here for up to 24 h');
    expect(roomStateWords('host-offline', 'no-such-room')).toBe(roomStateWords('host-offline'));
    expect(roomStateWords('host-offline', 'host-closed')).toBe(
      'Closed by its host: your lines wait here for up to 24 h',
    );
    expect(roomStateWords('host-offline', 'no-such-room', { own: true })).toBe(
      'Not open: your lines wait here for up to 24 h',
    );
    expect(roomStateWords('reconnecting', 'left-out', { relay: 'ws://far:1878' })).toBe(
      'Not called, since --relay names another: /connect ws://far:1878',
    );
  });

  it('say first what is wrong, for bars that are cut', () => {
    expect(roomStateWords('reconnecting')).toBe('Connection lost: dialling again, your lines wait here');
    expect(roomStateWords('reconnecting', 'unreachable')).toBe(
      'Could not reach the relay; dialling again, your lines wait here',
    );
    expect(roomStateWords('reconnecting', 'timeout')).toMatch(/^The other side did not answer in time; /);
    expect(relayStateWords({ state: 'reconnecting', reason: 'unreachable' })).toBe(
      'Could not reach the relay; dialling again',
    );
  });

  it('speak of no relay where the host itself is called', () => {
    expect(roomStateWords('connecting', 'unreachable', { via: 'lan' })).toBe(
      'Dialling… (its host is out of reach)',
    );
    expect(roomStateWords('reconnecting', 'unreachable', { via: 'lan' })).toBe(
      'Its host is out of reach; dialling again, your lines wait here',
    );
    expect(roomStateWords('reconnecting', 'unreachable', { via: 'relay' })).toContain('the relay');
  });

  it('give the reason of an end as a sentence', () => {
    expect(roomStateWords('closed', 'host-closed')).toBe(sentence('host-closed'));
    expect(roomStateWords('closed', 'banned')).toBe('You are banned from this room');
    expect(relayStateWords({ state: 'closed', reason: 'signed-in-elsewhere' })).toBe(
      sentence('signed-in-elsewhere'),
    );
    expect(relayStateWords({ state: 'online', reason: 'timeout' })).toBe('Connected');
  });

  it('count what is missing', () => {
    expect(gapWords(4, 4)).toBe('— 1 message missing —');
    expect(gapWords(4, 9)).toBe('— 6 messages missing —');
  });
});
