'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

if (process.argv[2] === '--version') {
  process.stdout.write(`${require('../package.json').version}\n`);
} else if (existsSync(join(__dirname, '../dist/node/cli.js'))) {
  if (process.version.startsWith('v22.')) hideSqliteWarning();
  void import('../dist/node/cli.js');
} else {
  process.stderr.write('chat-tui is not built yet; run "npm ci" in its folder.\n');
  process.exitCode = 78;
}

// Node.js 22 calls node:sqlite experimental on stderr, where our callers expect failures only.
function hideSqliteWarning() {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite')) return;
    emitWarning.call(process, warning, ...rest);
  };
}
