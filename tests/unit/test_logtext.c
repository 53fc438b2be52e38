/* Log lines made fit to be shown. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/logtext.h"

static void expect_clean(const char *bytes, size_t len, const char *expected, const char *const *rules, size_t n)
{
  char *text = logtext_clean(bytes, len, 1000, 65536, rules, n);
  cr_expect_str_eq(text, expected, "of \"%.*s\"", (int)len, bytes);
  free(text);
}

Test(logtext, whether_a_piece_ends_within_a_key_goes_on_from_the_piece_before)
{
  static const struct {
    const char *piece;
    bool in_key, expected;
  } rows[] = {
    { "", false, false },
    { "", true, true },
    { "nothing of it\n", true, true },
    { "a\n-----BEGIN RSA PRIVATE KEY-----\nb3Bl\n", false, true },
    { "b3Bl\n-----END RSA PRIVATE KEY-----\nb\n", true, false },
    { "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", false, false },
    { "-----END PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n", true, true },
    { "-----BEGIN CERTIFICATE-----\n", false, false },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq(logtext_ends_in_key(rows[i].piece, strlen(rows[i].piece), rows[i].in_key), rows[i].expected, "%s", rows[i].piece);
}

Test(logtext, what_is_no_text_is_not_shown)
{
  static const struct {
    const char *bytes, *expected;
  } rows[] = {
    { "", "" },
    { "one\ntwo\n", "one\ntwo\n" },
    { "tab\tthere \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "tab there \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
    { "bad \xff\xc3( \xe2\x82", "bad \xef\xbf\xbd\xef\xbf\xbd( \xef\xbf\xbd\xef\xbf\xbd" },
    { "\x1b[1;31mred\x1b[0m \x1b[2K\x1b[?25lplain", "red plain" },
    { "\x1b]0;a title\x07shown", "shown" },
    { "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link" },
    { "\x1bPdevice string\x1b\\shown", "shown" },
    { "\x1b]never ends\nnext", "\nnext" },
    { "\x1b(B\x1b=\x1b"
      "7x",
      "x" },
    { "cut off \x1b[31", "cut off " },
    { "cut off \x1b", "cut off " },
    { "bell\a back\b del\x7f nul", "bell back del nul" },
    { "\xc2\x9b"
      "31m \xe2\x80\xae"
      "evil \xe2\x81\xa6x",
      "31m evil x" },
    { "no-break\xc2\xa0space, next line\xc2\x85.", "no-break\xc2\xa0space, next line." },
    { "marks \xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa. quotes \xe2\x80\x9c\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
      "marks . quotes \xe2\x80\x9c\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa" },
    { "windows\r\nlines\r\n", "windows\nlines\n" },
    { "10%\r20%\r100%\ndone", "100%\ndone" },
    { "10%\r\r\n", "10%\n" },
    { "last\r", "last" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_clean(rows[i].bytes, strlen(rows[i].bytes), rows[i].expected, NULL, 0);
  expect_clean("a\0b", 3, "ab", NULL, 0);
}

Test(logtext, secrets_are_masked)
{
  static const struct {
    const char *bytes, *expected;
  } rows[] = {
    { "password=hunter2 next", "password=*** next" },
    { "DB_PASSWORD: hunter2", "DB_PASSWORD: ***" },
    { "{\"token\": \"a b,c\", \"x\": 1}", "{\"token\": \"***\", \"x\": 1}" },
    { "api-key = 'k1'; user=me", "api-key = '***'; user=me" },
    { "access_token=abc&next=1", "access_token=***&next=1" },
    { "Authorization: Bearer eyJhbGciOi.x.y", "Authorization: Bearer ***" },
    { "sent Bearer 0123456789abcdef to it", "sent Bearer *** to it" },
    { "curl -u x: 'Basic dXNlcjpwYXNz'", "curl -u x: 'Basic ***'" },
    { "connecting to postgres://app:s3cr3t@db/x?y", "connecting to postgres://app:***@db/x?y" },
    { "redis://:p@ss@host", "redis://:***@host" },
    { "http://host:80/a@b", "http://host:80/a@b" },
    { "the token has expired; basic usage", "the token has expired; basic usage" },
    { "tokenizer=fast", "tokenizer=***" },
    { "a\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nb", "a\n***\nb" },
    { "b3Bl\nAAAA\n-----END RSA PRIVATE KEY-----\nb", "***\nb" },
    { "-----BEGIN PRIVATE KEY-----\nMIIE", "***\n" },
    { "-----BEGIN CERTIFICATE-----\nMIIE\n", "-----BEGIN CERTIFICATE-----\nMIIE\n" },
    { "x-render-KEY: 77 end", "x-render-KEY: *** end" },
    { "<key>a b</key> <KEY>c</key>", "<key>***</key> <KEY>***</key>" },
    { "<key>cut off", "<key>***" },
    { "hunter2: x; y", "hunter2: ***; y" },
    { "\x1b[31mpass\x1b[0mword=x", "password=***" },
  };
  static const char *const rules[] = { "X-Render-Key: *", "<key>*</key>", "hunter2: " };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_clean(rows[i].bytes, strlen(rows[i].bytes), rows[i].expected, rules, ARRAY_LEN(rules));
}

Test(logtext, the_last_lines_within_the_cap)
{
  static const struct {
    const char *text;
    unsigned lines;
    size_t cap;
    const char *expected;
  } rows[] = {
    { "1\n2\n3\n", 2, 100, "2\n3\n" },
    { "1\n2\n3", 2, 100, "2\n3" },
    { "1\n2\n3\n", 9, 100, "1\n2\n3\n" },
    { "1\n2\n3\n", 1, 100, "3\n" },
    { "\n\n\n", 2, 100, "\n\n" },
    { "aaaa\nbbbb\ncccc\n", 9, 11, "bbbb\ncccc\n" },
    { "aaaa\nbbbb\n", 9, 10, "aaaa\nbbbb\n" },
    { "aaaaaaaaaa\n", 9, 4, "aaa\n" },
    { "\xe2\x82\xac\xe2\x82\xac", 9, 4, "\xe2\x82\xac" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char *text = logtext_clean(rows[i].text, strlen(rows[i].text), rows[i].lines, rows[i].cap, NULL, 0);
    cr_expect_str_eq(text, rows[i].expected, "row %zu", i);
    free(text);
  }
}

Test(logtext, rules_are_checked)
{
  struct err e;
  char long_rule[LOGTEXT_RULE_MOST + 2];
  memset(long_rule, 'x', sizeof long_rule);
  long_rule[LOGTEXT_RULE_MOST + 1] = '\0';
  cr_expect(logtext_rule_is_valid("key=*", &e));
  cr_expect(logtext_rule_is_valid("plain", &e));
  cr_expect_not(logtext_rule_is_valid("", &e));
  cr_expect_not(logtext_rule_is_valid("*", &e));
  cr_expect_not(logtext_rule_is_valid("a*b*", &e));
  cr_expect_not(logtext_rule_is_valid(long_rule, &e));
}

/* A whole log of beginnings of secrets, which is the worst there is, against as much of plain text: no pattern may take forever. */
Test(logtext, no_text_takes_forever)
{
  static const char *const worst[] = { "password", "://a:",  "<key>",  "-----BEGIN ", "\x1b[",    "\r",
                                       "\xe2",     "token:", "token_", "token='a ",   "token=\"a" };
  static const char *const rules[] = { "<key>*</key>", "a*b", "x" };
  for (size_t i = 0; i < ARRAY_LEN(worst); i++) {
    struct buf b;
    buf_init(&b, 4 * 131072);
    while (buf_add_text(&b, worst[i]))
      ;
    int64_t began_ms = clock_mono_ms();
    char *text = logtext_clean(buf_text(&b), b.len, 1000, 131072, rules, ARRAY_LEN(rules));
    cr_expect_lt(clock_mono_ms() - began_ms, 10000, "%s", worst[i]);
    free(text);
    buf_done(&b);
  }
}
