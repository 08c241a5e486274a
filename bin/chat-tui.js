#!/usr/bin/env node
// Parsed by every Node.js, however old, so that it can say that it is too old: no newer syntax here.
var parts = process.version.replace('v', '').split('.').map(Number);

// The SQLite of earlier ones has no full-text search.
if (parts[0] >= 24 || (parts[0] === 22 && parts[1] >= 16)) {
  require('./launch.js');
} else {
  process.stderr.write(
    'chat-tui needs Node.js 24 or newer, or 22 from 22.16 on, and this is ' +
      process.version +
      '; in a checkout, "npm ci" brings one that "npx chat-tui" then uses.\n',
  );
  process.exitCode = 78;
}
