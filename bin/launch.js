'use strict';

const { existsSync, writeSync } = require('node:fs');
const { homedir } = require('node:os');
const { join } = require('node:path');

if (process.argv[2] === '--version' && toldVersion()) {
  process.exitCode = 0;
} else if (existsSync(join(__dirname, '../dist/node/cli.js'))) {
  hideSqliteWarning();
  haveHome();
  void import('../dist/node/cli.js');
} else {
  process.stderr.write('chat-tui is not built yet; run "npm ci" in its folder.\n');
  process.exitCode = 78;
}

// A user that systemd made up for a service may have none, and Node.js throws at whoever asks for it.
function haveHome() {
  try {
    homedir();
  } catch {
    process.env.HOME = '/';
  }
}

// Node.js 22, and earlier ones of 24 and 25, call node:sqlite experimental on stderr, where our callers expect failures only.
function hideSqliteWarning() {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite')) return;
    emitWarning.call(process, warning, ...rest);
  };
}

// Where that cannot be written, the program has the words for it.
function toldVersion() {
  try {
    return writeSync(1, `${require('../package.json').version}\n`) > 0;
  } catch {
    return false;
  }
}
