#include "core/delivery.h"

#include <ctype.h>
#include <time.h>

#include "base/json.h"

#define PAUSE_MS 1000
#define PAUSE_MOST_MS 300000

/* At most size - 1 bytes, and no half of a character. */
static void copy_cut(char *to, size_t size, const char *text)
{
  size_t n = strnlen(text, size);
  if (n == size)
    for (n--; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
      n--;
  memcpy(to, text, n);
  to[n] = '\0';
}

static int64_t bounded_wait_ms(double seconds)
{
  double ms = seconds * 1000;
  return ms > 0 ? ms < (double)DELIVERY_WAIT_MOST_MS ? (int64_t)ms : DELIVERY_WAIT_MOST_MS : 0;
}

int64_t delivery_retry_after_ms(const char *text, int64_t now_us)
{
  /* The one form that is still sent, and the two obsolete ones that recipients must understand. */
  static const char *const dates[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y" };
  char *end;
  if (isdigit((unsigned char)text[0])) {
    double seconds = strtod(text, &end);
    return *end ? 0 : bounded_wait_ms(seconds);
  }
  for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
    struct tm tm = { 0 };
    end = strptime(text, dates[i], &tm);
    if (end && !*end)
      return bounded_wait_ms((double)timegm(&tm) - (double)now_us / 1e6);
  }
  return 0;
}

int64_t delivery_pause_ms(unsigned attempts, uint32_t chance)
{
  int64_t pause_ms = attempts < 10 ? PAUSE_MS << (attempts ? attempts - 1 : 0) : PAUSE_MOST_MS;
  if (pause_ms > PAUSE_MOST_MS)
    pause_ms = PAUSE_MOST_MS;
  return pause_ms / 2 + chance % (pause_ms / 2 + 1);
}

static bool may_succeed_later(int code)
{
  return code == 0 || code == 408 || code == 425 || code == 429 || code >= 500;
}

/* Headers are named in lower case by the module http; a channel's own table may write them as it likes. */
static const char *header(const json_t *answer, const char *name)
{
  const char *key;
  json_t *value;
  json_object_foreach(json_object_get(answer, "headers"), key, value) {
    if (strcasecmp(key, name) == 0 && json_is_string(value))
      return json_string_value(value);
  }
  return NULL;
}

/* Not delivered: is it worth while to try again, and when? */
static void judge_failure(struct delivery *d, const json_t *answer, int64_t now_us)
{
  const json_t *retry = json_object_get(answer, "retry");
  const char *after = header(answer, "retry-after");
  bool again = json_is_boolean(retry) ? json_is_true(retry) : json_is_number(retry) || may_succeed_later(d->status_code);
  d->fate = again ? DELIVERY_AGAIN : DELIVERY_NEVER;
  if (again && json_is_number(retry))
    d->wait_ms = bounded_wait_ms(json_number_value(retry));
  else if (again && after)
    d->wait_ms = delivery_retry_after_ms(after, now_us);
  if (d->error.text[0])
    return;
  if (d->status_code)
    err_set(&d->error, "answered %d", d->status_code);
  else
    err_set(&d->error, "the channel says that it was not delivered");
}

static void judge_answer(struct delivery *d, const json_t *answer, int64_t now_us)
{
  const json_t *delivered = json_object_get(answer, "delivered");
  const char *error = json_text_of(answer, "error", "");
  d->status_code = (int)json_int_of(answer, "status", 0);
  copy_cut(d->answer, sizeof d->answer, json_text_of(answer, "body", ""));
  copy_cut(d->reference, sizeof d->reference, json_text_of(answer, "reference", ""));
  bool success = d->status_code >= 200 && d->status_code < 300;
  bool done = json_is_boolean(delivered) ? json_is_true(delivered) : d->status_code ? success : !*error;
  if (done)
    return;
  if (*error)
    copy_cut(d->error.text, sizeof d->error.text, error);
  judge_failure(d, answer, now_us);
}

void delivery_judge(struct delivery *d, enum status status, const char *error, const json_t *answer, int64_t now_us)
{
  *d = (struct delivery){ .fate = DELIVERY_DONE };
  if (status != STATUS_HEALTHY) {
    d->fate = DELIVERY_AGAIN;
    copy_cut(d->error.text, sizeof d->error.text, error ? error : "the channel failed without a word");
  } else if (json_is_false(answer)) {
    d->fate = DELIVERY_AGAIN;
    err_set(&d->error, "the channel says that it was not delivered");
  } else if (json_is_object(answer)) {
    judge_answer(d, answer, now_us);
  }
}
