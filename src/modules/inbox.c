#include "modules/inbox.h"

#include "base/mem.h"

#define MESSAGES_CAP 10000
#define BYTES_CAP (4 * 1024 * 1024)

struct inbox_message {
  struct inbox_message *next;
  size_t channel_len, len;
  char bytes[]; /* both, one behind the other */
};

void inbox_init(struct inbox *box)
{
  *box = (struct inbox){ .last = &box->first };
}

static void drop_first(struct inbox *box)
{
  struct inbox_message *m = box->first;
  box->first = m->next;
  if (!box->first)
    box->last = &box->first;
  box->count--;
  box->bytes -= m->channel_len + m->len;
  free(m);
}

void inbox_done(struct inbox *box)
{
  while (box->first)
    drop_first(box);
}

bool inbox_add(struct inbox *box, const char *channel, size_t channel_len, const char *text, size_t len)
{
  if (box->count == MESSAGES_CAP || channel_len + len > BYTES_CAP - box->bytes)
    return false;
  struct inbox_message *m = mem_new(1, sizeof *m + channel_len + len);
  m->channel_len = channel_len;
  m->len = len;
  memcpy(m->bytes, channel, channel_len);
  memcpy(m->bytes + channel_len, text, len);
  *box->last = m;
  box->last = &m->next;
  box->count++;
  box->bytes += channel_len + len;
  return true;
}

int inbox_push(lua_State *L, struct inbox *box)
{
  lua_pushlstring(L, box->first->bytes, box->first->channel_len);
  lua_pushlstring(L, box->first->bytes + box->first->channel_len, box->first->len);
  drop_first(box);
  return 2;
}
