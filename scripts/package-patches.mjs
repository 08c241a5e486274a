// What is taken out of packages, or made cheaper, while they are bundled.
import { join, sep } from 'node:path';

// Imported by packages for what we do not use: React's devtools by Ink, JSON schemas and migrations by
// conf (we check with valibot), logs into files and from another thread, blackened fields and objects that hold themselves by pino.
// Of the cache that Ink uses, the bound is all that matters; of its frames we draw one, and in no browser.
const stubs = {
  'thread-stream': `export default class { constructor() { throw new Error('transports of pino are not bundled'); } };`,
  'sonic-boom': `module.exports = class { constructor() { throw new Error('files of pino are not bundled'); } };`,
  'on-exit-leak-free': 'export default {};',
  '@pinojs/redact': `export default () => { throw new Error('redaction of pino is not bundled'); };`,
  'safe-stable-stringify': `module.exports.configure = () => () => { throw new Error('not bundled'); };`,
  'ajv/dist/2020.js': `export class Ajv2020 { constructor() { throw new Error('JSON schemas are not bundled'); } }`,
  'ajv-formats': 'export default {};',
  'debounce-fn': `export default () => { throw new Error('watches of conf are not bundled'); };`,
  'quick-lru': `export default class extends Map {
    constructor({ maxSize }) { super(); this.most = maxSize; }
    set(key, value) { if (this.size >= this.most) this.delete(this.keys().next().value); return super.set(key, value); }
  };`,
  'cli-boxes': `export default { single: {
    topLeft: '┌', top: '─', topRight: '┐', right: '│', bottomRight: '┘', bottom: '─', bottomLeft: '└', left: '│',
  } };`,
  environment: 'export const isBrowser = false;',
  semver: `export default new Proxy({}, { get() { throw new Error('migrations of conf are not bundled'); } });`,
};
/** Of what comes in several versions, which differ in nothing we see, the newest serves all. */
const oneForAll = {
  chalk: 'chalk',
  'ansi-styles': 'ansi-styles',
  '#ansi-styles': 'ansi-styles',
  './vendor/ansi-styles/index.js': 'ansi-styles',
};
const commonJsWrapper = /^((?:var|const) \w+ = )(require\w*[$\w]*\(\)|getDefaultExportFromCjs\(\w+\));$/gm;
const quickOutput = join(import.meta.dirname, '../src/tui/terminal/quick-output.ts');
/** Insides of a class of characters of one cell that nothing joins: ASCII, Latin, Greek, Cyrillic, punctuation, boxes. */
const narrow =
  '\\u0020-\\u007E\\u00A1-\\u00A8\\u00AA-\\u00AC\\u00AF-\\u02FF\\u0391-\\u03A1\\u03A3-\\u03FF\\u0400-\\u0482\\u048A-\\u04FF' +
  '\\u2010-\\u2027\\u2030-\\u203B\\u2500-\\u259F';
/** Likewise of two cells: kana, the common ideographs, Hangul. */
const wide = '\\u3041-\\u3096\\u30A1-\\u30FA\\u4E00-\\u9FFF\\uAC00-\\uD7A3';
// A grapheme of one such character is no emoji: that is a large expression to match against.
const quickSegment = [
  'for (const {segment} of segmenter.segment(string)) {',
  `$&
    if (/^[${narrow}]$/.test(segment)) { width += 1; continue; }
    if (/^[${wide}]$/.test(segment)) { width += 2; continue; }`,
];
// The first segmenter loads tables for 5 ms, and a first frame needs none.
const lazySegmenter = [
  /(?<= = )new Intl\.Segmenter\([^)]*\)/,
  '{ segment(text) { return (this.made ??= $&).segment(text); } }',
];
// An expression is checked where it stands in the code, even if it is never used, and this one's tables take 11 ms:
// half of what a bare Node.js needs to start.
const lazyEmoji = [
  '/^\\p{RGI_Emoji}$/v',
  `{ test(text) { return (this.made ??= new RegExp('^\\\\p{RGI_Emoji}$$', 'v')).test(text); } }`,
];

// What a host of React may be able to do, and Ink is not: known here, all code for it goes.
const reactUses = {
  Mutation: true,
  Persistence: false,
  Hydration: false,
  Resources: false,
  Singletons: false,
  TestSelectors: false,
};

