#include "loop/bus.h"

#include <poll.h>

#include "base/mem.h"

/** Messages handled before the loop has its turn again. */
#define BURST 64

struct bus {
  sd_bus *bus; /* NULL: closed */
  uv_poll_t poll;
  uv_timer_t timer;
  unsigned handles; /* to be closed before the struct goes */
  bool polling;     /* poll was begun */
};

const char *bus_system_address(void)
{
  const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
  return address && *address ? address : "unix:path=/var/run/dbus/system_bus_socket";
}

sd_bus *bus_of(struct bus *b)
{
  return b->bus;
}

static void on_closed(uv_handle_t *handle)
{
  struct bus *b = handle->data;
  if (--b->handles == 0)
    free(b);
}

void bus_close(struct bus *b)
{
  if (!b || !b->bus)
    return;
  sd_bus *bus = b->bus;
  b->bus = NULL;
  if (b->polling)
    uv_close((uv_handle_t *)&b->poll, on_closed);
  uv_close((uv_handle_t *)&b->timer, on_closed);
  sd_bus_close(bus); /* after the loop has let go of its descriptor */
  sd_bus_unref(bus);
}

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);

/* Tells the loop what sd-bus waits for. */
static void watch(struct bus *b)
{
  uint64_t at_us;
  int events = sd_bus_get_events(b->bus);
  if (events >= 0)
    uv_poll_start(&b->poll, (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0), on_poll);
  else
    uv_poll_stop(&b->poll); /* closed, but perhaps not all that wait have been told */
  if (sd_bus_get_timeout(b->bus, &at_us) >= 0 && at_us != UINT64_MAX) {
    uint64_t now_us = uv_hrtime() / 1000; /* the same clock: CLOCK_MONOTONIC */
    uv_timer_start(&b->timer, on_timer, at_us > now_us ? (at_us - now_us + 999) / 1000 : 0, 0);
  } else {
    uv_timer_stop(&b->timer);
  }
}

/* A callback may close it. */
static void process(struct bus *b)
{
  sd_bus *bus = sd_bus_ref(b->bus);
  int more = 1;
  for (unsigned i = 0; i < BURST && b->bus && more > 0; i++)
    more = sd_bus_process(bus, NULL);
  if (b->bus) {
    watch(b);
    if (more > 0)
      uv_timer_start(&b->timer, on_timer, 0, 0);
  }
  sd_bus_unref(bus);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
  (void)status; /* sd-bus finds out itself */
  (void)events;
  process(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
  process(timer->data);
}

void bus_pump(struct bus *b)
{
  watch(b);
}

/* What is set before it starts. */
static int connect_bus(sd_bus *bus, const char *address)
{
  int failure = sd_bus_set_address(bus, address);
  if (failure >= 0)
    failure = sd_bus_set_bus_client(bus, true);
  return failure < 0 ? failure : sd_bus_start(bus);
}

struct bus *bus_open(uv_loop_t *loop, const char *address, struct err *e)
{
  sd_bus *bus = NULL;
  if (strncmp(address, "unix:", 5) != 0 || strchr(address, ';')) {
    err_set(e, "%s: an address of one unix socket is needed, such as unix:path=/run/dbus/system_bus_socket", address);
    return NULL;
  }
  int failure = sd_bus_new(&bus);
  if (failure >= 0)
    failure = connect_bus(bus, address);
  if (failure < 0) {
    sd_bus_close(bus);
    sd_bus_unref(bus);
    err_set(e, "the bus %s: %s", address, strerror(-failure));
    return NULL;
  }
  struct bus *b = MEM_NEW(struct bus);
  b->bus = bus;
  b->poll.data = b->timer.data = b;
  b->handles = 1;
  uv_timer_init(loop, &b->timer);
  failure = uv_poll_init(loop, &b->poll, sd_bus_get_fd(bus));
  if (failure < 0) {
    bus_close(b);
    err_set(e, "the bus %s: %s", address, uv_strerror(failure));
    return NULL;
  }
  b->polling = true;
  b->handles++;
  watch(b);
  return b;
}
