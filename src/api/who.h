/* Who is asking. In this order, and the first that is there decides:
 *   what nginx says (SIGNALBOX_USER, SIGNALBOX_ROLE), where the installation has put a proxy or client certificates in charge of that;
 *   `Authorization`: Basic (RFC 7617) with a password, Bearer (RFC 6750) with a token of `signalbox token`;
 *   a session's cookie (sessions.h).
 * All of it stands in local files: it works with no database and no scheduler.
 *
 * A pair of name and password that was right is remembered for a minute as a keyed digest, never as itself, so that the slow hash is not paid on
 * every request; a changed or removed user is no match for what is remembered. Wrong ones are counted (attempts.h) and logged. Worker life. */
#pragma once

#include "api/request.h"
#include "api/sessions.h"

struct attempts;
struct who;

struct who_options {
  const char *users;         /* the users file */
  const char *tokens;        /* the directory of tokens */
  const char *sessions;      /* the directory of sessions */
  struct attempts *attempts; /* shared by all workers; outlives the who */
  bool nginx_decides;        /* what nginx says about the user counts */
};

struct who *who_new(const struct who_options *o);
/** NULL is nothing. */
void who_free(struct who *w);

enum who_verdict {
  WHO_KNOWN,  /* q->user, q->role and q->how are filled in */
  WHO_NOBODY, /* nothing was shown */
  WHO_WRONG,  /* what was shown is not right */
  WHO_SLOW,   /* too many were wrong: it was not looked at. q->wait_ms says for how long */
};

/** Fills in who is asking; nobody unless known. mono_ms and wall_us are now. */
enum who_verdict who_is(struct who *w, struct request *q, int64_t mono_ms, int64_t wall_us);

/** Name and password to a session, its cookie's value; q->user and the rest are filled in. WHO_KNOWN with an empty cookie: right, but no session could be begun, and
 * *e says why. */
enum who_verdict who_log_in(struct who *w, struct request *q, const char *name, const char *password, int64_t mono_ms, int64_t wall_us,
                            char cookie[SESSION_COOKIE_SIZE], struct err *e);
/** Ends the session whose cookie was sent. *user is whose it was, NULL: nobody's (any more); borrowed until the next request. */
bool who_log_out(struct who *w, const struct request *q, int64_t wall_us, const char **user, struct err *e) MUST_CHECK;

/** The session cookie's name over TLS, where browsers take it from this very host only, and over plain HTTP. */
const char *who_cookie_name(const struct request *q);
