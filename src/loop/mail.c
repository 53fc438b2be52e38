#include "loop/mail.h"

#include <openssl/rand.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mailhead.h"
#include "base/mem.h"
#include "loop/multi.h"
#include "loop/resolve.h"
#include "loop/url.h"

#define HEADER_CAP 32768
#define REPLY_CAP 500

struct mail {
  mail_fn fn;
  void *arg;
  struct resolver *resolver;
  struct multis *multis;
  struct multi_job job;
  struct url url;
  int64_t timeout_ms, began_us;
  struct lookup *lookup;
  uv_timer_t timer; /* the resolver's time, and answers what failed before it began */
  struct err early;
  bool early_no_data;
  struct curl_slist *connect_to, *headers, *to;
  curl_mime *mime;
  curl_socket_t socket;

  /* The conversation, as far as it matters. */
  const char *command;   /* the verb of the last one that was sent; "" before that */
  char reply[REPLY_CAP]; /* the last line that came */
  char banner[REPLY_CAP], auth[REPLY_CAP];
  struct mail_answer answer;
};

/* ---- what is said ---- */

/* "250-SIZE 1000" and the like, of the reply to EHLO (RFC 5321, 4.1.1.1). */
static void note_offer(struct mail *m, const char *line)
{
  const char *offer = strlen(line) > 4 ? line + 4 : "";
  if (strncasecmp(offer, "STARTTLS", 8) == 0)
    m->answer.offers_tls = true;
  else if (strncasecmp(offer, "AUTH ", 5) == 0)
    snprintf(m->auth, sizeof m->auth, "%s", offer + 5);
  else if (strncasecmp(offer, "SIZE ", 5) == 0)
    m->answer.size_most = strtoll(offer + 5, NULL, 10);
}

static void hear(struct mail *m, const char *bytes, size_t len)
{
  while (len && (bytes[len - 1] == '\r' || bytes[len - 1] == '\n'))
    len--;
  snprintf(m->reply, sizeof m->reply, "%.*s", (int)len, bytes);
  if (!m->command[0] && !m->banner[0]) {
    snprintf(m->banner, sizeof m->banner, "%s", m->reply);
    m->answer.banner_ms = (double)(clock_mono_us() - m->began_us) / 1000.0;
  } else if (strcmp(m->command, "EHLO") == 0) {
    note_offer(m, m->reply);
  }
}

/* The verb of a line that is sent; NULL for what is none: an answer to a challenge of AUTH, which is a secret. */
static const char *verb_of(const char *line, size_t len)
{
  static const char *const verbs[] = { "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "NOOP", "QUIT" };
  for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
    size_t n = strlen(verbs[i]);
    if (len > n && strncmp(line, verbs[i], n) == 0 && (line[n] == ' ' || line[n] == '\r'))
      return verbs[i];
  }
  return NULL;
}

static void say(struct mail *m, const char *line, size_t len)
{
  const char *verb = verb_of(line, len);
  if (!verb)
    return;
  /* libcurl waits for the reply to QUIT without its loop, up to two minutes. Nobody needs it: let the socket say that nothing more comes. */
  if (strcmp(verb, "QUIT") == 0) {
    shutdown(m->socket, SHUT_RD);
    return;
  }
  m->answer.over_tls = m->answer.over_tls || strcmp(m->command, "STARTTLS") == 0;
  m->command = verb;
}

static int on_conversation(CURL *easy, curl_infotype type, char *bytes, size_t len, void *arg)
{
  struct mail *m = arg;
  (void)easy;
  if (type == CURLINFO_HEADER_IN)
    hear(m, bytes, len);
  else if (type == CURLINFO_HEADER_OUT)
    say(m, bytes, len);
  return 0;
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
  struct mail *m = arg;
  (void)purpose;
  m->socket = fd;
  return CURL_SOCKOPT_OK;
}

static size_t on_nothing(char *bytes, size_t size, size_t n, void *arg)
{
  (void)bytes;
  (void)arg;
  return size * n;
}

/* ---- the end ---- */

static void free_mail(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct mail, timer));
}

static void release(struct mail *m)
{
  if (m->lookup)
    lookup_cancel(m->lookup);
  multi_end(&m->job);
  curl_easy_cleanup(m->job.easy);
  curl_mime_free(m->mime);
  curl_slist_free_all(m->connect_to);
  curl_slist_free_all(m->headers);
  curl_slist_free_all(m->to);
  url_done(&m->url);
  uv_close((uv_handle_t *)&m->timer, free_mail);
}

