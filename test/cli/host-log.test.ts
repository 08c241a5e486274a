import { expect, it } from 'vitest';
import { hostLogEvent, onceAnOutage } from '../../src/cli/host-log.ts';
import type { HostEvent } from '../../src/host/host-events.ts';

it('an outage is told once for each reason and line, and the next one again', () => {
  const isNews = onceAnOutage();
  const told = (event: HostEvent): boolean => {
    const line = hostLogEvent(event, () => undefined);
    return line !== undefined && isNews(line);
  };
  const away = { type: 'offline', reason: 'unreachable', retryMs: 1 } as const;
  expect([away, away, { ...away, via: 'lan' } as const, away].map(told)).toEqual([true, false, true, false]);
  expect(told({ type: 'refused', code: 'taken', retryMs: 1 })).toBe(true);
  expect(told(away)).toBe(false);
  expect([{ type: 'online' } as const, { type: 'online' } as const].map(told)).toEqual([true, true]);
  expect(told(away)).toBe(true);
  expect(told({ ...away, via: 'lan' })).toBe(false);
});
