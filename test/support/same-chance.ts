import fc from 'fast-check';

// CI tells whether a change is good: what chance finds, it finds by hand, in the long runs and with their seeds.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 1 });