static void tell(struct mail *m, bool no_data, const struct err *why)
{
  struct mail_answer answer = m->answer;
  answer.banner = m->banner;
  answer.auth = m->auth;
  answer.total_ms = (double)(clock_mono_us() - m->began_us) / 1000.0;
  m->fn(m->arg, &answer, no_data, why); /* what it is given lies in m */
  release(m);
}

static void on_done(struct multi_job *job, CURLcode code)
{
  struct mail *m = CONTAINER_OF(job, struct mail, job);
  struct err why;
  long reply = 0;
  curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &reply);
  if (code == CURLE_OK) {
    m->answer.code = (int)reply;
    tell(m, false, NULL);
    return;
  }
  bool no_data = multi_failure(job, code, &m->url, m->timeout_ms, &why);
  /* A refusal that libcurl went on from (a mechanism of AUTH) is not the last line that came. */
  if (reply >= 400 && strtol(m->reply, NULL, 10) == reply && code != CURLE_OPERATION_TIMEDOUT) {
    m->answer.code = (int)reply;
    err_set(&why, "%s%sthe server says %s", m->command, m->command[0] ? ": " : "", m->reply);
  }
  tell(m, no_data, &why);
}

/* ---- the message ---- */

static bool has_line_break(const char *text)
{
  return strpbrk(text, "\r\n") != NULL;
}

static void add_header(struct mail *m, const char *name, const struct buf *value)
{
  char *line = mem_printf("%s: %s", name, buf_text(value));
  m->headers = curl_slist_append(m->headers, line);
  free(line);
}

/* The envelope's sender and receivers, and the fields that name them. */
static bool add_people(struct mail *m, const struct mail_message *message, struct err *e)
{
  struct buf address, field;
  buf_init(&address, 512);
  buf_init(&field, HEADER_CAP);
  bool good = mailhead_address(&address, &field, message->from, e);
  if (good) {
    add_header(m, "From", &field);
    curl_easy_setopt(m->job.easy, CURLOPT_MAIL_FROM, buf_text(&address));
  }
  buf_clear(&field);
  for (size_t i = 0; good && i < message->to_count; i++) {
    if (i)
      buf_add_text(&field, ",\r\n ");
    buf_clear(&address);
    good = mailhead_address(&address, &field, message->to[i], e);
    if (good)
      m->to = curl_slist_append(m->to, buf_text(&address));
  }
  if (good && field.full)
    good = err_set(e, "the addresses of those who get the mail are longer than %d bytes", HEADER_CAP);
  if (good)
    add_header(m, "To", &field);
  buf_done(&address);
  buf_done(&field);
  return good;
}

static bool add_id(struct mail *m, const struct mail_message *message, struct err *e)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  unsigned char random[12];
  char made[2 * sizeof random + 1];
  const char *id = message->id;
  if (!id) {
    RAND_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
      snprintf(made + 2 * i, 3, "%02x", random[i]);
    id = made;
  }
  if (!*id || strspn(id, letters) != strlen(id) || strlen(id) > 128)
    return err_set(e, "\"%.130s\" is no id of a mail: up to 128 letters, digits, '.', '_' and '-' are", id);
  size_t domain = strcspn(strrchr(message->from, '@') + 1, ">");
  char *line = mem_printf("Message-ID: <%s@%.*s>", id, (int)domain, strrchr(message->from, '@') + 1);
  m->headers = curl_slist_append(m->headers, line);
  free(line);
  return true;
}

static bool add_headers(struct mail *m, const struct mail_message *message, struct err *e)
{
  struct buf value;
  if (!add_people(m, message, e) || !add_id(m, message, e))
    return false;
  buf_init(&value, HEADER_CAP);
  mailhead_text(&value, message->subject);
  bool good = !value.full || err_set(e, "the subject is longer than %d bytes", HEADER_CAP);
  if (good)
    add_header(m, "Subject", &value);
  buf_clear(&value);
  mailhead_date(&value, clock_wall_us());
  add_header(m, "Date", &value);
  buf_done(&value);
  m->headers = curl_slist_append(m->headers, "Auto-Submitted: auto-generated"); /* RFC 3834: no machine is to answer it */
  for (size_t i = 0; good && i < message->header_count; i++) {
    good = !has_line_break(message->headers[i]) || err_set(e, "the header \"%.50s\" holds a line break", message->headers[i]);
    if (good)
      m->headers = curl_slist_append(m->headers, message->headers[i]);
  }
  return good;
}

static void add_body(curl_mime *mime, const char *bytes, const char *type)
{
  curl_mimepart *part = curl_mime_addpart(mime);
  curl_mime_data(part, bytes, CURL_ZERO_TERMINATED);
  curl_mime_type(part, type);
  curl_mime_encoder(part, "quoted-printable");
}

