import { describe, expect, it } from 'vitest';
import { Names } from '../../../src/client/people/person-names.ts';
import { skeleton } from '../../../src/shared/lookalike.ts';
import { mentions } from '../../../src/tui/view/mentions.ts';
import { personNamed } from '../../support/memory-room.ts';

describe('names that look alike', () => {
  it.each([
    ['ada', 'ADA'],
    ['ada', 'аdа'],
    ['bill', 'bi11'],
    ['bob', 'b0b'],
    ['tom', 'torn'],
    ['ada', 'ádà'],
    ['ada', 'ad.a'],
  ])('%s is taken for %s', (one, other) => {
    expect(skeleton(one)).toBe(skeleton(other));
  });

  it('are shown with their key tags, others without', () => {
    const [ada, fake, bob] = [personNamed('ada'), personNamed('аda'), personNamed('bob')];
    const names = new Names([ada, fake, bob]);
    expect(names.show(ada)).toBe(`ada~${ada.tag}`);
    expect(names.show(fake)).toBe(`аda~${fake.tag}`);
    expect(names.show(bob)).toBe('bob');
  });

  it('also when only the other one is still here', () => {
    const gone = personNamed('ada', 'an earlier ada');
    expect(new Names([personNamed('ada')]).show(gone)).toBe(`ada~${gone.tag}`);
  });
});

describe('mentions', () => {
  it('are whole words in any case', () => {
    expect(mentions('hi Ada!', 'ada')).toBe(true);
    expect(mentions('@ada: hi', 'ada')).toBe(true);
    expect(mentions('adamant', 'ada')).toBe(false);
    expect(mentions('エミさん', 'エミ')).toBe(false);
    expect(mentions('a.b', 'a+b')).toBe(false);
    expect(mentions('is a+b here', 'a+b')).toBe(true);
  });
});
