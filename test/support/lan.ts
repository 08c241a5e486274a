import { execFileSync } from 'node:child_process';

/** Computers on one network of their own, made of network namespaces; nothing in it reaches any other network. */
export class Lan {
  /** Where nobody listens. */
  static readonly SHOUT_PORT = 9;
  readonly #name = `ct${process.pid}`;
  readonly #hosts: string[] = [];

  /** Why it cannot be made here; undefined when it can. */
  static impossible(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return 'network namespaces need Linux and root';
    try {
      execFileSync('ip', ['netns', 'add', `ct-try-${process.pid}`], { stdio: 'pipe' });
      execFileSync('ip', ['netns', 'del', `ct-try-${process.pid}`], { stdio: 'pipe' });
      return undefined;
    } catch {
      return 'ip netns does not work here';
    }
  }

  constructor(hosts: number) {
    const wire = `${this.#name}-sw`;
    this.#ip('netns', 'add', wire);
    this.#ip('-n', wire, 'link', 'add', 'br0', 'type', 'bridge');
    this.#ip('-n', wire, 'link', 'set', 'br0', 'up');
    for (let host = 0; host < hosts; host++) {
      const name = `${this.#name}-${host}`;
      this.#hosts.push(name);
      this.#ip('netns', 'add', name);
      this.#ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `p${host}`, 'netns', wire);
      this.#ip('-n', wire, 'link', 'set', `p${host}`, 'master', 'br0', 'up');
      this.#ip('-n', name, 'addr', 'add', `10.77.0.${host + 1}/24`, 'dev', 'eth0');
      // Nobody else is here whose address could be the same: no second of looking for one.
      this.#ip('netns', 'exec', name, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad');
      this.#ip('-n', name, 'link', 'set', 'lo', 'up');
      this.#ip('-n', name, 'link', 'set', 'eth0', 'up');
    }
  }

  /** What runs a program on that computer. */
  at(host: number): string[] {
    const named = `hostname computer-${host} && exec "$@"`;
    return ['ip', 'netns', 'exec', this.#nameOf(host), 'unshare', '-u', 'sh', '-c', named, 'sh'];
  }

  /** What runs a program where every frame passes. */
  get everywhere(): string[] {
    return ['ip', 'netns', 'exec', `${this.#name}-sw`];
  }

  /** Only link-local IPv6 is left. */
  withoutV4(host: number): void {
    this.#ip('-n', this.#nameOf(host), '-4', 'addr', 'flush', 'dev', 'eth0');
  }

  /** The computer is on another network now, and packets find their way between the two as over a router. */
  moveAway(host: number): void {
    this.#hosts.forEach((name, other) => {
      if (other !== host) this.#ip('-n', name, 'route', 'add', '10.88.0.0/24', 'dev', 'eth0');
    });
    this.readdress(host, '10.88.0.1');
    this.#ip('-n', this.#nameOf(host), 'route', 'add', '10.77.0.0/24', 'dev', 'eth0');
  }

  /** Frames vanish in both directions, without a word to either side. */
  cut(host: number): void {
    this.#ip('-n', `${this.#name}-sw`, 'link', 'set', `p${host}`, 'nomaster');
  }

  heal(host: number): void {
    this.#ip('-n', `${this.#name}-sw`, 'link', 'set', `p${host}`, 'master', 'br0');
  }

  /** The computer has another address from now on, as after a new lease. */
  readdress(host: number, address: string): void {
    const name = this.#nameOf(host);
    this.#ip('-n', name, '-4', 'addr', 'flush', 'dev', 'eth0');
    this.#ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
  }

  /** Nobody's multicast reaches that computer; everything else passes. */
  deafen(host: number): void {
    this.#port(host, 'mcast_flood', 'off');
  }

  /** Sends one datagram to everybody. */
  shout(host: number, text: string): void {
    const script =
      'use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0); setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1);' +
      `send($s, shift, 0, sockaddr_in(${Lan.SHOUT_PORT}, inet_aton("10.77.0.255"))) or die $!`;
    this.#ip('netns', 'exec', this.#nameOf(host), 'perl', '-e', script, text);
  }

  /** Two computers do not reach each other any more by any address, while both reach the others; only two at a time. */
  part(one: number, other: number): void {
    for (const host of [one, other]) this.#port(host, 'isolated', 'on');
  }

  rejoin(one: number, other: number): void {
    for (const host of [one, other]) this.#port(host, 'isolated', 'off');
  }

  #port(host: number, ...how: readonly string[]): void {
    this.#ip('-n', `${this.#name}-sw`, 'link', 'set', `p${host}`, 'type', 'bridge_slave', ...how);
  }

  #nameOf(host: number): string {
    return `${this.#name}-${host}`;
  }

  close(): void {
    for (const name of [...this.#hosts, `${this.#name}-sw`]) this.#ip('netns', 'del', name);
  }

  #ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: 'pipe' });
  }
}
