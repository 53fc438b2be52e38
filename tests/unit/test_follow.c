/* Following a log: of sources that cannot say where they were, looks as letters, a line each; and what is new in each look. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "core/follow.h"

static json_t *lines_of(const char *letters, size_t n)
{
  json_t *lines = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(lines, json_stringn(&letters[i], 1));
  return lines;
}

Test(follow, what_is_new_in_a_window)
{
  static const struct {
    const char *looks, *fresh; /* looks by blanks; what is new in each, ! before it when some are missing */
  } rows[] = {
    { "abc abcd abcd", "bc d " },                           /* the first look: two are wanted */
    { "abc bcd cde", "bc d e" },                            /* the window moves */
    { "aaa aaaa", "aa a" },                                 /* the same line again */
    { "abab ababab", "ab ab" },   { "abc xyz", "bc !xyz" }, /* nothing is known any more */
    { "abc c", "bc " },                                     /* a rotation: less than before, and known */
    { "_ ab", "_ ab" },                                     /* _: nothing */
    { "ab _ cd", "ab  cd" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct follow f = { 0 };
    struct buf said;
    buf_init(&said, 256);
    for (const char *p = rows[i].looks; *p;) {
      size_t n = strcspn(p, " "), k;
      bool gap;
      json_t *answer = lines_of(p, *p == '_' ? 0 : n), *line;
      json_t *fresh = follow_take(&f, answer, 2, NULL, &gap);
      buf_add_text(&said, p == rows[i].looks ? "" : " ");
      buf_add_text(&said, gap ? "!" : *p == '_' && p == rows[i].looks ? "_" : "");
      json_array_foreach(fresh, k, line)
        buf_add_text(&said, json_string_value(line));
      json_decref(fresh);
      json_decref(answer);
      p += n + (p[n] == ' ');
    }
    cr_expect_str_eq(buf_text(&said), rows[i].fresh, "%s: \"%s\", not \"%s\"", rows[i].looks, buf_text(&said), rows[i].fresh);
    buf_done(&said);
    follow_done(&f);
  }
}

Test(follow, a_source_that_knows_its_place_is_asked_behind_it)
{
  struct follow f = { .has_cursor = true };
  bool gap;
  json_t *argument = follow_argument(&(struct follow){ 0 }, 7);
  cr_assert_eq(json_integer_value(argument), FOLLOW_LINES, "one that does not is asked for its last lines each time");
  json_decref(argument);
  argument = follow_argument(&f, 7);
  cr_assert_eq(json_integer_value(json_object_get(argument, "lines")), 7);
  cr_assert_str_eq(json_string_value(json_object_get(argument, "after")), "");
  json_decref(argument);
  json_t *answer = json_pack("{s:s, s:s, s:b}", "text", "a\nb\n", "cursor", "p1", "gap", 1),
         *fresh = follow_take(&f, answer, 7, NULL, &gap);
  cr_assert_eq(json_array_size(fresh), 2);
  cr_assert_not(gap, "what was before the beginning is not missed");
  json_decref(fresh);
  json_decref(answer);
  answer = json_pack("{s:s, s:s, s:b}", "text", "", "cursor", "", "gap", 1);
  fresh = follow_take(&f, answer, 7, NULL, &gap);
  cr_assert_eq(json_array_size(fresh), 0);
  cr_assert(gap);
  json_decref(fresh);
  json_decref(answer);
  argument = follow_argument(&f, 7);
  cr_assert_eq(json_integer_value(json_object_get(argument, "lines")), FOLLOW_LINES);
  cr_assert_str_eq(json_string_value(json_object_get(argument, "after")), "p1", "a place is kept until there is another");
  json_decref(argument);
}
