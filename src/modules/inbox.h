/* Messages of channels that a script has subscribed to and not yet received. Storage is the caller's. */
#pragma once

#include <lauxlib.h>

#include "base/base.h"

struct inbox_message;

struct inbox {
  struct inbox_message *first, **last;
  size_t count, bytes;
};

void inbox_init(struct inbox *box);
void inbox_done(struct inbox *box);
/** Keeps a copy; false when there are too many (10,000 messages, 4 MiB): a script that does not keep up. */
bool inbox_add(struct inbox *box, const char *channel, size_t channel_len, const char *text, size_t len) MUST_CHECK;
/** Pushes channel and text of the oldest and drops it; there is one. */
int inbox_push(lua_State *L, struct inbox *box);
