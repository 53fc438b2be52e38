/* Text buffers, durations, stamps, JSON text, options. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/options.h"

Test(base, a_buffer_never_passes_its_cap_and_says_so)
{
  struct buf b;
  buf_init(&b, 10);
  cr_assert(buf_add_text(&b, "12345"));
  cr_assert(buf_printf(&b, "%d", 678));
  cr_assert_not(buf_add_text(&b, "too much"));
  cr_assert(b.full);
  cr_assert_not(buf_add_text(&b, "9"), "after a refusal nothing is added, or the text would have a hole");
  cr_assert_str_eq(buf_text(&b), "12345678");
  buf_drop(&b, 5);
  cr_assert_str_eq(buf_text(&b), "678");
  char *text = buf_take(&b);
  cr_assert_str_eq(text, "678");
  free(text);
  cr_assert_str_eq(buf_text(&b), "");
  buf_done(&b);
}

Test(base, durations_are_a_number_and_a_unit)
{
  static const struct {
    const char *text;
    int64_t ms; /* -1: refused */
  } rows[] = {
    { "250ms", 250 },
    { "30s", 30000 },
    { "5m", 300000 },
    { "2h", 7200000 },
    { "14d", 1209600000 },
    { "0s", 0 },
    { "1000d", 86400000000 },
    { "", -1 },
    { "30", -1 },
    { "s", -1 },
    { "-5s", -1 },
    { "1.5s", -1 },
    { "30 s", -1 },
    { "1001d", -1 },
    { "5min", -1 },
    { "99999999999999999999s", -1 },
    { "+5s", -1 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    int64_t ms = -1;
    struct err e;
    bool ok = duration_parse(rows[i].text, &ms, &e);
    cr_assert_eq(ok, rows[i].ms >= 0, "\"%s\"", rows[i].text);
    cr_assert(!ok || ms == rows[i].ms, "\"%s\" is %" PRId64, rows[i].text, ms);
    char text[32];
    int64_t again = -1;
    cr_assert(!ok || (duration_parse(duration_format(ms, text), &again, &e) && again == ms), "\"%s\" written as \"%s\"", rows[i].text,
              text);
  }
}

Test(base, stamps_are_rfc3339_with_any_offset)
{
  static const struct {
    const char *text;
    int64_t us; /* -1: refused */
  } rows[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "2026-08-22T10:00:00Z", 1787392800000000 },
    { "2026-08-22T12:00:00.25+02:00", 1787392800250000 },
    { "2026-08-22 10:00:00.123456+00", 1787392800123456 },
    { "2026-08-22t04:30:00-0530", 1787392800000000 },
    { "2026-08-22T10:00:00.1234569Z", 1787392800123456 },
    { "2026-08-22", -1 },
    { "2026-08-22T10:00:00", -1 },
    { "2026-08-22T10:00:00Zx", -1 },
    { "2026-13-22T10:00:00Z", -1 },
    { "yesterday", -1 },
    { "", -1 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    int64_t us = -1;
    bool ok = clock_parse(rows[i].text, &us);
    cr_assert_eq(ok, rows[i].us >= 0, "\"%s\"", rows[i].text);
    cr_assert(!ok || us == rows[i].us, "\"%s\" is %" PRId64, rows[i].text, us);
  }
  char text[CLOCK_STAMP_SIZE];
  cr_assert_str_eq(clock_format(1787392800000000, text), "2026-08-22T10:00:00Z");
  cr_assert_str_eq(clock_format(1787392800000250, text), "2026-08-22T10:00:00.000250Z");
  cr_assert_str_eq(clock_format(INT64_C(253402300800000000), text), "10000-01-01T00:00:00Z");
  cr_assert_str_eq(clock_format(INT64_MAX, text), "294247-01-10T04:00:54.775807Z");
  cr_assert_str_eq(clock_format(INT64_MIN, text), "-290308-12-21T19:59:05.224192Z");
  cr_assert_str_eq(clock_format(-1, text), "1969-12-31T23:59:59.999999Z");
}

