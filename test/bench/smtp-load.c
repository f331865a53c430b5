/*
 * smtp-load PORT SESSIONS MESSAGES PER_CONNECTION RATE BODY RECIPIENTS
 *
 * An SMTP client that costs less CPU than the servers it measures: one thread, epoll, loopback only.
 * SESSIONS connections at once, each handing over PER_CONNECTION messages before QUIT; RATE messages a second (0: as fast as the
 * server answers). BODY is a file with CRLF lines, RECIPIENTS a file with one forward-path a line, used in order: every message
 * goes to an address of its own. Prints one line of JSON: rate, errors, and latencies in ms from the end of DATA to its reply.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum state { FREE, GREETING, HELLO, MAIL, RCPT, DATA, BODY, QUIT };

struct session {
  int fd;
  enum state state;
  int left;
  double body_sent;
  size_t length;
  char line[4096];
  /* what the socket did not take yet */
  const char *rest;
  size_t rest_length;
};

static int port, sessions, messages, per_connection, epoll;
static double rate, started_at;
static char *body, **recipients;
static size_t body_length, recipient_count, next_recipient;
static int started, done, errors, accepted;
static double *latencies;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void watch(struct session *s, int op, unsigned events) {
  struct epoll_event e = {.events = events, .data.ptr = s};
  if (epoll_ctl(epoll, op, s->fd, &e) < 0) {
    perror("epoll_ctl");
    exit(1);
  }
}

static void drop(struct session *s) {
  close(s->fd);
  s->fd = -1;
  s->state = FREE;
}

static void fail(struct session *s, const char *why) {
  if (errors++ < 5) fprintf(stderr, "smtp-load: state %d: %s\n", s->state, why);
  if (s->state != QUIT) {
    started -= s->left - 1; /* the messages that this connection will not hand over are given back */
    done++;
  }
  drop(s);
}

static void flush_rest(struct session *s) {
  while (s->rest_length > 0) {
    ssize_t n = send(s->fd, s->rest, s->rest_length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return;
    }
    if (n < 0) return; /* the read side reports it */
    s->rest += n;
    s->rest_length -= (size_t)n;
    if (s->rest_length == 0) watch(s, EPOLL_CTL_MOD, EPOLLIN);
  }
}

static void say(struct session *s, const char *text, size_t length, enum state next) {
  s->state = next;
  ssize_t n = send(s->fd, text, length, MSG_NOSIGNAL);
  if (n == (ssize_t)length) return;
  /* only the body is larger than a socket buffer, and it lives as long as we do */
  s->rest = text + (n > 0 ? n : 0);
  s->rest_length = length - (size_t)(n > 0 ? n : 0);
  flush_rest(s);
}

static int due(void) {
  if (started >= messages) return 0;
  return rate <= 0 || started < (now() - started_at) * rate;
}

static void open_session(struct session *s) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  s->length = 0;
  s->rest_length = 0;
  s->left = per_connection < messages - started ? per_connection : messages - started;
  if (rate > 0) s->left = 1;
  started += s->left;
  s->state = GREETING;
  if (connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
    perror("connect");
    exit(1);
  }
  watch(s, EPOLL_CTL_ADD, EPOLLIN);
}

static void reply(struct session *s, const char *line) {
  char text[512];
  if (line[0] == 0 || line[3] == '-') return;
  if (line[0] != '2' && line[0] != '3' && s->state != QUIT) {
    fail(s, line);
    return;
  }
  switch (s->state) {
  case GREETING:
    say(s, "EHLO load.test\r\n", 16, HELLO);
    break;
  case HELLO:
    say(s, "MAIL FROM:<>\r\n", 14, MAIL);
    break;
  case MAIL:
    say(s, text, (size_t)snprintf(text, sizeof text, "RCPT TO:<%s>\r\n", recipients[next_recipient++ % recipient_count]), RCPT);
    break;
  case RCPT:
    say(s, "DATA\r\n", 6, DATA);
    break;
  case DATA:
    s->body_sent = now();
    say(s, body, body_length, BODY);
    break;
  case BODY:
    latencies[accepted++] = now() - s->body_sent;
    done++;
    if (--s->left > 0) say(s, "MAIL FROM:<>\r\n", 14, MAIL);
    else say(s, "QUIT\r\n", 6, QUIT);
    break;
  default:
    drop(s);
  }
}

