/** Names as people type them between colons, each before its emoji; those that mean much the same stand together. */
const table = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok 👌 ok_hand 👌 wave 👋 clap 👏 pray 🙏 muscle 💪 raised_hands 🙌 point_up ☝ point_right 👉
handshake 🤝 crossed_fingers 🤞 eyes 👀 brain 🧠 smile 😄 smiley 😃 grin 😁 laughing 😆 joy 😂 rofl 🤣 sweat_smile 😅 wink 😉
blush 😊 innocent 😇 heart_eyes 😍 kissing_heart 😘 yum 😋 tongue 😛 sunglasses 😎 nerd 🤓 thinking 🤔 raised_eyebrow 🤨
neutral 😐 expressionless 😑 unamused 😒 rolling_eyes 🙄 smirk 😏 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 sick 🤒
dizzy 😵 exploding_head 🤯 partying 🥳 worried 😟 frowning 😦 open_mouth 😮 astonished 😲 flushed 😳 cry 😢 sob 😭 scream 😱
confounded 😖 disappointed 😞 sweat 😓 weary 😩 tired 😫 yawning 🥱 triumph 😤 angry 😠 rage 😡 skull 💀 poop 💩 clown 🤡
ghost 👻 alien 👽 robot 🤖 heart 💜 red_heart 💖 broken_heart 💔 hundred 💯 100 💯 boom 💥 sparkles ✨ star ⭐ fire 🔥 tada 🎉
balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 rocket 🚀 airplane 🛫 car 🚗 bike 🚲 train 🚆 house 🏠 tent ⛺ sun 🌞 moon 🌙 rain 🌧
umbrella ☔ snow ⛄ rainbow 🌈 ocean 🌊 tree 🌳 cactus 🌵 flower 🌸 rose 🌹 leaf 🍃 clover 🍀 mushroom 🍄 dog 🐶 cat 🐱 mouse 🐭
rabbit 🐰 fox 🦊 bear 🐻 panda 🐼 tiger 🐯 lion 🦁 cow 🐮 pig 🐷 frog 🐸 monkey 🐵 chicken 🐔 penguin 🐧 owl 🦉 unicorn 🦄 bee 🐝
bug 🐛 snail 🐌 turtle 🐢 snake 🐍 octopus 🐙 fish 🐟 whale 🐳 apple 🍎 banana 🍌 cherries 🍒 strawberry 🍓 avocado 🥑 bread 🍞
cheese 🧀 pizza 🍕 burger 🍔 taco 🌮 sushi 🍣 cake 🍰 cookie 🍪 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine 🍷 cocktail 🍸 milk 🥛
soccer ⚽ basketball 🏀 guitar 🎸 music 🎵 headphones 🎧 movie 🎬 game 🎮 dice 🎲 camera 📷 phone 📞 computer 💻 bulb 💡 book 📖
memo 📝 calendar 📅 pushpin 📌 paperclip 📎 lock 🔒 unlock 🔓 key 🔑 hammer 🔨 wrench 🔧 gear 🔩 link 🔗 package 📦 mailbox 📫
email 📧 bell 🔔 no_bell 🔕 hourglass ⌛ watch ⌚ alarm ⏰ money 💰 chart 📈 check ✅ x ❌ question ❓ exclamation ❗ warning 🚧
stop 🛑 construction 🚧 red_circle 🔴 green_circle 🟢 blue_circle 🔵 flag 🏁 shrug 🤷 facepalm 🤦 hug 🤗 zzz 💤 speech 💬 see_no_evil 🙈`;

const pairs = table.trim().split(/\s+/);

/** Emoji by name, without its colons. */
export const emoji: ReadonlyMap<string, string> = new Map(
  pairs.flatMap((name, index) => {
    const picture = pairs[index + 1];
    return index % 2 === 0 && picture !== undefined ? [[name, picture] as const] : [];
  }),
);

/** `+1` of `:+1:`, `+1` or the picture itself; undefined for what is not in the table. */
export function emojiName(typed: string): string | undefined {
  const name = typed
    .trim()
    .replace(/^:(.+):$/, '$1')
    .toLowerCase();
  if (emoji.has(name)) return name;
  const picture = typed.trim().replaceAll('\ufe0f', '');
  return [...emoji].find(([, shown]) => shown === picture)?.[0];
}

/** What to show for a name; one that is not in the table is shown as it is written. */
export function emojiShown(name: string): string {
  return emoji.get(name) ?? `:${name.replaceAll(/[^\w+-]/g, '?')}:`;
}
