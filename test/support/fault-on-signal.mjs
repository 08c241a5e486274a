// Put into a program by `--import`, so that a test can have a fault happen in it.
process.on('SIGUSR2', () => {
  throw new Error('a fault for the test');
});
