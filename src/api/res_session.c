/* /admin/session: a browser logs in and out, and anybody who is let in asks as whom. */
#include "api/access.h"
#include "api/body.h"
#include "api/form.h"
#include "api/problem.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

/* Kept from scripts (HttpOnly) and from requests that other sites cause (SameSite), and only sent back over TLS if it came so. A value of "" takes it
 * back. */
static void set_cookie(const struct request *q, struct response *r, const char *value)
{
  char *text = mem_printf("%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", who_cookie_name(q), value, *value ? SESSION_LIFE_S : 0,
                          q->https ? "; Secure" : "");
  response_header(r, "Set-Cookie", text);
  free(text);
}

static void describe(const struct request *q, struct response *r)
{
  static const char *const how[] = {
    [HOW_NOBODY] = "nobody", [HOW_BASIC] = "basic", [HOW_TOKEN] = "token", [HOW_SESSION] = "session", [HOW_NGINX] = "proxy"
  };
  json_t *json = json_object();
  json_set_text(json, "user", q->user);
  json_set_text(json, "role", role_name(q->role));
  json_set_text(json, "via", how[q->how]);
  json_set_stamp(json, "expires_at", q->how == HOW_SESSION ? q->session_ends_us : 0);
  response_json(r, json);
}

void res_session(struct api *a, const struct request *q, struct response *r)
{
  (void)a;
  if (form_has_no_query(q, r))
    describe(q, r);
}

void res_session_begin(struct api *a, const struct request *q, struct response *r)
{
  enum { NAME, PASSWORD, COUNT };
  struct member m[COUNT] = {
    [NAME] = { "name", MEMBER_TEXT, .required = true }, [PASSWORD] = { "password", MEMBER_TEXT, .required = true }
  };
  char cookie[SESSION_COOKIE_SIZE];
  struct request as = *q;
  struct err e;
  json_t *body = body_read(q, m, COUNT, r);
  if (!body)
    return;
  enum who_verdict verdict = who_log_in(a->who, &as, m[NAME].text, m[PASSWORD].text, clock_mono_ms(), clock_wall_us(), cookie, &e);
  access_tell_refused(a, &as, verdict);
  switch (verdict) {
  case WHO_KNOWN:
    if (!*cookie) {
      problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "Name and password are right, but no session could be begun: %s.", e.text);
      break;
    }
    access_tell(a, q, "login", as.user);
    describe(&as, r);
    set_cookie(q, r, cookie);
    break;
  case WHO_SLOW: problem_answer_wait(r, as.wait_ms, "Too many log-ins failed."); break;
  case WHO_NOBODY:
  case WHO_WRONG: api_challenge(q, r, "The name or the password is wrong."); break;
  }
  json_decref(body);
}

/* Whoever asks, and however often: afterwards that cookie opens nothing. */
void res_session_end(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  json_t *body = body_read(q, NULL, 0, r);
  if (!body)
    return;
  json_decref(body);
  const char *user;
  if (!who_log_out(a->who, q, clock_wall_us(), &user, &e)) {
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "The session could not be ended: %s.", e.text);
    return;
  }
  if (user)
    access_tell(a, q, "logout", user);
  r->status = 204;
  set_cookie(q, r, "");
}
