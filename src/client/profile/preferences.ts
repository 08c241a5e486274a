interface PreferenceSpec {
  /** The first one is the default. */
  readonly values: readonly [string, ...string[]];
  readonly help: string;
}

const onOff = ['on', 'off'] as const;

/** Every setting of the screen: `/set` lists, explains and checks by this table, and the settings file is read by it. */
export const preferences = {
  theme: {
    values: ['auto', 'dark', 'light', 'high-contrast', 'mono'],
    help: 'colours; auto is light if the terminal says that it is, else dark',
  },
  time: { values: ['24', '12', 'off'], help: 'how the time of a line is written' },
  bell: {
    values: ['mention', 'all', 'off'],
    help: 'what rings: whispers and mentions, every line, nothing; never what is on screen',
  },
  notify: {
    values: ['off', 'osc9', 'osc777'],
    help: 'a notification of the terminal beside the bell (osc9: iTerm2, kitty, Windows; osc777: urxvt, foot, VTE)',
  },
  typing: { values: onOff, help: 'show who is typing, and let others see when you are' },
  mouse: {
    values: onOff,
    help: 'wheel and clicks; off leaves the mouse to the terminal, for selecting text',
  },
  'nick-colors': { values: onOff, help: 'a colour of its own for each nick' },
  fold: { values: onOff, help: 'put three and more joins and leaves in a row into one line' },
  rejoin: { values: onOff, help: 'come back at the start to the rooms that were open' },
} as const satisfies Readonly<Record<string, PreferenceSpec>>;

export type PreferenceName = keyof typeof preferences;
export type Preferences = {
  readonly [Name in PreferenceName]: (typeof preferences)[Name]['values'][number];
};

export const preferenceNames = Object.keys(preferences) as readonly PreferenceName[];

/** The value that is not set is the default. */
export function preferencesOf(values: {
  readonly [Name in PreferenceName]?: Preferences[Name] | undefined;
}): Preferences {
  return {
    theme: values.theme ?? preferences.theme.values[0],
    time: values.time ?? preferences.time.values[0],
    bell: values.bell ?? preferences.bell.values[0],
    notify: values.notify ?? preferences.notify.values[0],
    typing: values.typing ?? preferences.typing.values[0],
    mouse: values.mouse ?? preferences.mouse.values[0],
    'nick-colors': values['nick-colors'] ?? preferences['nick-colors'].values[0],
    fold: values.fold ?? preferences.fold.values[0],
    rejoin: values.rejoin ?? preferences.rejoin.values[0],
  };
}

export function isPreference(name: string): name is PreferenceName {
  return Object.hasOwn(preferences, name);
}

export function isValueOf<Name extends PreferenceName>(
  name: Name,
  value: string,
): value is Preferences[Name] {
  return preferences[name].values.some((each) => each === value);
}
