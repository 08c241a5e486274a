import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchSocket } from './bench-socket.ts';
import { inTurn, type Contender } from './contenders.ts';
import { installed, startDaemon } from './server-process.ts';

export const nats: Contender = {
  name: 'nats-server',
  framing: 'raw',
  stampFromEnd: 2,
  sentFromEnd: 2,
  available: () => installed('nats-server'),
  start: () => startDaemon('nats-server', (port) => ['-a', '127.0.0.1', '-p', String(port)]),
  async open(port, index, count, payload) {
    const join = async (subscribe: boolean) => {
      const socket = new BenchSocket(port);
      await socket.line('\r\n');
      const options = '{"verbose":false,"pedantic":false}';
      const subscription = subscribe ? `SUB g${padded(index)} 1\r\n` : '';
      socket.write(`CONNECT ${options}\r\n${subscription}PING\r\n`);
      await socket.line('PONG\r\n');
      return socket;
    };
    const receivers = await inTurn(count, () => join(true));
    const sender = await join(false);
    const text = `PUB g${padded(index)} ${payload.length}\r\n${payload.toString()}\r\n`;
    return { sender, receivers, message: Buffer.from(text) };
  },
  // It asks everybody once, soon after they came, and for a long time not again.
  async settle(sockets) {
    for (const socket of sockets) {
      await socket.line('PING\r\n');
      socket.write('PONG\r\n');
    }
  },
  deliveryBytes: (payloadBytes) => `MSG g0000 1 ${payloadBytes}\r\n`.length + payloadBytes + 2,
};

export const ngircd = ircContender('ngircd', (folder, port) => {
  const file = join(folder, 'ngircd.conf');
  writeFileSync(
    file,
    `[Global]\nName = irc.bench.test\nInfo = bench\nListen = 127.0.0.1\nPorts = ${port}\nMotdPhrase = bench\n` +
      'ServerUID = root\nServerGID = root\n' +
      '[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\nMaxNickLength = 16\n' +
      '[Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n',
  );
  return ['-n', '-f', file];
});

export const mosquitto: Contender = {
  name: 'mosquitto',
  framing: 'raw',
  stampFromEnd: 0,
  sentFromEnd: 0,
  available: () => installed('mosquitto'),
  start: () =>
    startDaemon('mosquitto', (port, folder) => {
      const file = join(folder, 'mosquitto.conf');
      const options = 'allow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_type none\n';
      writeFileSync(file, `listener ${port} 127.0.0.1\n${options}`);
      return ['-c', file];
    }),
  async open(port, index, count, payload) {
    const topic = mqttText(`g${padded(index)}`);
    const join = async (id: string, subscribe: boolean) => {
      const socket = new BenchSocket(port);
      socket.write(
        mqttPacket(0x10, Buffer.concat([mqttText('MQTT'), Buffer.from([4, 2, 0, 0]), mqttText(id)])),
      );
      await socket.until(taking(4));
      if (subscribe) {
        socket.write(mqttPacket(0x82, Buffer.concat([Buffer.from([0, 1]), topic, Buffer.from([0])])));
        await socket.until(taking(5));
      }
      return socket;
    };
    let number = 0;
    const receivers = await inTurn(count, () => join(`r${index}-${number++}`, true));
    const sender = await join(`s${index}`, false);
    return { sender, receivers, message: mqttPacket(0x30, Buffer.concat([topic, payload])) };
  },
  deliveryBytes: (payloadBytes) => mqttPacket(0x30, Buffer.alloc(7 + payloadBytes)).length,
};

function ircContender(name: string, configure: (folder: string, port: number) => string[]): Contender {
  const nickOf = (role: 's' | 'r', index: number, number: number) =>
    `${role}${padded(index)}n${padded(number)}`;
  return {
    name,
    framing: 'raw',
    stampFromEnd: 2,
    sentFromEnd: 2,
    maxPayload: 400,
    available: () => installed(name),
    start: () => startDaemon(name, (port, folder) => configure(folder, port)),
    async open(port, index, count, payload) {
      const channel = `#g${padded(index)}`;
      const join = async (nick: string) => {
        const socket = new BenchSocket(port);
        socket.write(`NICK ${nick}\r\nUSER bench 0 * :b\r\n`);
        await socket.line(' 001 ');
        socket.write(`JOIN ${channel}\r\n`);
        await socket.line(' 366 ');
        return socket;
      };
      // Everybody is told of whoever comes later: receivers only know that all of that has arrived after a PING.
      const sender = await join(nickOf('s', index, 0));
      let number = 0;
      const receivers = await inTurn(count, () => join(nickOf('r', index, number++)));
      for (const socket of receivers) {
        socket.write('PING :settled\r\n');
        await socket.line('settled\r\n');
      }
      return { sender, receivers, message: Buffer.from(`PRIVMSG ${channel} :${payload.toString()}\r\n`) };
    },
    deliveryBytes: (payloadBytes) =>
      `:${nickOf('s', 0, 0)}!~bench@127.0.0.1 PRIVMSG #g0000 :\r\n`.length + payloadBytes,
  };
}

function padded(index: number): string {
  return String(index).padStart(4, '0');
}

function taking(bytes: number) {
  return (received: Buffer) => (received.length < bytes ? undefined : { value: undefined, used: bytes });
}

function mqttText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
}

function mqttPacket(type: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}
