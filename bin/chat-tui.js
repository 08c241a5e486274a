#!/usr/bin/env node
// Parsed by every Node.js, however old, so that it can say that it is too old: no newer syntax here.
var wanted = [22, 13];
var parts = process.version.replace('v', '').split('.').map(Number);

if (parts[0] > wanted[0] || (parts[0] === wanted[0] && parts[1] >= wanted[1])) {
  require('./launch.js');
} else {
  process.stderr.write(
    'chat-tui needs Node.js ' +
      wanted.join('.') +
      ' or newer and this is ' +
      process.version +
      '; in a checkout, "npm ci" brings one that "npx chat-tui" then uses.\n',
  );
  process.exitCode = 78;
}
