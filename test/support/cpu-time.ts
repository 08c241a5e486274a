/** Ms of processor time that this thread has taken so far: what else the machine does is not in it. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
