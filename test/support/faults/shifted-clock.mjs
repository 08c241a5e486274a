// Preloaded into a process: its wall clock is CLOCK_SHIFT_MS off from the start, or jumps so far when SIGUSR2 comes; with
// CLOCK_JUMPS_MS it jumps again and again, to anywhere so far ahead or back.
const shift = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const RealDate = Date;
let offset = process.env.CLOCK_SHIFT_LATER === '1' ? 0 : shift;
const now = () => RealDate.now() + offset;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }
  static now() {
    return now();
  }
};
process.on('SIGUSR2', () => {
  offset = shift;
});
const jumps = Number(process.env.CLOCK_JUMPS_MS ?? 0);
if (jumps > 0) setInterval(() => (offset = Math.round((2 * Math.random() - 1) * jumps)), 350).unref();
