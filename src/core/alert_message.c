#include "core/alert_message.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define ERROR_SIZE 501

const char *alert_message_id(int64_t now_us, const unsigned char chance[10], char id[ALERT_ID_SIZE])
{
  static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  uint64_t ms = (uint64_t)(now_us / 1000);
  unsigned bits = 0, held = 0;
  for (size_t i = 10; i-- > 0; ms >>= 5)
    id[i] = digits[ms & 31];
  for (size_t i = 0, at = 10; i < 10; i++) {
    held = held << 8 | chance[i];
    for (bits += 8; bits >= 5; bits -= 5)
      id[at++] = digits[held >> (bits - 5) & 31];
  }
  id[ALERT_ID_SIZE - 1] = '\0';
  return id;
}

/* ---- words ---- */

/* At most size - 1 bytes, cut between characters, with "..." where something is missing; a line break becomes a blank. */
static void copy_line(char *to, size_t size, const char *text)
{
  size_t n = strnlen(text, size);
  if (n == size)
    for (n = size - 4; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
      n--;
  for (size_t i = 0; i < n; i++)
    to[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
  snprintf(to + n, size - n, "%s", text[n] ? "..." : "");
}

/* "40 s", "12 min", "4 h 12 min", "3 d 2 h". */
static void format_span(int64_t us, char text[32])
{
  int64_t s = us > 0 ? us / 1000000 : 0, min = s / 60, h = min / 60;
  if (s < 120)
    snprintf(text, 32, "%d s", (int)s);
  else if (min < 120)
    snprintf(text, 32, "%d min", (int)min);
  else if (h < 48)
    snprintf(text, 32, min % 60 ? "%d h %d min" : "%d h", (int)h, (int)(min % 60));
  else
    snprintf(text, 32, h % 24 ? "%d d %d h" : "%d d", (int)(h / 24), (int)(h % 24));
}

static const char *shout(const struct alert_item *item)
{
  static const char *const words[STATUS_COUNT] = { "NO DATA", "HEALTHY", "DEGRADED", "DOWN" };
  return item->flapping ? "FLAPPING" : words[item->status];
}

static const char *word(enum status status)
{
  return status_name(status) ? status_name(status) : "without data";
}

static size_t dependents_of(const struct alert_item *item)
{
  return json_array_size(item->dependents);
}

const char *alert_message_line(const struct alert_item *item, int64_t now_us, char text[ALERT_TITLE_SIZE])
{
  char span[32], title[81], error[121], line[512];
  bool told_why = false;
  copy_line(title, sizeof title, item->title);
  copy_line(error, sizeof error, item->error ? item->error : "");
  format_span((item->ended_us ? item->ended_us : now_us) - item->began_us, span);
  size_t n = dependents_of(item);
  switch (item->event) {
  case ALERT_DRILL: snprintf(line, sizeof line, "TEST: an alert about %s would arrive here", title); break;
  case ALERT_SUMMARY:
    snprintf(line, sizeof line, "DURING MAINTENANCE: %s was %s%s, and is well again", title, word(item->worst),
             item->times > 1 ? " several times" : "");
    break;
  case ALERT_RECOVERED:
    snprintf(line, sizeof line, item->retired ? "CLOSED: %s is not watched any more" : "RECOVERED: %s after %s", title, span);
    break;
  case ALERT_ACKNOWLEDGED:
    snprintf(line, sizeof line, "ACKNOWLEDGED: %s is %s; %s has seen it", title, word(item->status),
             item->ack ? item->ack->by : "somebody");
    break;
  case ALERT_REMINDER:
    snprintf(line, sizeof line, "STILL %s: %s for %s", shout(item), title, span);
    told_why = true;
    break;
  case ALERT_BETTER:
  case ALERT_WORSE:
    snprintf(line, sizeof line, "%s: %s was %s", shout(item), title, word(item->previous));
    told_why = true;
    break;
  default: snprintf(line, sizeof line, "%s: %s", shout(item), title); told_why = true;
  }
  size_t len = strlen(line);
  if (told_why && *error)
    len += (size_t)snprintf(line + len, sizeof line - len, " (%s)", error);
  if (told_why && n)
    snprintf(line + len, sizeof line - len, "; %zu service%s depend%s on it", n, n == 1 ? "" : "s", n == 1 ? "s" : "");
  copy_line(text, ALERT_TITLE_SIZE, line);
  return text;
}

/* ---- the whole ---- */

static bool is_firing(const struct alert_item *item)
{
  return item->event != ALERT_RECOVERED && item->event != ALERT_SUMMARY;
}

static const struct alert_item *most_serious(const struct alert_item *items, size_t n)
{
  const struct alert_item *most = items;
  for (size_t i = 1; i < n; i++)
    if (items[i].event > most->event)
      most = &items[i];
  return most;
}

/* Knowing the worst is worse than not knowing. */
static enum status worst_of(const struct alert_item *items, size_t n)
{
  enum status worst = items[0].status;
  for (size_t i = 1; i < n; i++)
    if (items[i].status > worst)
      worst = items[i].status;
  for (size_t i = 0; worst == STATUS_HEALTHY && i < n; i++)
    if (items[i].status == STATUS_NO_DATA && is_firing(&items[i]))
      worst = STATUS_NO_DATA;
  return worst;
}

static void make_title(const struct alert_item *items, size_t n, size_t more, int64_t now_us, char text[ALERT_TITLE_SIZE])
{
  if (n + more == 1) {
    alert_message_line(items, now_us, text);
    return;
  }
  struct buf b;
  char title[41];
  buf_init(&b, 4096);
  buf_printf(&b, "%zu services:", n + more);
  for (size_t i = 0; i < n; i++) {
    copy_line(title, sizeof title, items[i].title);
    const char *is = items[i].event == ALERT_RECOVERED ? "recovered" : items[i].event == ALERT_SUMMARY ? "was away" : NULL;
    buf_printf(&b,
               is                  ? "%s %s %s"
               : items[i].flapping ? "%s %s is flapping"
                                   : "%s %s is %s",
               i ? "," : "", title, is ? is : word(items[i].status));
  }
  copy_line(text, ALERT_TITLE_SIZE, buf_text(&b));
  buf_done(&b);
}

static void add_names(struct buf *b, const json_t *names)
{
  size_t i;
  const json_t *name;
  json_array_foreach(names, i, name)
    buf_printf(b, "%s%s", i ? ", " : "", json_string_value(name));
}

/* A block of lines; false when there is no room for it. */
static bool add_block(struct buf *b, const struct alert_item *item, int64_t now_us)
{
  char line[ALERT_TITLE_SIZE], stamp[CLOCK_STAMP_SIZE], error[ERROR_SIZE];
  size_t before = b->len;
  buf_printf(b, "%s%s\n", b->len ? "\n" : "", alert_message_line(item, now_us, line));
  copy_line(error, sizeof error, item->error ? item->error : "");
  if (*error && !strstr(line, error) && is_firing(item))
    buf_printf(b, "  %s\n", error);
  if (item->began_us)
    buf_printf(b, "  since %s\n", clock_format(item->began_us / 1000000 * 1000000, stamp));
  if (item->ended_us)
    buf_printf(b, "  until %s\n", clock_format(item->ended_us / 1000000 * 1000000, stamp));
  if (dependents_of(item)) {
    buf_printf(b, "  on it depend: ");
    add_names(b, item->dependents);
    buf_printf(b, "\n");
  }
  if (item->ack && item->ack->note && *item->ack->note)
    buf_printf(b, "  %s says: %s\n", item->ack->by, item->ack->note);
  if (!b->full)
    return true;
  b->full = false;
  b->len = before;
  b->data[before] = '\0';
  return false;
}

static void set_text_of(json_t *json, const struct alert_envelope *m, const struct alert_item *items, size_t n)
{
  struct buf b;
  size_t i = 0;
  buf_init(&b, ALERT_TEXT_CAP - 200); /* what is left is for the last lines */
  while (i < n && add_block(&b, &items[i], m->now_us))
    i++;
  b.cap = ALERT_TEXT_CAP;
  if (i < n || m->more)
    buf_printf(&b, "\nand %zu more\n", n - i + m->more);
  if (m->page_url && strlen(m->page_url) < 150)
    buf_printf(&b, "\n%s\n", m->page_url);
  json_set_text(json, "text", buf_text(&b));
  buf_done(&b);
}

static void set_some(json_t *json, const char *key, const char *text)
{
  if (text)
    json_set_text(json, key, text);
}

static void set_moment(json_t *json, const char *key, int64_t us)
{
  if (us)
    json_set_stamp(json, key, us);
}

static json_t *ack_of(const struct alert_ack *ack)
{
  json_t *json = json_object();
  json_set_text(json, "by", ack->by);
  set_some(json, "note", ack->note);
  set_moment(json, "at", ack->at_us);
  set_moment(json, "until", ack->until_us);
  return json;
}

static json_t *item_of(const struct alert_envelope *m, const struct alert_item *item)
{
  json_t *json = json_object();
  char error[ERROR_SIZE];
  json_set_text(json, "event", alert_event_name(item->event));
  json_set_text(json, "state", is_firing(item) ? "firing" : "resolved");
  json_set_text(json, "incident", item->incident);
  json_set_text(json, "service_name", item->service);
  json_set_text(json, "title", item->title);
  set_some(json, "group", item->group);
  json_object_set_new(json, "critical", json_boolean(item->critical));
  set_some(json, "status", status_name(item->status));
  set_some(json, "previous_status", status_name(item->previous));
  set_some(json, "worst_status", status_name(item->worst));
  set_moment(json, "began_at", item->began_us);
  set_moment(json, "since", item->since_us);
  set_moment(json, "ended_at", item->ended_us);
  if (item->times)
    json_set_int(json, "times", item->times);
  int64_t span_us = (item->ended_us ? item->ended_us : m->now_us) - item->began_us;
  if (item->began_us)
    json_set_int(json, "duration_seconds", span_us > 0 ? span_us / 1000000 : 0);
  if (item->error) {
    copy_line(error, sizeof error, item->error);
    json_set_text(json, "error_message", error);
  }
  if (dependents_of(item))
    json_object_set(json, "dependents", (json_t *)(uintptr_t)item->dependents);
  if (item->flapping)
    json_object_set_new(json, "flapping", json_true());
  if (item->retired)
    json_object_set_new(json, "retired", json_true());
  if (item->ack)
    json_object_set_new(json, "acknowledged", ack_of(item->ack));
  if (m->page_url) {
    char *link = mem_printf("%s/#/service/%s", m->page_url, item->service);
    json_set_text(json, "link", link);
    free(link);
  }
  set_some(json, "reference", item->reference);
  return json;
}

json_t *alert_message_make(const struct alert_envelope *m, const struct alert_item *items, size_t n)
{
  char title[ALERT_TITLE_SIZE];
  json_t *json = json_object(), *list = json_array();
  const struct alert_item *most = most_serious(items, n);
  bool firing = false;
  make_title(items, n, m->more, m->now_us, title);
  for (size_t i = 0; i < n; i++) {
    json_array_append_new(list, item_of(m, &items[i]));
    firing = firing || is_firing(&items[i]);
  }
  json_set_text(json, "id", m->id);
  json_set_stamp(json, "created_at", m->now_us);
  json_set_text(json, "channel", m->channel);
  set_some(json, "url", m->url);
  json_set_text(json, "event", alert_event_name(most->event));
  json_set_text(json, "state", firing ? "firing" : "resolved");
  set_some(json, "status", status_name(worst_of(items, n)));
  if (most->event == ALERT_DRILL)
    json_object_set_new(json, "test", json_true());
  json_set_text(json, "title", title);
  set_text_of(json, m, items, n);
  set_some(json, "link", m->page_url);
  if (m->more)
    json_set_int(json, "more", (int64_t)m->more);
  json_object_set_new(json, "alerts", list);
  return json;
}
