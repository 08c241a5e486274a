/* oxlint-disable no-control-regex -- what a terminal is sent begins with escapes */
import { afterAll, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import { themeFor } from '../../src/tui/theme/theme.ts';

const stage = new Stage();
afterAll(() => stage.close());

const env = { COLORTERM: 'truecolor' };

it.each([
  ['rgb:ffff/ffff/ffff', 'light'],
  ['rgb:1e1e/1e1e/1e1e', 'dark'],
  [undefined, 'dark'],
] as const)('colours are those for the background that the terminal tells: %s', async (told, name) => {
  const background = told === undefined ? {} : { background: told };
  const ada = stage.terminal(`ada ${told}`, ['--nick', 'ada', '--no-lan'], { env, ...background });
  await ada.see('No rooms in reach yet.');
  const { color = '' } = themeFor(name, 24).tones.accent;
  const sgr = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).join(';');
  await ada.until(() => ada.raw.includes(`38;2;${sgr}m`), `a colour of the ${name} theme`);
  ada.enter('hello');
  await ada.see(/hello/);
  expect(ada.text()).not.toContain('rgb:');
  expect(ada.text()).not.toMatch(/\]11|ffff|1e1e/);
});

it('a QR code is dark on light without colours too, where the background is light', async () => {
  const quiet = { NO_COLOR: '1' };
  const ada = stage.terminal('ada paper', ['--nick', 'ada', '--no-lan'], {
    env: quiet,
    background: 'rgb:ffff/ffff/ffff',
    rows: 50,
  });
  await ada.see('No rooms in reach yet.');
  ada.enter('/host tea');
  await ada.see(/tea is open/);
  ada.enter('/invite');
  await ada.see(/█▀▀▀▀▀▀▀█/);
  await ada.until(() => /\u001B\[7m█+▀*/.test(ada.raw), 'a picture turned round');
});
