import { describe, expect, it } from 'vitest';
import { Admission } from '../../src/relay/admission.ts';
import { connectionLimit } from '../../src/relay/descriptors.ts';
import { defaultLimits } from '../../src/relay/limits.ts';

describe('admission', () => {
  it('takes 8 connections of a network before login, 20 after it', () => {
    const admission = new Admission(defaultLimits);
    for (let i = 0; i < 8; i++) expect(admission.opened('a', 0)).toBeUndefined();
    expect(admission.opened('a', 0)).toMatchObject({ code: 'too-many-connections', limit: 8 });
    expect(admission.opened('b', 0)).toBeUndefined();
    admission.closed('a', false);
    for (let i = 0; i < 8; i++) admission.loggedIn('a');
    for (let i = 8; i < 20; i++) {
      expect(admission.opened('a', 0)).toBeUndefined();
      admission.loggedIn('a');
    }
    expect(admission.opened('a', 0)).toMatchObject({ code: 'too-many-connections', limit: 20 });
    admission.closed('a', false);
    admission.closed('a', true);
    expect(admission.opened('a', 0)).toBeUndefined();
  });

  it('takes 60 new connections of a network in 10 minutes', () => {
    const admission = new Admission(defaultLimits);
    for (let i = 0; i < 60; i++) {
      expect(admission.opened('a', 0)).toBeUndefined();
      admission.closed('a', false);
    }
    expect(admission.opened('a', 0)).toEqual({ code: 'too-many-connections', limit: 60, retryMs: 10_000 });
    admission.closed('a', false);
    expect(admission.opened('a', 10_000)).toBeUndefined();
  });

  it('counts no network that is free, but its connections among all', () => {
    const admission = new Admission({ ...defaultLimits, connections: 100 }, ['127.0.0.1']);
    for (let i = 0; i < 100; i++) expect(admission.opened('127.0.0.1', 0)).toBeUndefined();
    expect(admission.opened('127.0.0.1', 0)).toMatchObject({ code: 'too-many-connections', limit: 100 });
    expect(admission.opened('10.0.0.1', 0)).toMatchObject({ limit: 100 });
  });

  it('counts new connections by the limit that holds by now', () => {
    const limits = { ...defaultLimits, newConnectionsPerNetwork: 1 };
    const admission = new Admission(limits);
    expect(admission.opened('a', 0)).toBeUndefined();
    expect(admission.opened('a', 0)).toMatchObject({ limit: 1 });
    limits.newConnectionsPerNetwork = 600;
    admission.limitsChanged(0);
    expect(admission.opened('a', 1_000)).toBeUndefined();
  });

  it('takes no more in total than its limit', () => {
    const admission = new Admission({ ...defaultLimits, connections: 2 });
    expect(admission.opened('a', 0)).toBeUndefined();
    expect(admission.opened('b', 0)).toBeUndefined();
    expect(admission.opened('c', 0)).toMatchObject({ code: 'too-many-connections', limit: 2 });
    for (const left of ['b', 'c']) admission.closed(left, false);
    expect(admission.opened('d', 0)).toBeUndefined();
  });

  it('leaves a quarter of the descriptors for everything else', () => {
    expect(connectionLimit(10_000, 1_024)).toBe(768);
    expect(connectionLimit(10_000, 1_000_000)).toBe(10_000);
  });
});