const bodyOf = (name) =>
  new RegExp(`(?<=\\nfunction ${name}\\((?:\\w+, \\w+|\\n.*?\\n)\\) \\{\\n).*?(?=\\n\\}\\n)`, 's');

const otherRecords = 'ns soa null hinfo caa mx dnskey rrsig rp nsec nsec3 ds sshfp naptr tlsa'.split(' ');

/** By the end of a module's path: what stands there and what takes its place. */
const patches = {
  // meow reads and normalises the nearest package.json, with half of its code; we hand it `pkg` and need neither.
  '/meow/build/options.js': [
    [
      /import \{ a as readPackageUpSync, n as normalizePackageData \} from '.\/dependencies.js';/,
      'const readPackageUpSync = () => undefined, normalizePackageData = () => {};',
    ],
  ],
  '/meow/build/dependencies.js': [
    [commonJsWrapper, '$1/* @__PURE__ */ $2;'],
    // Names of options in any alphabet, from which ours are put back together: 2 ms of each start.
    [bodyOf('camelcaseKeys'), 'return input;'],
    [bodyOf('decamelize'), 'return text.replace(/[A-Z]/g, (letter) => separator + letter.toLowerCase());'],
    [
      bodyOf('decamelizeKeys'),
      'return Object.fromEntries(Object.entries(input).map(([name, flag]) => [decamelize(name, options), flag]));',
    ],
    // Left over of something that is not used, and loads what starts programs.
    ['promisify(execFile);', ''],
  ],
  // Yoga fetches the WebAssembly that it carries in its own text, which loads the whole of Node's HTTP client: 40 ms
  // before the first frame, and several MB. It is read from a file instead.
  '/yoga-wasm-base64-esm.js': [
    ['return w||"function"!=typeof fetch?Promise.resolve()', 'return true?Promise.resolve()'],
    [/function wa\(\)\{.*?\}\n(?=function ya)/s, 'function wa(){return readFileSync(new URL(H))}'],
    ['WebAssembly.instantiateStreaming||ua(H)', 'WebAssembly.instantiateStreaming||true'],
    ['if(!ua(H)){var va=H;H=h.locateFile?h.locateFile(va,q):q+va}', ''],
    [/^/, `import { readFileSync } from 'node:fs';`],
  ],
  // Ink takes every text of every frame to cells and puts them together again; the screen's own way is tried first.
  '/ink/build/output.js': [
    [
      'export default class Output {',
      `import { quickOutput } from ${JSON.stringify(quickOutput)};\nexport default quickOutput(class Output {`,
    ],
    [/\}\s*(\/\/# sourceMappingURL.*)?$/, '});'],
  ],
  // Ink's devtools, which also want Ink's own package.json.
  '/ink/build/reconciler.js': [[/process\.env\['DEV'\] === 'true'/g, 'false']],
  // Three checks of what Ink hands over, for which the module would load 3 ms before the first frame.
  '/signal-exit/index.js': [[`require('assert')`, '{ equal() {} }']],
  // Asked for where a terminal does not tell its size; it loads for 2 ms.
  '/terminal-size/index.js': [
    [
      `import {execFileSync} from 'node:child_process';`,
      `const execFileSync = (...args) => process.getBuiltinModule('node:child_process').execFileSync(...args);`,
    ],
  ],
  '/react-reconciler/cjs/react-reconciler.production.js': Object.entries(reactUses).map(([what, used]) => [
    new RegExp(`(?<![.\\w$])supports${what}(?! = |[\\w$])`, 'g'),
    String(used),
  ]),
  // No box of ours has a background.
  '/ink/build/render-background.js': [[/^.*$/s, 'export default () => {};']],
  // What Ink shows of a failure while it draws nobody sees: the screen is given back, and the failure is told there.
  '/ink/build/components/ErrorOverview.js': [[/^.*$/s, 'export default () => null;']],
  '/pino/lib/transport.js': [[/^.*$/s, `module.exports = () => { throw new Error('not bundled'); };`]],
  '/pino/lib/multistream.js': [[/^.*$/s, `module.exports = () => { throw new Error('not bundled'); };`]],
  // Asked where pino opens a file itself, and loads for 1 ms.
  '/pino/lib/tools.js': [[`require('worker_threads')`, '{ isMainThread: true }']],
  // Of use to whoever dials a `wss:` address only, and load for 1 ms.
  '/ws/lib/websocket.js': ['https', 'tls'].map((name) => [
    `const ${name} = require('${name}');`,
    `const ${name} = new Proxy({}, { get: (_, what) => process.getBuiltinModule('node:${name}')[what] });`,
  ]),
  // Looked for in every folder above at each start, and never there: the package depends on nothing.
  '/ws/lib/buffer-util.js': [['!process.env.WS_NO_BUFFER_UTIL', 'false']],
  '/ws/lib/validation.js': [['!process.env.WS_NO_UTF_8_VALIDATE', 'false']],
  // Nothing we send is compressed, and neither side offers it.
  '/ws/lib/permessage-deflate.js': [
    [/^.*$/s, `module.exports = class { static extensionName = 'permessage-deflate'; };`],
  ],
  // Records that nobody asks for nearby stay bytes.
  '/dns-packet/index.js': otherRecords.map((name) => [
    new RegExp(
      `(?<=\\n)const r${name} = exports\\.${name} = \\{\\}\\n.*?(?=\\nconst r\\w+ = exports\\.)`,
      's',
    ),
    `const r${name} = runknown;`,
  ]),
  // Settings are read when they are opened, by a version that has no other format of theirs to know.
  '/conf/dist/source/index.js': ['migrate', 'watch', 'watchFile'].map((name) => [
    new RegExp(`(?<=\\n {4}#${name}\\([^)]*\\) \\{\\n).*?(?=\\n {4}\\}\\n)`, 's'),
    `throw new Error('not bundled');`,
  ]),
  // Frames are drawn by what changed in them, never whole.
  '/ink/build/log-update.js': [
    [
      /(?<=const createStandard = ).*?(?=\nconst createIncremental)/s,
      `() => { throw new Error('not bundled'); };`,
    ],
  ],
  // Sizes of up to 8 192 rows are remembered: 2 MB that only a chat fills, and a few screens are all that come back.
  '/ink/build/measure-text.js': [['maxSize: 4096', 'maxSize: 500']],
  '/ink/build/wrap-text.js': [['maxSize: 4096', 'maxSize: 100']],
  // What is not ASCII is measured grapheme by grapheme: letters, borders and arrows are a cell each without that.
  '/string-width/index.js': [['\\u0020-\\u007E', narrow], lazySegmenter, lazyEmoji, quickSegment],
  '/ink/build/line-update.js': [['/^[ -~]*$/u', `/^[${narrow}]*$/u`], lazySegmenter],
  '/@alcalzone/ansi-tokenize/build/tokenize.js': [lazySegmenter],
  '/slice-ansi/tokenize-ansi.js': [lazySegmenter],
  '/wrap-ansi/index.js': [lazySegmenter],
};

const wasm = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]{1000,})"/;

export const packagePatches = {
  name: 'package-patches',
  resolveId(id) {
    if (Object.hasOwn(stubs, id)) return `\0stub:${id}`;
    return Object.hasOwn(oneForAll, id) ? this.resolve(oneForAll[id], import.meta.filename) : null;
  },
  load: (id) => (id.startsWith('\0stub:') ? stubs[id.slice(6)] : null),
  transform(code, id) {
    const path = id.replaceAll(sep, '/');
    const [, changes] = Object.entries(patches).find(([end]) => path.endsWith(end)) ?? [];
    if (!changes) return null;
    const text = changes.reduce((text, [what, by]) => changed(id, text, what, by), code);
    return text.replace(wasm, (_, base64) => {
      const file = this.emitFile({
        type: 'asset',
        name: 'yoga.wasm',
        source: Buffer.from(base64, 'base64'),
      });
      return `import.meta.ROLLUP_FILE_URL_${file}`;
    });
  },
};

function changed(id, code, what, by) {
  const after = code.replace(what, by);
  if (after === code) throw new Error(`${id} is not what it was: look at what is changed in it, and why`);
  return after;
}
