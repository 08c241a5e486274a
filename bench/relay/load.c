/*
 * Load generator: drives sockets that are already connected and logged in, so that it costs less than any server.
 *
 * Descriptors from 3 on: for each group its sender, then its receivers. Settings come on standard input:
 *   ws|raw  groups  receivers  frameBytes  stampAt  stampFromEnd  window  ratePerGroup  warmUpMs  measureMs  serverPid
 *   one line of hex for each group: the message as its sender puts it on the wire
 * `ws` walks WebSocket frames, answers pings and takes each message of `frameBytes` for a delivery; `raw` counts
 * `frameBytes` of the stream for each.
 * With a window each group keeps so many messages under way; with a rate (messages a second) the window only bounds. Before
 * the measurement a rate does not hold: one message follows the other, so that the server has compiled what it compiles.
 * 16 hex digits at `stampAt` of the sent message become its time; received, they end `stampFromEnd` bytes before the end.
 * It looks for deliveries without ever sleeping: the write that wakes a reader on the same machine takes twice as long, and
 * which of the servers would pay that how often depends on how fast they are. Readers elsewhere wake by themselves. Nor does
 * it look again at once when there was nothing: the server's next write would wait for the list that it looks at.
 * Prints one line: messages deliveries seconds serverCpu ownBusy p50 p90 p99 p999 max (times in seconds; delays of
 * deliveries only with a rate). Exits 1 with a sentence when a socket closes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define HEAD_BYTES 14
#define FIRST_FD 3
#define MAX_DELAYS 8000000
/* Between two looks of which the first found nothing. */
#define PAUSE_NS 5000

struct peer {
  int fd;
  int group;
  int is_sender;
  /* WebSocket: what is missing of the frame being read. */
  uint64_t left;
  uint64_t size;
  unsigned char head[HEAD_BYTES];
  int head_bytes;
  int opcode;
  /* The end of the frame being read, for its stamp. */
  unsigned char tail[64];
  int tail_bytes;
  uint64_t bytes;
};

struct group {
  struct peer *sender;
  unsigned char *message;
  unsigned char *out;
  size_t out_bytes, out_at;
  uint64_t sent, received;
  double owed;
};

static int ws, groups, receivers, stamp_at, stamp_from_end, window;
static size_t frame_bytes, message_bytes;
static double rate;
static struct peer *peers;
static struct group *all;
static int measuring;
static uint64_t delay_count;
static uint32_t *delays;
static uint64_t messages, deliveries;

