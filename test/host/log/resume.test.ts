import { describe, expect, it } from 'vitest';
import { planResume } from '../../../src/host/log/resume.ts';

const log = new Uint8Array(8).fill(1);
const hash = (seq: number) => new Uint8Array(32).fill(seq);
const facts = {
  log,
  seq: 20,
  floor: 5,
  hashAt: (seq: number) => (seq >= 4 && seq <= 20 ? hash(seq) : undefined),
};

function plan(seq: number, change: { log?: Uint8Array; hash?: Uint8Array } = {}) {
  return planResume({ log, seq, hash: hash(seq), ...change }, facts);
}

describe('resuming', () => {
  it('sends a newcomer what it may read', () => {
    expect(planResume(undefined, facts)).toEqual({ resume: 'fresh', from: 5, to: 20 });
  });

  it('sends the newest of it where that is much: what is older is asked for', () => {
    const much = { ...facts, seq: 5_000, floor: 10 };
    expect(planResume(undefined, much)).toEqual({ resume: 'fresh', from: 3_001, to: 5_000 });
    expect(planResume({ log, seq: 11, hash: hash(11) }, { ...much, hashAt: hash })).toEqual({
      resume: 'pages',
      from: 12,
      to: 5_000,
    });
  });

  it('sends what is missing to somebody with the same beginning', () => {
    expect(plan(12)).toEqual({ resume: 'pages', from: 13, to: 20 });
    expect(plan(4)).toEqual({ resume: 'pages', from: 5, to: 20 });
  });

  it('sends nothing to somebody who missed nothing', () => {
    expect(plan(20)).toEqual({ resume: 'pages', from: 21, to: 20 });
  });

  it('says that the log is a new one', () => {
    expect(plan(12, { log: new Uint8Array(8) })).toEqual({ resume: 'new-log', from: 5, to: 20 });
  });

  it('says that what is missing was trimmed away', () => {
    expect(plan(3)).toEqual({ resume: 'trimmed', from: 5, to: 20 });
  });

  it('does not call it trimmed when the member has nothing at all', () => {
    expect(plan(0)).toEqual({ resume: 'fresh', from: 5, to: 20 });
  });

  it('says that the copies differ', () => {
    expect(plan(12, { hash: hash(13) })).toEqual({ resume: 'diverged', from: 5, to: 20 });
    expect(plan(21)).toEqual({ resume: 'diverged', from: 5, to: 20 });
  });
});
