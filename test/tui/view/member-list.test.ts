import { describe, expect, it } from 'vitest';
import type { MemberInfo } from '../../../src/client/session-events.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { memberListRows } from '../../../src/tui/view/member-list.ts';

function member(n: number, nick: string, more: Partial<MemberInfo> = {}): MemberInfo {
  const key = identityKey(new Uint8Array(32).fill(n));
  return { key, tag: 'abcd', nick, role: 'member', presence: 'online', ...more };
}

function shown(members: readonly MemberInfo[], width: number, self = ''): string[] {
  const look = { self, nameOf: ({ nick }: { nick: string }) => nick, nickColors: false };
  return memberListRows(members, look, width, 10).map(({ spans }) =>
    spans
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
}

describe('the list of members', () => {
  it('marks who is on the local network where a room has two lines', () => {
    const members = [member(1, 'ada', { role: 'owner', via: 'lan' }), member(2, 'bob', { via: 'relay' })];
    expect(shown(members, 20)).toEqual(['Here 2', '● ada          ★ LAN', '● bob']);
  });

  it('leaves `you` out rather than cutting it', () => {
    const ada = member(1, 'ada', { role: 'owner', via: 'lan' });
    expect(shown([ada], 20, ada.key)[1]).toBe('● ada you      ★ LAN');
    expect(shown([ada], 14, ada.key)[1]).toBe('● ada    ★ LAN');
  });
});
