/* Bodies of requests. What is accepted has members of the kinds asked for; what is refused is answered by a problem with its status. */
#include "api/body.h"

#include "base/clock.h"
#include "base/json.h"
#include "fuzz.h"

enum { NAME, NUMBER, SHARE, ON, UNTIL, LIST, MORE, COUNT };

static void look_at(const struct member m[COUNT])
{
  size_t len = strlen(m[NAME].text);
  char stamp[CLOCK_STAMP_SIZE];
  int64_t us;
  HOLDS(len >= 1 && len <= 8, "a text has its bounds");
  HOLDS(!m[NUMBER].given || (m[NUMBER].number >= 1 && m[NUMBER].number <= 10), "a number has its bounds");
  HOLDS(!m[SHARE].given || json_is_number(m[SHARE].value), "a number is one");
  HOLDS(!m[ON].given || json_is_boolean(m[ON].value), "true or false");
  HOLDS(!m[LIST].given || json_array_size(m[LIST].value) <= 2, "a list has its bounds");
  HOLDS(!m[MORE].given || json_is_object(m[MORE].value), "an object is one");
  if (m[UNTIL].value)
    HOLDS(clock_parse(clock_format(m[UNTIL].number, stamp), &us) && us == m[UNTIL].number, "a stamp can be written and read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct member m[COUNT] = {
    [NAME] = { "name", MEMBER_TEXT, .required = true, .least = 1, .most = 8 },
    [NUMBER] = { "number", MEMBER_INT, .least = 1, .most = 10 },
    [SHARE] = { "share", MEMBER_REAL },
    [ON] = { "on", MEMBER_BOOL },
    [UNTIL] = { "until", MEMBER_STAMP, .nullable = true },
    [LIST] = { "list", MEMBER_LIST, .most = 2 },
    [MORE] = { "more", MEMBER_OBJECT },
  };
  char *text = fuzz_text(data, size);
  struct request q = { .body = text, .body_len = size };
  struct response r;
  response_init(&r);
  json_t *body = body_read(&q, m, COUNT, &r);
  if (body) {
    look_at(m);
  } else {
    struct err e;
    json_t *problem = json_read(r.body.data, r.body.len, &e);
    HOLDS(problem, "a refusal is JSON");
    HOLDS(r.status == 400 || r.status == 422, "and of a status that the document has");
    HOLDS(json_int_of(problem, "status", 0) == r.status && json_text_of(problem, "detail", NULL), "and says so");
    json_decref(problem);
  }
  json_decref(body);
  response_done(&r);
  free(text);
  return 0;
}
