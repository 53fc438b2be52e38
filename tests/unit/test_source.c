/* What stands in a script's text, seen without running it. */
#include <criterion/criterion.h>

#include "cli/source.h"

/* "helper:1 probe():3": what is never used. */
static void unused_of(const char *text, char *out, size_t size)
{
  struct source *s = source_new(text);
  struct unused found;
  size_t n = 0;
  out[0] = '\0';
  for (size_t at = 0; source_next_unused(s, &at, &found);)
    n += (size_t)snprintf(out + n, size - n, "%s%s%s:%d", n ? " " : "", found.name, found.is_function ? "()" : "", found.line);
  source_free(s);
}

Test(source, locals_that_nobody_mentions_again_are_found)
{
  static const struct {
    const char *text, *unused;
  } rows[] = {
    { "", "" },
    { "local a = 1", "a:1" },
    { "local a = 1 return a", "" },
    { "local a, b = 1, 2\nreturn b", "a:1" },
    { "local a <const>, b <const> = 1, 2", "a:1 b:1" },
    { "local a <close> = x", "" },
    { "local _a = 1", "" },
    { "local function probe() end\nservice { name = \"x\", probe = function() end }", "probe():1" },
    { "local function probe() end\nservice { name = \"x\", probe = probe }", "" },
    { "\nlocal probe = function() end\nservice { probe = function() end }", "probe:2" },
    { "local a = 1 -- a is here\n--[[ a ]] --[==[ a ]] a ]==]", "a:1" },
    { "local a = 1 x = 'a' .. \"a\\\"a\" .. [[a]] .. [==[ a ]==]", "a:1" },
    { "local a = 1 x = b.a x = b:a()", "a:1" },
    { "local a = 1 x = b..a", "" },
    { "local a = 1 x = { a = 2 }", "a:1" },
    { "local a = 1 x = { b = 1, a = 2; a = 3 }", "a:1" },
    { "local a = 1 x = { a }", "" },
    { "local a = 1 x = { [a] = 2 }", "" },
    { "local a = 1 x = { a == 2 }", "" },
    { "local a x = { f = function() b, a = 1, 2 end }", "" },
    { "local a x = { f = function() if b then a = 1 end end, g = function() repeat a = 2 until b end }", "" },
    { "local a = 0x1fp+3 local b = 1e-5 local c = 3..2", "a:1 b:1 c:1" },
    { "local a = 1 function f() return a end", "" },
    { "local function f() return f() end", "" }, /* only by itself: not seen */
    { "local a = a", "" },                       /* and not this either */
    { "local a = \"not closed\nlocal b = [[neither", "a:1 b:2" },
    { "local", "" },
    { "local function", "" },
    { "local a,", "a:1" },
    { "}}}) end end until", "" },
    { "local x\nlocal a = 1\n::a:: goto b", "x:1" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char out[256];
    unused_of(rows[i].text, out, sizeof out);
    cr_expect_str_eq(out, rows[i].unused, "%s: \"%s\", not \"%s\"", rows[i].text, out, rows[i].unused);
  }
}

Test(source, where_a_global_is_assigned)
{
  static const struct {
    const char *text;
    int line;
  } rows[] = {
    { "x = 1", 1 },          { "\n\nx = 1", 3 },         { "-- x = 1\nlocal s = 'x = 1'\nx = 2", 3 }, { "t = { x = 1 }\nx = 2", 2 },
    { "t.x = 1\nx = 2", 2 }, { "function x()\nend", 1 }, { "function t.x()\nend\nx = 1", 3 },         { "if x == 1 then\nx = 2 end", 2 },
    { "a, x = 1, 2", 1 },    { "print(x)", 0 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct source *s = source_new(rows[i].text);
    cr_expect_eq(source_assigned_at(s, "x"), rows[i].line, "%s: %d", rows[i].text, source_assigned_at(s, "x"));
    source_free(s);
  }
}

/* Whatever comes: every beginning of a script, and noise. */
Test(source, takes_any_text)
{
  static const char script[] =
      "local a <close>, b = {x=1,[2]=3}, [==[ ]] ]==]\nlocal function f(...) return a.b:c(...) .. '\\'' end --[[ x ]]";
  char text[sizeof script];
  for (size_t n = 0; n < sizeof script; n++) {
    memcpy(text, script, n);
    text[n] = '\0';
    source_free(source_new(text));
  }
  static const char signs[] = "localfunctionend{}()[]=,.:;<>\"'-\\\n 0xep+ab\xff";
  unsigned seed = 11;
  for (int round = 0; round < 3000; round++) {
    size_t n = (size_t)rand_r(&seed) % (sizeof text - 1);
    for (size_t i = 0; i < n; i++)
      text[i] = signs[(size_t)rand_r(&seed) % (sizeof signs - 1)];
    text[n] = '\0';
    source_free(source_new(text));
  }
}
