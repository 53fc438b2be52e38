#include "core/follow.h"

#include "base/json.h"
#include "core/logtext.h"

json_t *follow_argument(const struct follow *f, size_t first)
{
  if (!f->has_cursor)
    return json_integer(FOLLOW_LINES);
  return json_pack("{s:I, s:s}", "lines", (json_int_t)(f->begun ? FOLLOW_LINES : first), "after", f->cursor);
}

static json_t *last_of(const json_t *lines, size_t most)
{
  json_t *last = json_array();
  size_t n = json_array_size(lines);
  for (size_t i = n > most ? n - most : 0; i < n; i++)
    json_array_append(last, json_array_get(lines, i));
  return last;
}

/* Are the first n of `now` the last n of `before`? */
static bool overlaps(const json_t *before, const json_t *now, size_t n)
{
  size_t from = json_array_size(before) - n;
  for (size_t i = 0; i < n; i++)
    if (!json_equal(json_array_get(before, from + i), json_array_get(now, i)))
      return false;
  return true;
}

/* How many of `now` were among `before`. */
static size_t known_of(const json_t *before, const json_t *now)
{
  size_t n = json_array_size(before), most = json_array_size(now);
  if (n > most)
    n = most;
  while (n && !overlaps(before, now, n))
    n--;
  return n;
}

static json_t *take_window(struct follow *f, json_t *now, size_t first, bool *gap)
{
  size_t known = f->begun ? known_of(f->window, now) : 0, n = json_array_size(now);
  json_t *fresh = last_of(now, f->begun ? n - known : first);
  *gap = f->begun && !known && json_array_size(f->window) && n;
  json_decref(f->window);
  f->window = now;
  return fresh;
}

static json_t *take_text(struct follow *f, const json_t *answer, const json_t *masks, bool *gap)
{
  const json_t *text = json_object_get(answer, "text");
  const char *cursor = json_text_of(answer, "cursor", "");
  *gap = f->begun && json_bool_of(answer, "gap", false);
  if (*cursor)
    snprintf(f->cursor, sizeof f->cursor, "%s", cursor);
  return text ? logtext_lines_of(text, FOLLOW_LINES, masks) : json_array();
}

json_t *follow_take(struct follow *f, const json_t *answer, size_t first, const json_t *masks, bool *gap)
{
  json_t *lines =
      f->has_cursor ? take_text(f, answer, masks, gap) : take_window(f, logtext_lines_of(answer, FOLLOW_LINES, masks), first, gap);
  f->begun = true;
  return lines;
}

void follow_done(struct follow *f)
{
  json_decref(f->window);
  f->window = NULL;
}
