/* Frames of the Docker Engine's logs. */
#include <criterion/criterion.h>

#include "core/dockerlog.h"

#define FRAMES(text) text, sizeof(text) - 1

Test(dockerlog, frames_are_joined_and_garbage_is_refused)
{
  static const struct {
    const char *bytes;
    size_t len;
    const char *expected; /* NULL: refused */
  } rows[] = {
    { FRAMES(""), "" },
    { FRAMES("\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\4two\n"), "onetwo\n" },
    { FRAMES("\1\0\0\0\0\0\0\0"), "" },
    { FRAMES("\1\0\0\0\0\0\0\5cut"), "cut" },
    { FRAMES("\1\0\0\0\0\0\0\3one\2\0\0"), "one" },
    { FRAMES("\1\0\0\0\xff\xff\xff\xffmuch"), "much" },
    { FRAMES("plain text"), NULL },
    { FRAMES("\1\0\0\0\0\0\0\3one\1\1\0\0\0\0\0\0"), NULL },
    { FRAMES("\3\0\0\0\0\0\0\0"), NULL },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct buf out;
    struct err e;
    buf_init(&out, 1024);
    bool ok = dockerlog_join(rows[i].bytes, rows[i].len, &out, &e);
    cr_expect_eq(ok, rows[i].expected != NULL, "row %zu", i);
    if (ok)
      cr_expect_str_eq(buf_text(&out), rows[i].expected, "row %zu", i);
    buf_done(&out);
  }
}
