#include "base/mem.h"

#include <malloc.h>

/** What is freed at the end of the heap and stays, what is fetched at a time, and from what size on memory has pages of its own, bytes. */
#define KEPT (4 * 1024 * 1024)
#define FETCHED (256 * 1024)
#define OWN_PAGES (4 * 1024 * 1024)

static _Noreturn void out_of_memory(size_t n, size_t size)
{
  fprintf(stderr, "level=error event=out_of_memory items=%zu size=%zu\n", n, size);
  abort();
}

void *mem_new(size_t n, size_t size)
{
  void *p = calloc(n ? n : 1, size ? size : 1);
  if (!p)
    out_of_memory(n, size);
  return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
  void *q = reallocarray(p, n ? n : 1, size ? size : 1);
  if (!q)
    out_of_memory(n, size);
  return q;
}

char *mem_copy_text(const char *s)
{
  return s ? mem_copy_bytes(s, strlen(s)) : NULL;
}

char *mem_copy_bytes(const void *s, size_t n)
{
  char *copy = mem_new(n + 1, 1);
  if (n)
    memcpy(copy, s, n);
  return copy;
}

char *mem_printf(const char *format, ...)
{
  char *text = NULL;
  va_list args;
  va_start(args, format);
  if (vasprintf(&text, format, args) < 0)
    out_of_memory(1, 0);
  va_end(args);
  return text;
}

void mem_keep_freed(void)
{
  mallopt(M_TRIM_THRESHOLD, KEPT);
  mallopt(M_TOP_PAD, FETCHED);
  mallopt(M_MMAP_THRESHOLD, OWN_PAGES);
}
