import {
  isPreference,
  isValueOf,
  preferenceNames,
  preferences,
  preferencesOf,
  type PreferenceName,
} from '../client/profile/preferences.ts';
import { MAX_MUTED, type Settings } from '../client/profile/settings.ts';
import type { RoomInfo } from '../client/session-events.ts';
import { columns } from '../shared/columns.ts';
import { answer, refuse, refuseUsage, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

const setUsage = '/set [NAME [VALUE]]';

export const settingCommands: readonly Command[] = [
  {
    name: 'set',
    aliases: [],
    area: 'screen',
    usage: setUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'list settings, explain one, change it for good',
    complete: preferenceNames.map((name) => `${name} `),
    completeNext: (name) => (isPreference(name) ? [...preferences[name].values, 'default'] : []),
    run: async (args, ctx) => {
      const [name = '', value, ...rest] = args.trim().split(/\s+/);
      if (name === '') return answer(listed(ctx));
      if (!isPreference(name)) {
        const all = preferenceNames.join(', ');
        return refuse('no-such-setting', `There is no setting ${shortened(name)}; there are ${all}.`);
      }
      if (rest.length > 0) return refuseUsage(setUsage);
      return value === undefined ? answer(explained(name, ctx)) : change(name, value, ctx);
    },
  },
  shortcut('theme', 'screen', 'choose the colours'),
  shortcut('time', 'screen', 'show times in 24 or 12 hours, or not at all'),
  shortcut('bell', 'noise', 'choose what rings'),
  {
    name: 'mute',
    aliases: [],
    area: 'noise',
    usage: '/mute',
    where: 'room',
    who: 'everyone',
    help: 'turn the bell off for this room, or on again',
    run: async (_args, { settings }, { info }) =>
      rings(info, (settings.values.muted ?? []).includes(info.id), settings),
  },
  {
    name: 'unmute',
    aliases: [],
    area: 'noise',
    usage: '/unmute',
    where: 'room',
    who: 'everyone',
    help: 'turn the bell of this room on again',
    run: async (_args, { settings }, { info }) => rings(info, true, settings),
  },
];

function rings({ id, title }: RoomInfo, on: boolean, settings: Settings): CommandOutcome {
  const others = (settings.values.muted ?? []).filter((each) => each !== id);
  settings.update({ muted: on ? others : [...others, id].slice(-MAX_MUTED) });
  return answer(
    on
      ? `${title} rings again; /bell says for what.`
      : `${title} does not ring any more; /unmute switches it on again.`,
  );
}

/** `/NAME VALUE` for `/set NAME VALUE`. */
function shortcut(name: PreferenceName, area: Command['area'], help: string): Command {
  const { values } = preferences[name];
  const usage = `/${name} ${values.length > 4 ? 'NAME' : values.join('|')}`;
  return {
    name,
    aliases: [],
    area,
    usage,
    where: 'anywhere',
    who: 'everyone',
    help,
    complete: values,
    run: async (args, ctx) => {
      const value = args.trim();
      return value === '' ? answer(explained(name, ctx)) : change(name, value, ctx);
    },
  };
}

function change(name: PreferenceName, typed: string, { settings }: CommandContext): CommandOutcome {
  const value = typed.toLowerCase();
  if (value !== 'default' && !isValueOf(name, value)) {
    const values = preferences[name].values.join(', ');
    return refuse('bad-setting', `${name} is one of ${values}; ${shortened(typed)} is not.`);
  }
  settings.update({ [name]: value === 'default' ? undefined : value });
  return answer(`${name} is ${preferencesOf(settings.values)[name]} now.`);
}

function listed({ settings }: CommandContext): string {
  const current = preferencesOf(settings.values);
  const rows = preferenceNames.map((name) => [name, current[name], preferences[name].values.join(' ')]);
  return `${columns([['setting', 'is', 'can be'], ...rows])}\n/set NAME explains one, /set NAME VALUE changes it.`;
}

function explained(name: PreferenceName, { settings }: CommandContext): string {
  const { values, help } = preferences[name];
  const [normal] = values;
  return [
    `${name} is ${preferencesOf(settings.values)[name]}`,
    `  ${help}`,
    `  one of: ${values.join(', ')} (default ${normal})`,
  ].join('\n');
}