static void fail(const char *why) {
  fprintf(stderr, "load: %s\n", why);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double cpu_of(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) fail("the server's CPU clock cannot be read");
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int unhex(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/* Writes the time into a message, behind the mask that a WebSocket client has put on it. */
static void stamp(unsigned char *message, uint64_t value) {
  const unsigned char none[4] = {0, 0, 0, 0}, *mask = none;
  int body = 0;
  if (ws) {
    int length = message[1] & 127;
    body = length == 126 ? 8 : 6;
    mask = message + body - 4;
  }
  for (int i = 15; i >= 0; i--, value >>= 4) {
    int at = stamp_at + i;
    message[at] = (unsigned char)"0123456789abcdef"[value & 15] ^ mask[(at - body) & 3];
  }
}

/* A delivery is complete; `end` points just behind its last byte, with at least `have` bytes before it. */
static void delivered(struct peer *p, const unsigned char *end, size_t have) {
  all[p->group].received++;
  if (!measuring) return;
  deliveries++;
  if (rate <= 0 || delay_count >= MAX_DELAYS || have < (size_t)stamp_from_end + 16) return;
  const unsigned char *at = end - stamp_from_end - 16;
  uint64_t value = 0;
  for (int i = 0; i < 16; i++) {
    int digit = unhex(at[i]);
    if (digit < 0) fail("a delivery without its stamp");
    value = value << 4 | (uint64_t)digit;
  }
  uint64_t delay = (now_ns() - value) / 100;
  delays[delay_count++] = delay > UINT32_MAX ? UINT32_MAX : (uint32_t)delay;
}

static void keep_tail(struct peer *p, const unsigned char *bytes, size_t n) {
  if (n >= sizeof p->tail) {
    memcpy(p->tail, bytes + n - sizeof p->tail, sizeof p->tail);
    p->tail_bytes = sizeof p->tail;
    return;
  }
  size_t keep = sizeof p->tail - n < (size_t)p->tail_bytes ? sizeof p->tail - n : (size_t)p->tail_bytes;
  memmove(p->tail, p->tail + p->tail_bytes - keep, keep);
  memcpy(p->tail + keep, bytes, n);
  p->tail_bytes = (int)(keep + n);
}

static void answer_ping(struct peer *p, const unsigned char *body, size_t n) {
  unsigned char pong[6 + 125] = {0x8a, (unsigned char)(0x80 | n), 0, 0, 0, 0};
  memcpy(pong + 6, body, n);
  if (write(p->fd, pong, 6 + n) < 0 && errno != EAGAIN) fail("a pong could not be sent");
}

static void read_ws(struct peer *p, const unsigned char *at, size_t n) {
  while (n > 0) {
    if (p->left == 0) {
      p->head[p->head_bytes++] = *at++;
      n--;
      if (p->head_bytes < 2) continue;
      int length = p->head[1] & 127;
      int need = length == 126 ? 4 : length == 127 ? 10 : 2;
      if (p->head_bytes < need) continue;
      uint64_t left = (uint64_t)length;
      if (need > 2) {
        left = 0;
        for (int i = 2; i < need; i++) left = left << 8 | p->head[i];
      }
      p->opcode = p->head[0] & 15;
      p->head_bytes = 0;
      p->left = p->size = left;
      p->tail_bytes = 0;
      if (p->opcode == 8) fail("the server closed a connection");
      if (left == 0 && p->opcode == 9) answer_ping(p, p->tail, 0);
      continue;
    }
    size_t take = p->left < n ? (size_t)p->left : n;
    int whole = take == p->left && p->tail_bytes == 0;
    const unsigned char *end = at + take;
    size_t have = take;
    if (!whole) {
      keep_tail(p, at, take);
      end = p->tail + p->tail_bytes;
      have = (size_t)p->tail_bytes;
    }
    at += take;
    n -= take;
    p->left -= take;
    if (p->left > 0) continue;
    if (p->opcode == 9) answer_ping(p, end - have, have > 125 ? 125 : have);
    /* Servers talk of other things, too: only what is as long as a message of ours is one. */
    else if (p->opcode <= 2 && !p->is_sender && p->size == frame_bytes) delivered(p, end, have);
  }
}

static void read_raw(struct peer *p, const unsigned char *at, size_t n) {
  while (n > 0) {
    size_t missing = frame_bytes - (size_t)(p->bytes % frame_bytes);
    size_t take = missing < n ? missing : n;
    keep_tail(p, at, take);
    p->bytes += take;
    at += take;
    n -= take;
    if (take == missing) delivered(p, p->tail + p->tail_bytes, (size_t)p->tail_bytes);
  }
}

static void receive(struct peer *p) {
  static unsigned char bytes[READ_BYTES];
  ssize_t n = read(p->fd, bytes, sizeof bytes);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail("a connection ended");
  if (ws) read_ws(p, bytes, (size_t)n);
  else if (!p->is_sender) read_raw(p, bytes, (size_t)n);
}

static void push(struct group *g) {
  while (g->out_at < g->out_bytes) {
    ssize_t n = write(g->sender->fd, g->out + g->out_at, g->out_bytes - g->out_at);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("a sender's connection ended");
    g->out_at += (size_t)n;
  }
  g->out_at = g->out_bytes = 0;
}

static void pump(struct group *g) {
  if (g->out_bytes > 0) push(g);
  if (g->out_bytes > 0) return;
  uint64_t done = g->received / (uint64_t)receivers;
  uint64_t under_way = g->sent > done ? g->sent - done : 0;
  int paced = rate > 0 && measuring;
  uint64_t most = rate > 0 && !measuring ? 1 : (uint64_t)window;
  uint64_t free = under_way < most ? most - under_way : 0;
  if (paced && (double)free > g->owed) free = (uint64_t)g->owed;
  if (free == 0) return;
  uint64_t at = now_ns();
  for (uint64_t i = 0; i < free; i++) {
    unsigned char *copy = g->out + g->out_bytes;
    memcpy(copy, g->message, message_bytes);
    stamp(copy, at);
    g->out_bytes += message_bytes;
  }
  g->sent += free;
  if (paced) g->owed -= (double)free;
  if (measuring) messages += free;
  push(g);
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static double percentile(double share) {
  if (delay_count == 0) return 0;
  uint64_t index = (uint64_t)(share * (double)(delay_count - 1));
  return (double)delays[index] / 1e7;
}

int main(void) {
  char kind[8];
  int warm_up, measure, pid;
  if (scanf("%7s %d %d %zu %d %d %d %lf %d %d %d", kind, &groups, &receivers, &frame_bytes, &stamp_at, &stamp_from_end, &window,
            &rate, &warm_up, &measure, &pid) != 11)
    fail("settings expected");
  ws = strcmp(kind, "ws") == 0;
  int count = groups * (receivers + 1);
  peers = calloc((size_t)count, sizeof *peers);
  all = calloc((size_t)groups, sizeof *all);
  delays = rate > 0 ? malloc(MAX_DELAYS * sizeof *delays) : NULL;
  int poll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    struct peer *p = &peers[i];
    *p = (struct peer){.fd = FIRST_FD + i, .group = i / (receivers + 1), .is_sender = i % (receivers + 1) == 0};
    if (fcntl(p->fd, F_SETFL, fcntl(p->fd, F_GETFL) | O_NONBLOCK) < 0) fail("a descriptor is missing");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, p->fd, &event) < 0) fail("a descriptor cannot be watched");
  }
  for (int i = 0; i < groups; i++) {
    static char line[400000];
    if (scanf("%399999s", line) != 1) fail("a message is missing");
    message_bytes = strlen(line) / 2;
    struct group *g = &all[i];
    g->sender = &peers[i * (receivers + 1)];
    g->message = malloc(message_bytes);
    g->out = malloc(message_bytes * (size_t)window);
    for (size_t b = 0; b < message_bytes; b++) g->message[b] = (unsigned char)(unhex(line[2 * b]) << 4 | unhex(line[2 * b + 1]));
  }
  clockid_t server;
  if (clock_getcpuclockid(pid, &server) != 0) fail("there is no such server");
  uint64_t start = now_ns(), last = start, begun = 0, ended = 0;
  uint64_t idle = 0;
  double server_before = 0, server_after = 0;
  struct epoll_event events[512];
  for (int i = 0; i < groups; i++) {
    /* Groups of one rate do not all speak in the same millisecond. */
    all[i].owed = rate > 0 ? (double)i / groups : 0;
    pump(&all[i]);
  }
  for (;;) {
    int n = epoll_wait(poll, events, 512, 0);
    for (int i = 0; i < n; i++) receive(events[i].data.ptr);
    uint64_t at = now_ns();
    if (n == 0)
      for (uint64_t until = at + PAUSE_NS; at < until;) at = now_ns();
    if (n == 0 && measuring) idle += at - last;
    double passed = (double)(at - last) / 1e9;
    last = at;
    if (!measuring && at - start >= (uint64_t)warm_up * 1000000u) {
      measuring = 1;
      begun = at;
      server_before = cpu_of(server);
    }
    if (measuring && at - begun >= (uint64_t)measure * 1000000u) {
      ended = at;
      server_after = cpu_of(server);
      break;
    }
    for (int i = 0; i < groups; i++) {
      if (rate > 0 && measuring) all[i].owed += rate * passed;
      pump(&all[i]);
    }
  }
  qsort(delays, delay_count, sizeof *delays, ascending);
  printf("%llu %llu %.6f %.6f %.6f %.7f %.7f %.7f %.7f %.7f\n", (unsigned long long)messages, (unsigned long long)deliveries,
         (double)(ended - begun) / 1e9, server_after - server_before, (double)(ended - begun - idle) / 1e9, percentile(0.5), percentile(0.9),
         percentile(0.99), percentile(0.999), percentile(1));
  return 0;
}
