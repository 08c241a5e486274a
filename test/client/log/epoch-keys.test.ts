import { expect, it } from 'vitest';
import { EpochKeys, MAX_EPOCH_KEYS } from '../../../src/client/log/epoch-keys.ts';
import { sealCast } from '../../../src/shared/crypto/seal.ts';
import { randomBytes } from '../../../src/shared/crypto/sign.ts';
import { ManualClock } from '../../link/manual-clock.ts';

it('keys that a host changes thousands of times are held up to a bound, the newest of them', () => {
  const where = { room: randomBytes(16), log: randomBytes(8) };
  const made = Array.from({ length: 1_000 }, () => randomBytes(32));
  const [first = randomBytes(32), ...later] = made;
  const keys = new EpochKeys(new ManualClock(), where, 0, first);
  for (const [index, key] of later.entries()) keys.rekey(index + 1, key, 5);
  const opened = made.map((key, kepoch) => {
    const sealed = sealCast(key, { ...where, kepoch, seq: 4 }, Uint8Array.of(1));
    return keys.open(sealed).type;
  });
  expect(opened.filter((type) => type === 'opened')).toHaveLength(MAX_EPOCH_KEYS);
  expect(opened.slice(-MAX_EPOCH_KEYS)).not.toContain('late');
});
