/*
 * What the kernel allows on one core: a WebSocket fan-out server with nothing a service needs - no login, no limits, no
 * bounds, no TLS. Messages of a sender that arrive in one turn of the loop are framed once and joined into one write
 * for each receiver of its group. `GET /GROUP/s` opens a sender, `GET /GROUP/r` a receiver. Prints its port.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define MAX_GROUPS 4096

struct bytes {
  unsigned char *at;
  size_t count, room;
};

struct client {
  int fd;
  int upgraded, is_sender, group, blocked;
  struct bytes in, out;
  struct client *next;
};

struct group {
  struct client *receivers;
  struct bytes turn;
  int touched;
};

static struct group groups[MAX_GROUPS];
static int touched[MAX_GROUPS], touched_count;
static int poll;

static void append(struct bytes *to, const void *from, size_t n) {
  if (to->count + n > to->room) {
    to->room = (to->count + n) * 2;
    to->at = realloc(to->at, to->room);
  }
  memcpy(to->at + to->count, from, n);
  to->count += n;
}

static void drop(struct bytes *from, size_t n) {
  memmove(from->at, from->at + n, from->count - n);
  from->count -= n;
}

static void watch(struct client *c, int op) {
  struct epoll_event event = {.events = EPOLLIN | (c->blocked ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poll, op, c->fd, &event);
}

static void put(struct client *c, const unsigned char *at, size_t n) {
  if (!c->blocked) {
    ssize_t written = write(c->fd, at, n);
    if (written < 0 && errno != EAGAIN) return;
    if (written == (ssize_t)n) return;
    if (written > 0) at += written, n -= (size_t)written;
    c->blocked = 1;
    watch(c, EPOLL_CTL_MOD);
  }
  append(&c->out, at, n);
}

static void unblock(struct client *c) {
  ssize_t written = write(c->fd, c->out.at, c->out.count);
  if (written <= 0) return;
  drop(&c->out, (size_t)written);
  if (c->out.count > 0) return;
  c->blocked = 0;
  watch(c, EPOLL_CTL_MOD);
}

static void upgrade(struct client *c) {
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: none\r\n\r\n";
  char role = 'r';
  append(&c->in, "", 1);
  c->in.count--;
  char *end = strstr((char *)c->in.at, "\r\n\r\n");
  if (!end) return;
  sscanf((char *)c->in.at, "GET /%d/%c", &c->group, &role);
  c->is_sender = role == 's';
  c->upgraded = 1;
  drop(&c->in, (size_t)(end + 4 - (char *)c->in.at));
  if (!c->is_sender) {
    c->next = groups[c->group].receivers;
    groups[c->group].receivers = c;
  }
  put(c, (const unsigned char *)answer, sizeof answer - 1);
}

/* Frames that are there as a whole: unmasked in place, framed anew behind what the group has to say this turn. */
static void relay(struct client *c) {
  struct group *g = &groups[c->group];
  size_t at = 0;
  while (c->in.count - at >= 6) {
    unsigned char *head = c->in.at + at;
    size_t length = head[1] & 127, skip = 2;
    if (length == 126) length = (size_t)head[2] << 8 | head[3], skip = 4;
    if (c->in.count - at < skip + 4 + length) break;
    unsigned char *mask = head + skip, *body = mask + 4;
    for (size_t i = 0; i < length; i++) body[i] ^= mask[i & 3];
    unsigned char out[4] = {head[0], (unsigned char)(length < 126 ? length : 126), (unsigned char)(length >> 8), (unsigned char)length};
    append(&g->turn, out, length < 126 ? 2 : 4);
    append(&g->turn, body, length);
    at += skip + 4 + length;
    if (!g->touched) {
      g->touched = 1;
      touched[touched_count++] = c->group;
    }
  }
  drop(&c->in, at);
}

static void receive(struct client *c) {
  static unsigned char bytes[READ_BYTES];
  ssize_t n = read(c->fd, bytes, sizeof bytes);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    epoll_ctl(poll, EPOLL_CTL_DEL, c->fd, NULL);
    return;
  }
  if (c->upgraded && !c->is_sender) return;
  append(&c->in, bytes, (size_t)n);
  if (!c->upgraded) upgrade(c);
  if (c->upgraded && c->is_sender) relay(c);
}

static void end_turn(void) {
  for (int i = 0; i < touched_count; i++) {
    struct group *g = &groups[touched[i]];
    for (struct client *c = g->receivers; c; c = c->next) put(c, g->turn.at, g->turn.count);
    g->turn.count = 0;
    g->touched = 0;
  }
  touched_count = 0;
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  struct epoll_event events[512];
  for (;;) {
    int n = epoll_wait(poll, events, 512, -1);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      if (c) {
        if (events[i].events & EPOLLOUT) unblock(c);
        if (events[i].events & (EPOLLIN | EPOLLHUP)) receive(c);
        continue;
      }
      int fd, one = 1;
      while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct client *fresh = calloc(1, sizeof *fresh);
        fresh->fd = fd;
        watch(fresh, EPOLL_CTL_ADD);
      }
    }
    end_turn();
  }
}
