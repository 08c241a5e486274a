import { networkInterfaces } from 'node:os';

/** Whether a connection can leave from `address` here; it cannot any more once the machine came into another network. */
export function isOwnAddress(address: string, system: typeof networkInterfaces = networkInterfaces): boolean {
  const [bare] = address.split('%');
  try {
    return Object.values(system()).some((all) => all?.some((each) => each.address === bare));
  } catch {
    // Not everywhere may a program look at them.
    return false;
  }
}
