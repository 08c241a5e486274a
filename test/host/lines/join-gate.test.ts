import { describe, expect, it } from 'vitest';
import { JoinGate, MAX_TRIERS, MAX_WRONG_CODES, WRONG_CODES_MS } from '../../../src/host/lines/join-gate.ts';
import { identityKey } from '../../../src/shared/ids.ts';

function identity(n: number) {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, n);
  return identityKey(bytes);
}

describe('the gate of a room', () => {
  it('lets ten newcomers in within ten seconds', () => {
    const gate = new JoinGate(0);
    const outcomes = Array.from({ length: 11 }, () => gate.enter(0)?.code);
    expect(outcomes).toEqual([...Array.from({ length: 10 }, () => undefined), 'room-busy']);
    expect(gate.enter(999)?.retryMs).toBeGreaterThan(0);
    expect(gate.enter(1_000)).toBeUndefined();
  });

  it('bars an identity after five wrong codes until ten minutes have passed', () => {
    const gate = new JoinGate(0);
    const ada = identity(1);
    for (let i = 1; i < MAX_WRONG_CODES; i++) expect(gate.wrongCode(ada, i)).toEqual({ code: 'wrong-code' });
    expect(gate.barred(ada, 10)).toBeUndefined();
    expect(gate.wrongCode(ada, 10)).toEqual({ code: 'too-many-tries', retryMs: WRONG_CODES_MS - 9 });
    expect(gate.barred(ada, 20)?.code).toBe('too-many-tries');
    expect(gate.barred(identity(2), 20)).toBeUndefined();
    expect(gate.barred(ada, WRONG_CODES_MS + 1)).toBeUndefined();
  });

  it('bars nobody from one line for what another line’s relay has announced', () => {
    const gate = new JoinGate(0);
    for (let i = 0; i < MAX_WRONG_CODES; i++) gate.wrongCode(identity(1), 0, 'relay');
    expect(gate.barred(identity(1), 0, 'relay')).toBeDefined();
    expect(gate.barred(identity(1), 0, 'lan')).toBeUndefined();
  });

  it('remembers a bounded number of identities', () => {
    const gate = new JoinGate(0);
    for (let i = 0; i < MAX_WRONG_CODES; i++) gate.wrongCode(identity(0), 0);
    for (let i = 1; i < MAX_TRIERS; i++) gate.wrongCode(identity(i), 0);
    expect(gate.barred(identity(0), 0)).toBeDefined();
    gate.wrongCode(identity(MAX_TRIERS), 0);
    expect(gate.barred(identity(0), 0)).toBeUndefined();
  });
});
