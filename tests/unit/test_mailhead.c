/* Header fields of mail. */
#include <criterion/criterion.h>

#include "base/mailhead.h"

Test(mailhead, a_text_is_left_alone_or_encoded_in_words_of_whole_characters)
{
  static const struct {
    const char *text, *field;
  } rows[] = {
    { "", "" },
    { "comfyui-1 is down", "comfyui-1 is down" },
    { "gr\xc3\xbcn", "=?UTF-8?B?Z3LDvG4=?=" },
    { "a\r\nBcc: b@example.org", "=?UTF-8?B?YSAgQmNjOiBiQGV4YW1wbGUub3Jn?=" },
    { "looks =?like?= a word", "=?UTF-8?B?bG9va3MgPT9saWtlPz0gYSB3b3Jk?=" },
    /* 44 letters and one of two bytes: it goes into the second word as a whole. */
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xbc", "=?UTF-8?B?YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=?="
                                                              "\r\n =?UTF-8?B?w7w=?=" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct buf b;
    buf_init(&b, 1000);
    mailhead_text(&b, rows[i].text);
    cr_assert_str_eq(buf_text(&b), rows[i].field, "row %zu: %s", i, buf_text(&b));
    buf_done(&b);
  }
}

Test(mailhead, lines_stay_short_whatever_the_bytes_are)
{
  char bytes[1001];
  struct buf b;
  memset(bytes, 0x80, sizeof bytes - 1); /* no UTF-8 */
  bytes[sizeof bytes - 1] = '\0';
  buf_init(&b, 10000);
  mailhead_text(&b, bytes);
  cr_assert_not(b.full);
  for (const char *line = buf_text(&b); line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
    cr_assert_leq(strcspn(line, "\r"), 76);
  buf_done(&b);
}

Test(mailhead, an_address_has_an_envelope_and_a_field)
{
  static const struct {
    const char *text, *address, *field; /* NULL: refused */
  } rows[] = {
    { "a@example.org", "a@example.org", "<a@example.org>" },
    { "<a@example.org>", "a@example.org", "<a@example.org>" },
    { "Ada L <a@example.org>", "a@example.org", "Ada L <a@example.org>" },
    { "\"Ada L\" <a@example.org>", "a@example.org", "Ada L <a@example.org>" },
    { "Ada, L. <a@example.org>", "a@example.org", "=?UTF-8?B?QWRhLCBMLg==?=\r\n <a@example.org>" },
    { "a\r\nX: 1 <a@example.org>", "a@example.org", "=?UTF-8?B?YSAgWDogMQ==?=\r\n <a@example.org>" },
    { "", NULL, NULL },
    { "a", NULL, NULL },
    { "@", NULL, NULL },
    { "a@", NULL, NULL },
    { "@b", NULL, NULL },
    { "a@b@c", NULL, NULL },
    { "a b@c", NULL, NULL },
    { "a@b\r\nX: 1", NULL, NULL },
    { "a@b>\r\nRCPT TO:<c@d", NULL, NULL },
    { "A <a@b> ", NULL, NULL },
    { "A <a@b", NULL, NULL },
    { "a@b, c@d", NULL, NULL },
    { "<>", NULL, NULL },
    { "<", NULL, NULL },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct buf address, field;
    struct err e;
    buf_init(&address, 1000);
    buf_init(&field, 1000);
    bool good = mailhead_address(&address, &field, rows[i].text, &e);
    cr_assert_eq(good, rows[i].address != NULL, "row %zu", i);
    cr_assert(good || strstr(e.text, "is no mail address"));
    cr_assert(!good || strcmp(buf_text(&address), rows[i].address) == 0, "row %zu: %s", i, buf_text(&address));
    cr_assert(!good || strcmp(buf_text(&field), rows[i].field) == 0, "row %zu: %s", i, buf_text(&field));
    buf_done(&address);
    buf_done(&field);
  }
}

Test(mailhead, a_date_is_that_of_rfc_5322)
{
  struct buf b;
  buf_init(&b, 100);
  mailhead_date(&b, 1787392800000000);
  cr_assert_str_eq(buf_text(&b), "Sat, 22 Aug 2026 10:00:00 +0000");
  buf_done(&b);
}