static void readable(struct session *s) {
  ssize_t n = recv(s->fd, s->line + s->length, sizeof s->line - 1 - s->length, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    if (s->state == QUIT) drop(s);
    else fail(s, n == 0 ? "closed" : strerror(errno));
    return;
  }
  s->length += (size_t)n;
  s->line[s->length] = 0;
  char *from = s->line, *end;
  while (s->fd >= 0 && (end = strchr(from, '\n')) != NULL) {
    *end = 0;
    reply(s, from);
    from = end + 1;
  }
  if (s->fd < 0) return;
  s->length = strlen(from);
  memmove(s->line, from, s->length + 1);
  if (s->length == sizeof s->line - 1) fail(s, "a line without end");
}

static char *whole(const char *path, size_t *length) {
  FILE *f = fopen(path, "rb");
  if (f == NULL) {
    perror(path);
    exit(2);
  }
  fseek(f, 0, SEEK_END);
  long n = ftell(f);
  rewind(f);
  char *text = malloc((size_t)n + 8);
  *length = fread(text, 1, (size_t)n, f);
  text[*length] = 0;
  fclose(f);
  return text;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: smtp-load PORT SESSIONS MESSAGES PER_CONNECTION RATE BODY RECIPIENTS\n");
    return 2;
  }
  port = atoi(argv[1]);
  sessions = atoi(argv[2]);
  messages = atoi(argv[3]);
  per_connection = atoi(argv[4]);
  rate = atof(argv[5]);
  body = whole(argv[6], &body_length);
  memcpy(body + body_length, ".\r\n", 3);
  body_length += 3;
  size_t length;
  char *list = whole(argv[7], &length);
  recipients = malloc((length + 1) * sizeof *recipients);
  for (char *line = strtok(list, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) recipients[recipient_count++] = line;
  if (recipient_count == 0) return 2;
  latencies = calloc((size_t)messages + 1, sizeof *latencies);
  struct session *all = calloc((size_t)sessions, sizeof *all);
  for (int i = 0; i < sessions; i++) all[i].fd = -1;
  epoll = epoll_create1(0);
  started_at = now();
  double last = started_at;
  int last_done = 0;
  struct epoll_event events[256];
  while (done < messages) {
    for (int i = 0; i < sessions && due(); i++)
      if (all[i].state == FREE) open_session(&all[i]);
    int n = epoll_wait(epoll, events, 256, rate > 0 ? 1 : 100);
    for (int i = 0; i < n; i++) {
      struct session *s = events[i].data.ptr;
      if (s->fd >= 0 && (events[i].events & EPOLLOUT)) flush_rest(s);
      if (s->fd >= 0 && (events[i].events & ~EPOLLOUT)) readable(s);
    }
    if (done != last_done) last_done = done, last = now();
    if (now() - last > 60) {
      fprintf(stderr, "smtp-load: nothing for 60 s\n");
      break;
    }
  }
  double seconds = now() - started_at;
  qsort(latencies, (size_t)accepted, sizeof *latencies, ascending);
  printf("{\"accepted\":%d,\"errors\":%d,\"seconds\":%.3f,\"rate\":%.1f,\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}\n", accepted, errors, seconds,
         accepted / seconds, accepted ? latencies[accepted / 2] * 1e3 : 0, accepted ? latencies[accepted * 99 / 100] * 1e3 : 0,
         accepted ? latencies[accepted - 1] * 1e3 : 0);
  return errors > 0 || accepted < messages;
}