Test(base, bytes_that_are_no_utf8_become_text_all_the_same)
{
  static const struct {
    const char *bytes;
    size_t len;
    const char *text;
  } rows[] = {
    { "plain", 5, "plain" },
    { "gr\xc3\xbcn", 5, "gr\xc3\xbcn" },
    { "a\xff"
      "b",
      3,
      "a\xef\xbf\xbd"
      "b" },
    { "a\0b", 3, "ab" },
    { "\xc3", 1, "\xef\xbf\xbd" },
    { "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
    { "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
    { "\xc0\x80", 2, "\xef\xbf\xbd\xef\xbf\xbd" }, /* overlong */
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    json_t *value = json_string_from(rows[i].bytes, rows[i].len);
    cr_assert_str_eq(json_string_value(value), rows[i].text, "row %zu", i);
    json_decref(value);
  }
}

Test(base, json_errors_say_where)
{
  struct err e;
  cr_assert_null(json_read("{\"a\": }", 7, &e));
  cr_assert(strstr(e.text, "line 1, column 7"), "%s", e.text);
  cr_assert_null(json_read("{\"a\":1,\"a\":2}", 13, &e), "a doubled key is a mistake");
}

Test(base, foreign_text_cannot_break_a_log_line)
{
  cr_assert_str_eq(LOG_QUOTE("a \"b\"\nlevel=error\x1b[31m"), "\"a \\\"b\\\"\\nlevel=error [31m\"");
  cr_assert_str_eq(LOG_QUOTE(NULL), "\"\"");
  char longer[2000];
  memset(longer, '"', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  cr_assert_lt(strlen(LOG_QUOTE(longer)), 512);
}

Test(base, sha256_is_that_of_fips_180)
{
  char hex[DIGEST_SIZE];
  cr_assert_str_eq(digest_sha256("abc", 3, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(base, hmac_sha256_is_that_of_rfc_4231)
{
  char hex[DIGEST_SIZE], key[131];
  const char *text = "what do ya want for nothing?", *longer = "Test Using Larger Than Block-Size Key - Hash Key First";
  cr_assert_str_eq(digest_hmac_sha256("Jefe", 4, text, strlen(text), hex),
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, sizeof key);
  cr_assert_str_eq(digest_hmac_sha256(key, sizeof key, longer, strlen(longer), hex),
                   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

Test(base, a_file_is_replaced_whole_and_read_with_a_cap)
{
  char dir[] = "/tmp/signalbox-test-XXXXXX", path[64];
  struct err e;
  size_t len;
  cr_assert(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/file", dir);
  cr_assert(file_replace(path, "one", 3, 0600, &e), "%s", e.text);
  cr_assert(file_replace(path, "second", 6, 0600, &e), "%s", e.text);
  char *text = file_read(path, 6, &len, &e);
  cr_assert_str_eq(text, "second");
  cr_assert_eq(len, 6);
  free(text);
  cr_assert_null(file_read(path, 5, NULL, &e));
  cr_assert(strstr(e.text, "larger than 5 bytes"), "%s", e.text);
  cr_assert_not(file_replace("/nowhere/file", "x", 1, 0600, &e));
  cr_assert(strstr(e.text, "/nowhere/file"), "%s", e.text);
  remove(path);
  remove(dir);
}

Test(base, options_come_from_words_or_the_environment)
{
  const char *journal = "default", *quiet = NULL, *socket = NULL;
  const struct option_row rows[] = {
    { "--journal", NULL, "FILE", "", &journal },
    { "--quiet", NULL, NULL, "", &quiet },
    { "--control", "SIGNALBOX_TEST_CONTROL", "SOCKET", "", &socket },
  };
  struct err e;
  int rest;
  setenv("SIGNALBOX_TEST_CONTROL", "from-environment", 1);
  char *argv[] = { (char[]){ "prog" }, (char[]){ "word" }, (char[]){ "--journal=a=b" }, (char[]){ "--quiet" }, (char[]){ "other" }, NULL };
  cr_assert(options_read(5, argv, 1, "", rows, ARRAY_LEN(rows), &rest, &e), "%s", e.text);
  cr_assert_str_eq(journal, "a=b");
  cr_assert_str_eq(quiet, "1");
  cr_assert_str_eq(socket, "from-environment");
  cr_assert(rest == 2 && strcmp(argv[1], "word") == 0 && strcmp(argv[2], "other") == 0);
  char *bad[][3] = { { (char[]){ "prog" }, (char[]){ "--jornal" }, NULL },
                     { (char[]){ "prog" }, (char[]){ "--journal" }, NULL },
                     { (char[]){ "prog" }, (char[]){ "--quiet=1" }, NULL } };
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    cr_assert_not(options_read(2, bad[i], 1, "", rows, ARRAY_LEN(rows), &rest, &e), "%s", bad[i][1]);
  char *word[] = { (char[]){ "prog" }, (char[]){ "word" }, NULL };
  cr_assert_not(options_read(2, word, 1, "", rows, ARRAY_LEN(rows), NULL, &e));
}
