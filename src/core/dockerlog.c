#include "core/dockerlog.h"

#define HEADER 8
#define STREAM_MOST 2

bool dockerlog_join(const char *bytes, size_t len, struct buf *out, struct err *e)
{
  const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
  while (end - p >= HEADER) {
    if (p[0] > STREAM_MOST || p[1] || p[2] || p[3])
      return err_set(e, "byte %td is no beginning of a frame of the Docker Engine's logs", p - (const unsigned char *)bytes);
    size_t size = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7], left = (size_t)(end - p - HEADER);
    size_t there = size < left ? size : left;
    buf_add(out, p + HEADER, there);
    p += HEADER + there;
  }
  return true;
}
