import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** Writes every frame that any interface sees, each behind its length; Perl can open packet sockets, Node.js cannot. */
const script = `
socket(my $s, 17, 3, 0x0300) or die "no packet socket: $!";
binmode STDOUT; $| = 1; syswrite STDOUT, pack("N", 0);
while (defined recv($s, my $f, 262144, 0)) { syswrite STDOUT, pack("N", length $f) . $f; }
`;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const TCP = 6;
const UDP = 17;

interface Segment {
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  readonly body: Buffer;
}

/** What somebody with a sniffer on the network's switch has: every frame, from the start to `close`. */
export class Capture {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  #bytes: Buffer = Buffer.alloc(0);

  private constructor(child: ChildProcessByStdio<null, Readable, null>) {
    this.#child = child;
    child.stdout.on('data', (data: Buffer) => (this.#bytes = Buffer.concat([this.#bytes, data])));
  }

  static async start([command = '', ...words]: readonly string[]): Promise<Capture> {
    const child = spawn(command, [...words, 'perl', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const capture = new Capture(child);
    await once(child.stdout, 'data');
    return capture;
  }

  /** Resolves once everything is in it that was on the wire before `mark` puts these bytes there. */
  async upTo(bytes: string, mark: (bytes: string) => void): Promise<void> {
    mark(bytes);
    while (!this.frames.some((frame) => frame.includes(bytes))) await once(this.#child.stdout, 'data');
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }

  get frames(): readonly Buffer[] {
    const frames: Buffer[] = [];
    for (let at = 0; at + 4 <= this.#bytes.length;) {
      const end = at + 4 + this.#bytes.readUInt32BE(at);
      if (end > this.#bytes.length) break;
      frames.push(this.#bytes.subarray(at + 4, end));
      at = end;
    }
    return frames.filter(({ length }) => length > 0);
  }

  /** Payloads from and to a UDP port. */
  datagrams(port: number): readonly Buffer[] {
    return this.#segments()
      .filter(({ protocol, body }) => protocol === UDP && body.readUInt16BE(2) === port)
      .map(({ body }) => body.subarray(8));
  }

  /** How many frames carry TCP or UDP, of anybody. */
  get talk(): number {
    return this.#segments().length;
  }

  /** What each end of each TCP connection sent, put together in order. */
  streams(): readonly Buffer[] {
    const parts = new Map<string, Map<number, Buffer>>();
    for (const { protocol, from, to, body } of this.#segments()) {
      if (protocol !== TCP) continue;
      const data = body.subarray((body[12] ?? 0) >> 2);
      const key = `${from} ${body.readUInt16BE(0)} ${to} ${body.readUInt16BE(2)}`;
      const known = parts.get(key) ?? new Map<number, Buffer>();
      if (data.length > (known.get(body.readUInt32BE(4))?.length ?? 0)) known.set(body.readUInt32BE(4), data);
      parts.set(key, known);
    }
    return [...parts.values()].map((segments) =>
      Buffer.concat([...segments].sort(([a], [b]) => a - b).map(([, data]) => data)),
    );
  }

  /** Messages of WebSockets, the mask taken off. */
  messages(): readonly Buffer[] {
    return this.streams().flatMap((stream) => {
      const head = stream.indexOf('\r\n\r\n');
      return head < 0 ? [] : unframed(stream.subarray(head + 4));
    });
  }

  #segments(): readonly Segment[] {
    return this.frames.flatMap((frame) => {
      if (frame.length < 34) return [];
      const kind = frame.readUInt16BE(12);
      const packet = frame.subarray(14);
      if (kind === IPV4) {
        const protocol = packet[9] ?? 0;
        if (protocol !== TCP && protocol !== UDP) return [];
        const body = packet.subarray(((packet[0] ?? 0) & 15) * 4, packet.readUInt16BE(2));
        return [{ protocol, from: packet.toString('hex', 12, 16), to: packet.toString('hex', 16, 20), body }];
      }
      if (kind !== IPV6 || packet.length < 48) return [];
      const protocol = packet[6] ?? 0;
      if (protocol !== TCP && protocol !== UDP) return [];
      const body = packet.subarray(40, 40 + packet.readUInt16BE(4));
      return [{ protocol, from: packet.toString('hex', 8, 24), to: packet.toString('hex', 24, 40), body }];
    });
  }
}

function unframed(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const masked = ((bytes[at + 1] ?? 0) & 0x80) !== 0;
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    let head = at + 2;
    if (length === 126) {
      length = bytes.readUInt16BE(head);
      head += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(head));
      head += 8;
    }
    const mask = bytes.subarray(head, head + 4);
    if (masked) head += 4;
    const payload = bytes.subarray(head, head + length);
    messages.push(
      masked ? Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) : payload,
    );
    at = head + length;
  }
  return messages;
}
