#include "base/buf.h"

#include "base/mem.h"

void buf_init(struct buf *b, size_t cap)
{
  *b = (struct buf){ .cap = cap };
}

void buf_done(struct buf *b)
{
  free(b->data);
  buf_init(b, b->cap);
}

void buf_clear(struct buf *b)
{
  b->len = 0;
  b->full = false;
  if (b->data)
    b->data[0] = '\0';
}

bool buf_add(struct buf *b, const void *bytes, size_t n)
{
  if (b->full || n > b->cap - b->len) {
    b->full = true;
    return false;
  }
  if (b->len + n + 1 > b->room) {
    size_t room = b->room ? b->room * 2 : 64;
    while (room < b->len + n + 1)
      room *= 2;
    b->data = mem_resize(b->data, room, 1);
    b->room = room;
  }
  if (n)
    memcpy(b->data + b->len, bytes, n);
  b->len += n;
  b->data[b->len] = '\0';
  return true;
}

bool buf_add_text(struct buf *b, const char *text)
{
  return buf_add(b, text, strlen(text));
}

bool buf_printf(struct buf *b, const char *format, ...)
{
  char small[256];
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  bool ok = n >= 0;
  if (ok && (size_t)n < sizeof small) {
    ok = buf_add(b, small, (size_t)n);
  } else if (ok) {
    char *large = mem_new((size_t)n + 1, 1);
    vsnprintf(large, (size_t)n + 1, format, again);
    ok = buf_add(b, large, (size_t)n);
    free(large);
  }
  va_end(again);
  return ok;
}

void buf_drop(struct buf *b, size_t n)
{
  if (!n)
    return;
  assert(n <= b->len);
  memmove(b->data, b->data + n, b->len - n + 1);
  b->len -= n;
}

char *buf_take(struct buf *b)
{
  char *data = b->data ? b->data : mem_copy_bytes("", 0);
  b->data = NULL;
  buf_init(b, b->cap);
  return data;
}

const char *buf_text(const struct buf *b)
{
  return b->data ? b->data : "";
}
