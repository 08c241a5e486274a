import { describe, expect, it } from 'vitest';
import { believed, courseAfter, isOnlyTheLine } from '../../../src/client/calls/room-course.ts';

describe('the word of a relay about a room that one was in', () => {
  it('ends no membership: what only the host may say is taken for an absence', () => {
    for (const code of ['banned', 'kicked', 'left', 'not-allowed'] as const)
      expect(courseAfter(believed(code, false))).toBe('host-offline');
  });

  it('ends no talk for good that has begun, whatever it is', () => {
    for (const code of ['wrong-code', 'too-many-tries', 'unsupported-version'] as const) {
      expect(courseAfter(believed(code, false))).toBe('closed');
      expect(courseAfter(believed(code, true))).toBe('host-offline');
    }
  });

  it('is the last one about its own login', () => {
    for (const code of ['login-failed', 'signed-in-elsewhere'] as const)
      expect(courseAfter(believed(code, true))).toBe('closed');
  });
});

describe('after a call that came to nothing', () => {
  it('another line is worth a try where nobody has said no', () => {
    for (const code of ['unreachable', 'timeout', 'host-away', 'no-such-room'] as const)
      expect(isOnlyTheLine(code)).toBe(true);
    for (const code of ['wrong-code', 'banned', 'room-full', 'changed-key'] as const)
      expect(isOnlyTheLine(code)).toBe(false);
  });

  it('all is over where a code is wanted that is not there', () => {
    for (const code of ['wrong-code', 'invite-used', 'invite-expired', 'invite-revoked'] as const)
      expect(courseAfter(code)).toBe('closed');
  });

  it('what nobody foresaw is tried again', () => {
    for (const code of ['internal', 'room-busy', 'changed-key', 'protocol'] as const)
      expect(courseAfter(code)).toBe('reconnecting');
  });
});
