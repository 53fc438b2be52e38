/* A D-Bus connection on the loop, by sd-bus (sd-bus(3), of libsystemd): what it wants to read, write or be woken for goes through libuv, and nothing
 * waits. Method calls are made with sd_bus_call_method_async on bus_of(b), followed by bus_pump. When the connection is lost, each call that has no
 * answer gets an error as its answer. Lives from bus_open to bus_close. */
#pragma once

#include <systemd/sd-bus.h>
#include <uv.h>

#include "base/err.h"

struct bus;

/** The system's bus when nothing else is said: DBUS_SYSTEM_BUS_ADDRESS, else the address that the D-Bus specification fixes. */
const char *bus_system_address(void);

/** Begins to connect. Only addresses of unix sockets are taken ("unix:path=..."): others would resolve names or start programs in between. */
struct bus *bus_open(uv_loop_t *loop, const char *address, struct err *e) MUST_CHECK;

/** sd-bus's own object. */
sd_bus *bus_of(struct bus *b);

/** Has the loop look after what was queued. */
void bus_pump(struct bus *b);

/** No callback is called any more, from inside of one too. NULL is nothing. */
void bus_close(struct bus *b);
