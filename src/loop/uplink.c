#include "loop/uplink.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>

#include "base/mem.h"
#include "loop/ping.h"

/** Most addresses that are asked. */
#define PROBES_MOST 8
/** What gateways are asked for: many serve names there, the others refuse. */
#define GATEWAY_PORT 53
static_assert(PROBES_MOST >= NETWORK_REFERENCES_MOST, "each has its probe");

struct probe {
  struct uplink *uplink;
  char address[64];
  uv_tcp_t tcp;
  uv_connect_t connect;
  struct ping *ping; /* NULL: none, or it is over */
};

struct uplink {
  uv_timer_t timer;
  uplink_fn fn; /* NULL: over */
  void *arg;
  struct network_evidence seen;
  struct probe probes[PROBES_MOST];
  size_t count, handles;
};

/* ---- what the kernel knows ---- */

static bool has_link(void)
{
  struct ifaddrs *all;
  bool link = false;
  if (getifaddrs(&all) != 0)
    return true; /* we cannot tell */
  for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
    bool addressed = i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
    link = link || (addressed && (i->ifa_flags & IFF_UP) && (i->ifa_flags & IFF_RUNNING) && !(i->ifa_flags & IFF_LOOPBACK));
  }
  freeifaddrs(all);
  return link;
}

/* proc(5), net/route: "Iface Destination Gateway Flags ...", addresses as hexadecimal numbers in the machine's own order. */
static size_t read_gateways(char addresses[PROBES_MOST][64])
{
  size_t n = 0;
  char line[256];
  FILE *routes = fopen("/proc/net/route", "re");
  while (routes && n < PROBES_MOST && fgets(line, sizeof line, routes)) {
    struct in_addr gateway;
    unsigned destination, flags;
    if (sscanf(line, "%*s %x %x %x", &destination, &gateway.s_addr, &flags) == 3 && destination == 0 && (flags & RTF_GATEWAY))
      inet_ntop(AF_INET, &gateway, addresses[n++], 64);
  }
  if (routes)
    fclose(routes);
  return n;
}

/* proc(5), net/arp: "address type flags ..."; flags 0: it was asked for and nobody said that it is his. */
static bool is_gone(const char *address)
{
  char line[256], known[64];
  unsigned flags;
  bool gone = false;
  FILE *arp = fopen("/proc/net/arp", "re");
  while (arp && fgets(line, sizeof line, arp))
    if (sscanf(line, "%63s %*s %x", known, &flags) == 2 && strcmp(known, address) == 0)
      gone = flags == 0;
  if (arp)
    fclose(arp);
  return gone;
}

/* ---- asking ---- */

static void on_closed(uv_handle_t *handle)
{
  struct uplink *u = handle->data;
  if (--u->handles == 0)
    free(u);
}

static void close_all(struct uplink *u)
{
  u->fn = NULL;
  for (size_t i = 0; i < u->count; i++) {
    struct probe *p = &u->probes[i];
    if (p->ping)
      ping_cancel(p->ping);
    p->ping = NULL;
    uv_close((uv_handle_t *)&p->tcp, on_closed);
  }
  uv_close((uv_handle_t *)&u->timer, on_closed);
}

static void end(struct uplink *u)
{
  uplink_fn fn = u->fn;
  void *arg = u->arg;
  struct network_evidence seen = u->seen;
  close_all(u);
  fn(arg, &seen);
}

static void on_deadline(uv_timer_t *timer)
{
  struct uplink *u = timer->data;
  for (size_t i = 0; i < u->count && u->seen.gateways; i++)
    u->seen.gateways_gone += is_gone(u->probes[i].address);
  end(u);
}

static void answered(struct uplink *u)
{
  if (u->seen.references)
    u->seen.references_answering++;
  else
    u->seen.gateways_answering++;
  end(u);
}

static void on_connected(uv_connect_t *connect, int status)
{
  struct probe *p = connect->data;
  if (p->uplink->fn && (status == 0 || status == UV_ECONNREFUSED))
    answered(p->uplink);
}

static void on_ping(void *arg, const struct ping_result *result, const struct err *why)
{
  struct probe *p = arg;
  (void)why; /* who may not ping does not learn anything by it */
  p->ping = NULL;
  if (result && result->received)
    answered(p->uplink);
}

static void ask(struct uplink *u, const char *address, int port, bool ping)
{
  struct probe *p = &u->probes[u->count++];
  struct sockaddr_storage to;
  p->uplink = u;
  snprintf(p->address, sizeof p->address, "%s", address);
  uv_tcp_init(u->timer.loop, &p->tcp);
  p->tcp.data = u;
  p->connect.data = p;
  u->handles++;
  bool six = strchr(address, ':') != NULL;
  int failure = six ? uv_ip6_addr(address, port, (struct sockaddr_in6 *)&to) : uv_ip4_addr(address, port, (struct sockaddr_in *)&to);
  if (!failure)
    (void)!uv_tcp_connect(&p->connect, &p->tcp, (struct sockaddr *)&to, on_connected); /* one that cannot even begin is no answer */
  if (ping)
    p->ping = ping_start(u->timer.loop, address, 1, UPLINK_MS, UPLINK_MS, on_ping, p);
}

static void ask_references(struct uplink *u, const json_t *references)
{
  size_t i;
  const json_t *text;
  json_array_foreach(references, i, text) {
    char address[64];
    int port;
    struct err unused;
    if (i < PROBES_MOST && network_reference_read(json_string_value(text), address, &port, &unused))
      ask(u, address, port, false);
  }
  u->seen.references = (unsigned)u->count;
}

static void ask_gateways(struct uplink *u)
{
  char addresses[PROBES_MOST][64];
  size_t n = read_gateways(addresses);
  for (size_t i = 0; i < n; i++)
    ask(u, addresses[i], GATEWAY_PORT, true);
  u->seen.gateways = (unsigned)n;
}

struct uplink *uplink_look(uv_loop_t *loop, const json_t *references, uplink_fn fn, void *arg)
{
  struct uplink *u = MEM_NEW(struct uplink);
  u->fn = fn;
  u->arg = arg;
  u->seen.link = has_link();
  uv_timer_init(loop, &u->timer);
  u->timer.data = u;
  u->handles = 1;
  if (u->seen.link && json_array_size(references))
    ask_references(u, references);
  else if (u->seen.link)
    ask_gateways(u);
  /* Where there is nobody to ask, there is nothing to wait for. */
  uv_timer_start(&u->timer, on_deadline, u->count ? UPLINK_MS : 0, 0);
  return u;
}

void uplink_cancel(struct uplink *u)
{
  close_all(u);
}