/* The best form stands last (RFC 2046, 5.1.4). */
static bool add_message(struct mail *m, const struct mail_message *message, struct err *e)
{
  CURL *easy = m->job.easy;
  if (!add_headers(m, message, e))
    return false;
  m->mime = curl_mime_init(easy);
  curl_mime *bodies = curl_mime_init(easy);
  curl_mimepart *whole = curl_mime_addpart(m->mime);
  if (message->text)
    add_body(bodies, message->text, "text/plain; charset=utf-8");
  if (message->html)
    add_body(bodies, message->html, "text/html; charset=utf-8");
  curl_mime_subparts(whole, bodies);
  curl_mime_type(whole, "multipart/alternative");
  struct curl_slist *inline_part = curl_slist_append(NULL, "Content-Disposition: inline");
  curl_mime_headers(whole, inline_part, 1);
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, m->to);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, m->headers);
  curl_easy_setopt(easy, CURLOPT_MIMEPOST, m->mime);
  return true;
}

/* ---- the beginning ---- */

static void set_up(struct mail *m, const struct mail_request *r)
{
  CURL *easy = m->job.easy;
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_URL, m->url.text);
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   r->tls == MAIL_TLS_REQUIRED  ? (long)CURLUSESSL_ALL
                   : r->tls == MAIL_TLS_OFFERED ? (long)CURLUSESSL_TRY
                                                : (long)CURLUSESSL_NONE);
  multi_trust(easy, &r->trust);
  if (r->user) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, r->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, r->password ? r->password : "");
  }
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* for on_conversation alone */
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_conversation);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, m);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, m);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_nothing);
  if (!r->message) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "NOOP");
  }
}

static void hand_over(struct mail *m)
{
  int64_t left_ms = m->timeout_ms - (clock_mono_us() - m->began_us) / 1000;
  uv_timer_stop(&m->timer);
  curl_easy_setopt(m->job.easy, CURLOPT_TIMEOUT_MS, left_ms > 1 ? (long)left_ms : 1L);
  curl_easy_setopt(m->job.easy, CURLOPT_CONNECT_TO, m->connect_to);
  multi_begin(m->multis, &m->job, m->url.host);
}

static void on_resolved(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct mail *m = arg;
  m->lookup = NULL;
  if (outcome != RESOLVE_OK || n == 0) {
    tell(m, outcome == RESOLVE_BROKEN, why);
    return;
  }
  m->connect_to = multi_connect_to(m->url.host, m->url.port, addresses[0]);
  hand_over(m);
}

static void on_resolver_late(uv_timer_t *timer)
{
  struct mail *m = CONTAINER_OF(timer, struct mail, timer);
  struct err why;
  err_set(&why, "timed out after %.3g s while the name was looked up", (double)m->timeout_ms / 1000);
  tell(m, true, &why);
}

static void on_numeric(uv_timer_t *timer)
{
  hand_over(CONTAINER_OF(timer, struct mail, timer));
}

static bool read_url(struct mail *m, const char *text, struct err *e)
{
  if (!url_read(&m->url, text, e))
    return false;
  bool good = strcmp(m->url.scheme, "smtp") == 0 || strcmp(m->url.scheme, "smtps") == 0;
  m->answer.over_tls = strcmp(m->url.scheme, "smtps") == 0;
  if (m->url.has_credentials)
    return err_set(e, "a user and a password do not belong into the address of %s: give them as options", m->url.host);
  return good || err_set(e, "\"%.200s\" is no smtp:// or smtps:// address", text);
}

struct mail *mail_start(struct multis *multis, struct resolver *resolver, const struct mail_request *r, mail_fn fn, void *arg,
                        struct err *e)
{
  struct mail *m = MEM_NEW(struct mail);
  *m = (struct mail){ .fn = fn,
                      .arg = arg,
                      .resolver = resolver,
                      .multis = multis,
                      .timeout_ms = r->timeout_ms,
                      .began_us = clock_mono_us(),
                      .socket = CURL_SOCKET_BAD,
                      .command = "",
                      .job = { .easy = curl_easy_init(), .done = on_done } };
  uv_timer_init(multis_loop(multis), &m->timer);
  if (!read_url(m, r->url, e) || (r->message && !add_message(m, r->message, e))) {
    release(m);
    return NULL;
  }
  set_up(m, r);
  if (resolve_is_address(m->url.host)) {
    uv_timer_start(&m->timer, on_numeric, 0, 0);
  } else {
    uv_timer_start(&m->timer, on_resolver_late, (uint64_t)m->timeout_ms, 0);
    m->lookup = resolver_lookup(m->resolver, m->url.host, on_resolved, m);
  }
  return m;
}

void mail_cancel(struct mail *m)
{
  release(m);
}
