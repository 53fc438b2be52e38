/* A visit to a mail server (SMTP, RFC 5321) on the loop, by libcurl: TLS, log-in, and one message if there is one to send.
 * A visit lives until its callback or its cancel; each has a connection of its own. */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "loop/trust.h"

struct mail;
struct multis;
struct resolver;

enum mail_tls {
  MAIL_TLS_REQUIRED, /* by STARTTLS, or from the start with smtps:// */
  MAIL_TLS_OFFERED,  /* by STARTTLS when the server has it; somebody on the way may take the offer out */
  MAIL_TLS_NEVER
};

/** What to send. Addresses are "Name <someone@host>" or "someone@host". */
struct mail_message {
  const char *from;
  const char *const *to;
  size_t to_count;
  const char *subject;
  const char *text, *html;    /* UTF-8; one of them, or both as alternatives */
  const char *id;             /* the left side of the Message-ID: letters, digits, '.', '_', '-'; NULL: a random one */
  const char *const *headers; /* further ones, "Name: value" in ASCII */
  size_t header_count;
};

/** Whom to visit. Everything is copied. */
struct mail_request {
  const char *url; /* smtp://host[:port][/name to introduce oneself by], smtps:// */
  enum mail_tls tls;
  const char *user, *password; /* log in, when user is set */
  struct trust trust;          /* over TLS */
  int64_t timeout_ms;
  const struct mail_message *message; /* NULL: only a visit */
};

/** What the server said. Valid during the callback. */
struct mail_answer {
  int code;           /* of the last reply that counts; 0: there was none */
  const char *banner; /* texts are "" when there is none */
  const char *auth;   /* the mechanisms offered at last, "PLAIN LOGIN" */
  int64_t size_most;  /* bytes of a message that it takes; 0: it does not say */
  bool offers_tls;    /* STARTTLS */
  bool over_tls;
  double banner_ms, total_ms;
};

/** why is NULL when all went well. Otherwise no_data says that it is our resolver's or this machine's fault, and answer->code is 400 and more when
 * the server refused: 4xx for the moment, 5xx for ever. */
typedef void (*mail_fn)(void *arg, const struct mail_answer *answer, bool no_data, const struct err *why);

/** Begins; fn is called once, always later. NULL with a sentence when an address or a header is none. */
struct mail *mail_start(struct multis *multis, struct resolver *resolver, const struct mail_request *request, mail_fn fn, void *arg,
                        struct err *e) MUST_CHECK;
/** fn will not be called. */
void mail_cancel(struct mail *m);
