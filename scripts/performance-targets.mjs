// What was promised before anything was built, in the order of docs/performance.md. The bound itself is that of the bench; here
// is what it is called, and why it is missed where it is.

/** `missed` is shown only while the figure is not within its bound. */
export const targets = [
  {
    what: 'relay, 1 000 members, saturated: deliveries',
    bench: 'relay',
    work: 'fan-out to 1 000, saturated, 200 B',
    unit: 'deliveries/s',
    missed: {
      'C epoll floor':
        'the same copy into the kernel, and a turn of the streams for each write, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'relay, 1 000 members, one message at a time: CPU',
    bench: 'relay',
    work: 'fan-out to 1 000, one at a time, 200 B',
    unit: 'CPU s per million',
    missed: {
      'C epoll floor':
        '0.6 µs above the floor, and the promise is from a machine on which a write took twice as long, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'relay, 50 messages/s to 1 000: 99th percentile',
    bench: 'relay',
    work: '50 messages/s to 1 000, 200 B',
    unit: 'ms p99',
    missed: {
      'C epoll floor': 'the last of 1 000 waits for the writes to 999 others, each of which costs more here',
      'plain ws loop':
        'its median is lower; the slowest of a hundred messages most likely met the compiler, which is warmed up by now',
    },
  },
  {
    what: 'relay, 100 rooms of 10: CPU',
    bench: 'relay',
    work: '100 rooms of 10, one at a time, 200 B',
    unit: 'CPU s per million',
    missed: {
      'C epoll floor':
        '0.9 µs above the floor; a read is shared by ten deliveries only, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'relay, 200 pairs: routed',
    bench: 'relay',
    work: 'unicast, 200 pairs, 200 B',
    unit: 'deliveries/s',
    missed: {
      'plain ws loop':
        'most of a message is the kernel and the streams of Node.js, for both; where readers sleep it is 1.5 ×',
    },
  },
  {
    what: 'relay, 200 pairs: CPU',
    bench: 'relay',
    work: 'unicast, 200 pairs, 200 B',
    unit: 'CPU s per million',
    missed: {
      'C epoll floor':
        'the kernel has more than half of its time, and what Node.js does around a read and a write most of the rest, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'relay, memory of an idle member of 5 000',
    bench: 'connections',
    work: 'idle connection, 5000 of them',
    unit: 'KiB each',
    missed: {},
  },
  {
    what: 'relay, accepts with login',
    bench: 'connections',
    work: 'accepts',
    unit: 'connections/s',
    missed: {
      'socket.io, without login':
        'each makes and checks a signature, which alone take two thirds of what the other needs for everything, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'relay, start to listening',
    bench: 'connections',
    work: 'start to listening',
    unit: 'ms',
    missed: {
      relay:
        'it reads a command line, opens its database and its key, and has more code to load, see [decision 11](decisions/0011-what-a-relay-may-cost.md)',
    },
  },
  {
    what: 'host, durable posts of 100',
    bench: 'host',
    work: 'durable posts, saturated',
    unit: 'posts/s',
    missed: {},
  },
  {
    what: 'host, post to ✓ at 1 000/s: 99th percentile',
    bench: 'host',
    work: 'post to ✓ at 1 000/s',
    unit: 'ms p99',
    missed: {},
  },
  {
    what: 'client, history taken and verified',
    bench: 'client',
    work: 'history',
    by: '100000 messages',
    unit: 'messages/s',
    missed: { '100000 messages': 'on a slower machine' },
  },
  {
    what: 'client, 50 lines anywhere in 1 000 000',
    bench: 'client',
    work: 'page of 50, anywhere',
    by: '1000000 lines',
    unit: 'ms',
    missed: {},
  },
  {
    what: 'client, search for two words in 1 000 000',
    bench: 'client',
    work: 'search, two words',
    by: '1000000 lines',
    unit: 'ms',
    missed: {},
  },
  { what: '`--version`', bench: 'start-up', work: '--version', unit: 'ms', missed: {} },
  {
    what: 'first frame',
    bench: 'start-up',
    work: 'first frame',
    unit: 'ms',
    missed: {
      'chat-tui': 'reading and compiling what the screen is made of',
      'chat-tui, new profile': 'nothing is compiled yet',
    },
  },
  {
    what: 'memory after the first frame',
    bench: 'start-up',
    work: 'memory after the first frame',
    unit: 'MiB',
    missed: {},
  },
  {
    what: 'cold `npx`',
    bench: 'start-up',
    work: 'cold npx',
    unit: 'ms',
    missed: { 'chat-tui': 'each file takes npm 2 ms' },
  },
  {
    what: 'package, unpacked',
    bench: 'start-up',
    work: 'package, unpacked',
    unit: 'MB',
    missed: {
      'chat-tui':
        'our code, React, Ink and Yoga alone are 0.97 MB, see [decision 10](decisions/0010-size-of-the-package.md)',
    },
  },
  {
    what: 'screen at 100 messages/s, key to screen: 99th percentile',
    bench: 'tui',
    work: 'key to screen',
    by: '120x40',
    unit: 'ms p99',
    missed: {},
  },
  {
    what: 'screen, share of a core',
    bench: 'tui',
    work: 'processor',
    by: '120x40',
    unit: 'cores',
    missed: {},
  },
  { what: 'screen, memory', bench: 'tui', work: 'memory, talking', by: '120x40', unit: 'MiB', missed: {} },
  {
    what: 'screen of 80x24, memory after 57 600 lines',
    bench: 'tui',
    work: 'memory, 57600 lines later',
    by: '80x24',
    unit: 'MiB',
    missed: {},
  },
  {
    what: 'screen of 200x60, memory after 57 600 lines',
    bench: 'tui',
    work: 'memory, 57600 lines later',
    by: '200x60',
    unit: 'MiB',
    missed: {},
  },
];
