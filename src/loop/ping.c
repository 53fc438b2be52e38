#include "loop/ping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define COUNT_CAP 64
#define PAYLOAD 32

struct ping {
  uv_poll_t poll;
  uv_timer_t timer;
  int fd;
  unsigned open_handles;
  struct sockaddr_storage to;
  socklen_t to_len;
  unsigned count;
  int64_t interval_ms, wait_ms;
  int64_t sent_us[COUNT_CAP]; /* 0: not sent, or answered */
  struct ping_result result;
  double sum_ms;
  struct err why;
  bool failed;
  ping_fn fn;
  void *arg;
};

static void on_closed(uv_handle_t *handle)
{
  struct ping *p = handle->data;
  if (--p->open_handles)
    return;
  if (p->fd >= 0)
    close(p->fd);
  free(p);
}

static void close_ping(struct ping *p)
{
  if (p->fd >= 0)
    uv_close((uv_handle_t *)&p->poll, on_closed);
  uv_close((uv_handle_t *)&p->timer, on_closed);
}

static void finish(struct ping *p)
{
  if (p->result.received)
    p->result.avg_ms = p->sum_ms / p->result.received;
  p->fn(p->arg, p->failed ? NULL : &p->result, &p->why);
  close_ping(p);
}

/* The kernel sets the identifier and the checksum of datagram ICMP sockets; the sequence number is ours (RFC 792, RFC 4443). */
static bool send_one(struct ping *p)
{
  unsigned char packet[8 + PAYLOAD] = { 0 };
  uint16_t sequence = htons((uint16_t)p->result.sent);
  packet[0] = p->to.ss_family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  memcpy(packet + 6, &sequence, sizeof sequence);
  memset(packet + 8, 0x53, PAYLOAD);
  p->sent_us[p->result.sent] = clock_mono_us();
  if (sendto(p->fd, packet, sizeof packet, 0, (struct sockaddr *)&p->to, p->to_len) < 0 && errno != EAGAIN)
    return err_set(&p->why, "%s", strerror(errno));
  p->result.sent++;
  return true;
}

static void on_timer(uv_timer_t *timer)
{
  struct ping *p = timer->data;
  if (p->failed || p->result.sent == p->count) {
    finish(p);
    return;
  }
  p->failed = !send_one(p);
  bool last = p->result.sent == p->count;
  uv_timer_start(timer, on_timer, p->failed ? 0 : (uint64_t)(last ? p->wait_ms : p->interval_ms), 0);
}

static void take_answer(struct ping *p, const unsigned char *packet, ssize_t len)
{
  uint16_t sequence;
  unsigned char reply = p->to.ss_family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
  if (len < 8 || packet[0] != reply)
    return;
  memcpy(&sequence, packet + 6, sizeof sequence);
  sequence = ntohs(sequence);
  if (sequence >= COUNT_CAP || !p->sent_us[sequence])
    return;
  double ms = (double)(clock_mono_us() - p->sent_us[sequence]) / 1000.0;
  p->sent_us[sequence] = 0;
  if (!p->result.received || ms < p->result.min_ms)
    p->result.min_ms = ms;
  if (ms > p->result.max_ms)
    p->result.max_ms = ms;
  p->sum_ms += ms;
  p->result.received++;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
  struct ping *p = poll->data;
  unsigned char packet[512];
  ssize_t n;
  (void)status;
  (void)events;
  while ((n = recv(p->fd, packet, sizeof packet, 0)) > 0)
    take_answer(p, packet, n);
  if (p->result.received == p->count)
    finish(p);
}

static bool open_socket(struct ping *p, const char *address)
{
  struct sockaddr_in *four = (struct sockaddr_in *)(void *)&p->to;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&p->to;
  if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    p->to_len = sizeof *four;
  } else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    p->to_len = sizeof *six;
  } else {
    return err_set(&p->why, "\"%s\" is no address", address);
  }
  p->fd = socket(p->to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                 p->to.ss_family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
  if (p->fd < 0)
    return err_set(&p->why, "no ICMP socket: %s; the sysctl net.ipv4.ping_group_range must hold this program's group", strerror(errno));
  return true;
}

struct ping *ping_start(uv_loop_t *loop, const char *address, unsigned count, int64_t interval_ms, int64_t wait_ms, ping_fn fn, void *arg)
{
  struct ping *p = MEM_NEW(struct ping);
  *p = (struct ping){ .fd = -1,
                      .count = count < COUNT_CAP ? count : COUNT_CAP,
                      .interval_ms = interval_ms,
                      .wait_ms = wait_ms,
                      .fn = fn,
                      .arg = arg,
                      .open_handles = 1 };
  uv_timer_init(loop, &p->timer);
  p->timer.data = p->poll.data = p;
  p->failed = !open_socket(p, address);
  if (!p->failed) {
    p->open_handles++;
    uv_poll_init(loop, &p->poll, p->fd);
    uv_poll_start(&p->poll, UV_READABLE, on_readable);
  }
  uv_timer_start(&p->timer, on_timer, 0, 0);
  return p;
}

void ping_cancel(struct ping *p)
{
  close_ping(p);
}
