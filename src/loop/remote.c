#include "loop/remote.h"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop/fault.h"
#include "loop/resolve.h"

#define ADDRESSES_CAP 8

enum step { LOOKING_UP, CONNECTING, GREETING, LOGGING_IN, OPENING, ASKING, RUNNING, OVER };

static const char *const doing[] = {
  [LOOKING_UP] = "looking up its name", [CONNECTING] = "connecting",         [GREETING] = "agreeing on keys", [LOGGING_IN] = "logging in",
  [OPENING] = "opening a channel",      [ASKING] = "asking for the command", [RUNNING] = "the command runs",  [OVER] = "",
};

/** One address being connected to; goes by itself. */
struct attempt {
  uv_tcp_t tcp;
  uv_connect_t connect;
  struct remote *remote; /* NULL: nobody waits for it any more */
};

struct remote {
  uv_loop_t *loop;
  enum step step;
  struct resolver *resolver;
  struct lookup *lookup;
  struct attempt *attempt;
  char *addresses[ADDRESSES_CAP];
  size_t address_count, next_address;
  uv_poll_t poll;
  uv_timer_t timer;
  bool polling;
  int fd;           /* the socket, -1: none */
  ino_t ino;        /* which one it is */
  unsigned handles; /* to be closed before the struct goes */
  ssh_session session;
  ssh_key key;
  ssh_channel channel;
  struct ssh_channel_callbacks_struct callbacks;
  char *host, *user, *command, *known_hosts;
  unsigned port;
  int64_t timeout_ms;
  struct buf out, errors;
  int code;
  char signal[16];
  bool exited, closed;
  remote_fn fn;
  void *arg;
};

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
  struct remote *r = handle->data;
  if (--r->handles)
    return;
  for (size_t i = 0; i < r->address_count; i++)
    free(r->addresses[i]);
  buf_done(&r->out);
  buf_done(&r->errors);
  free(r->host);
  free(r->user);
  free(r->command);
  free(r->known_hosts);
  free(r);
}

static void on_attempt_closed(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct attempt, tcp));
}

static void drop_attempt(struct remote *r)
{
  if (!r->attempt)
    return;
  r->attempt->remote = NULL;
  uv_close((uv_handle_t *)&r->attempt->tcp, on_attempt_closed);
  r->attempt = NULL;
}

/* libssh does not close a socket that it was given, or some version does: it is closed if it is still the one that we gave. */
static void close_socket(struct remote *r)
{
  struct stat s;
  if (r->fd >= 0 && fstat(r->fd, &s) == 0 && s.st_ino == r->ino)
    close(r->fd);
}

void remote_cancel(struct remote *r)
{
  r->step = OVER;
  if (r->lookup)
    lookup_cancel(r->lookup);
  drop_attempt(r);
  if (r->polling)
    uv_close((uv_handle_t *)&r->poll, on_closed);
  uv_close((uv_handle_t *)&r->timer, on_closed);
  /* After the loop has let go of its descriptor. */
  if (r->channel)
    ssh_channel_free(r->channel);
  ssh_disconnect(r->session);
  ssh_free(r->session);
  ssh_key_free(r->key);
  close_socket(r);
}

static void fail(struct remote *r, bool no_data, const char *format, ...) PRINTF_LIKE(3, 4);
static void fail(struct remote *r, bool no_data, const char *format, ...)
{
  struct err e;
  va_list args;
  va_start(args, format);
  vsnprintf(e.text, sizeof e.text, format, args);
  va_end(args);
  err_context(&e, "%s", r->host);
  r->fn(r->arg, NULL, no_data, &e);
  remote_cancel(r);
}

static void succeed(struct remote *r)
{
  const struct remote_result result = {
    .code = r->code,
    .signal = r->signal[0] ? r->signal : NULL,
    .truncated = r->out.full || r->errors.full,
    .out = buf_text(&r->out),
    .errors = buf_text(&r->errors),
    .out_len = r->out.len,
    .errors_len = r->errors.len,
  };
  r->fn(r->arg, &result, false, NULL);
  remote_cancel(r);
}

static void on_timeout(uv_timer_t *timer)
{
  struct remote *r = timer->data;
  double waited_s = (double)r->timeout_ms / 1000;
  if (r->step != RUNNING) {
    fail(r, false, "timed out after %.3g s while %s", waited_s, doing[r->step]);
    return;
  }
  ssh_channel_request_send_signal(r->channel, "TERM"); /* whether it is heeded is not waited for */
  fail(r, false, "the command was not done after %.3g s; it was told to end", waited_s);
}

/* ---- who is there ---- */

/* SHA256:... of the server's key, for people to compare. */
static void describe_key(ssh_session session, char *text, size_t size)
{
  ssh_key key = NULL;
  unsigned char *hash = NULL;
  size_t len = 0;
  snprintf(text, size, "unknown");
  if (ssh_get_server_publickey(session, &key) == SSH_OK && ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len) == 0) {
    char *shown = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len);
    snprintf(text, size, "%s", shown ? shown : "unknown");
    ssh_string_free_char(shown);
  }
  ssh_clean_pubkey_hash(&hash);
  ssh_key_free(key);
}

static bool is_known(struct remote *r)
{
  char key[128];
  enum ssh_known_hosts_e known = ssh_session_is_known_server(r->session);
  if (known == SSH_KNOWN_HOSTS_OK)
    return true;
  describe_key(r->session, key, sizeof key);
  if (known == SSH_KNOWN_HOSTS_CHANGED || known == SSH_KNOWN_HOSTS_OTHER)
    fail(r, false, "its key %s is not the one in %s: it was changed, or somebody is in between", key, r->known_hosts);
  else
    fail(r, false, "its key %s is not in %s: have it checked, and added there", key, r->known_hosts);
  return false;
}

/* ---- the conversation ---- */

static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t len, int is_stderr, void *arg)
{
  struct remote *r = arg;
  struct buf *text = is_stderr ? &r->errors : &r->out;
  size_t room = text->cap - text->len, take = len < room ? len : room;
  (void)session;
  (void)channel;
  buf_add(text, data, take);
  text->full = text->full || take < len; /* read on, so that the program is not held up, and forget it */
  return (int)len;
}

static void on_exit_status(ssh_session session, ssh_channel channel, int code, void *arg)
{
  struct remote *r = arg;
  (void)session;
  (void)channel;
  r->code = code;
  r->exited = true;
}

static void on_exit_signal(ssh_session session, ssh_channel channel, const char *name, int core, const char *message, const char *language,
                           void *arg)
{
  struct remote *r = arg;
  (void)session;
  (void)channel;
  (void)core;
  (void)message;
  (void)language;
  snprintf(r->signal, sizeof r->signal, "%s", name);
  r->exited = true;
}

static void on_channel_close(ssh_session session, ssh_channel channel, void *arg)
{
  struct remote *r = arg;
  (void)session;
  (void)channel;
  r->closed = true;
}

static int open_channel(struct remote *r)
{
  if (!r->channel) {
    r->channel = ssh_channel_new(r->session);
    if (!r->channel)
      return SSH_ERROR;
    r->callbacks = (struct ssh_channel_callbacks_struct){
      .userdata = r,
      .channel_data_function = on_data,
      .channel_exit_status_function = on_exit_status,
      .channel_exit_signal_function = on_exit_signal,
      .channel_close_function = on_channel_close,
    };
    ssh_callbacks_init(&r->callbacks);
    ssh_set_channel_callbacks(r->channel, &r->callbacks);
  }
  return ssh_channel_open_session(r->channel);
}

/* Has libssh handle what came in; SSH_OK when the command is over. */
static int attend(struct remote *r)
{
  int rc = ssh_channel_poll(r->channel, 0);
  if (rc == SSH_EOF) /* it does not look at what comes after the output's end; this does */
    ssh_channel_get_exit_status(r->channel);
  if (r->closed || (r->exited && ssh_channel_is_eof(r->channel)))
    return SSH_OK;
  return rc == SSH_ERROR || !ssh_is_connected(r->session) ? SSH_ERROR : SSH_AGAIN;
}

/* One step of the conversation: SSH_OK, SSH_AGAIN, or an error. */
static int take_step(struct remote *r)
{
  switch (r->step) {
  case GREETING: return ssh_connect(r->session);
  case LOGGING_IN:
    switch (ssh_userauth_publickey(r->session, NULL, r->key)) {
    case SSH_AUTH_SUCCESS: return SSH_OK;
    case SSH_AUTH_AGAIN: return SSH_AGAIN;
    default: return SSH_ERROR;
    }
  case OPENING: return open_channel(r);
  case ASKING: return ssh_channel_request_exec(r->channel, r->command);
  default: return attend(r);
  }
}

static void tell_error(struct remote *r)
{
  const char *said = ssh_get_error(r->session);
  if (r->step == LOGGING_IN && ssh_get_error_code(r->session) != SSH_FATAL)
    fail(r, false, "the key of user %s is not accepted", r->user);
  else
    fail(r, false, "while %s: %s", doing[r->step], *said ? said : "the connection was closed");
}

/* Steps as far as they go without waiting. */
static void go_on(struct remote *r)
{
  for (;;) {
    int rc = take_step(r);
    if (rc == SSH_AGAIN)
      return;
    if (rc != SSH_OK) {
      tell_error(r);
      return;
    }
    if (r->step == GREETING && !is_known(r))
      return;
    if (r->step == ASKING)
      ssh_channel_send_eof(r->channel); /* there is no input */
    if (r->step == RUNNING) {
      if (r->exited)
        succeed(r);
      else
        fail(r, false, "the channel was closed before the command told its exit code");
      return;
    }
    r->step++;
  }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
  struct remote *r = poll->data;
  (void)status; /* libssh finds out itself */
  (void)events;
  go_on(r);
  if (r->step == OVER)
    return;
  int wanted = ssh_get_poll_flags(r->session);
  uv_poll_start(&r->poll, UV_READABLE | (wanted & SSH_WRITE_PENDING ? UV_WRITABLE : 0), on_poll);
}

/* ---- connecting ---- */

static void try_next(struct remote *r, int failure);

static void begin_conversation(struct remote *r, int fd)
{
  struct stat s;
  r->fd = fd;
  r->ino = fstat(fd, &s) == 0 ? s.st_ino : 0;
  ssh_options_set(r->session, SSH_OPTIONS_FD, &fd);
  int failure = uv_poll_init(r->loop, &r->poll, fd);
  if (failure) {
    fail(r, true, "%s", uv_strerror(failure));
    return;
  }
  r->polling = true;
  r->handles++;
  r->step = GREETING;
  uv_poll_start(&r->poll, UV_READABLE | UV_WRITABLE, on_poll);
}

static void on_connected(uv_connect_t *connect, int status)
{
  struct remote *r = ((struct attempt *)connect->data)->remote;
  uv_os_fd_t fd = -1;
  if (!r)
    return;
  if (status == 0)
    status = uv_fileno((uv_handle_t *)&r->attempt->tcp, &fd);
  int own = status == 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1; /* libuv closes its own */
  drop_attempt(r);
  if (own >= 0)
    begin_conversation(r, own);
  else
    try_next(r, status ? status : UV_EMFILE);
}

static int try_address(struct remote *r, const char *address)
{
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } to;
  if (uv_ip4_addr(address, (int)r->port, &to.v4) != 0 && uv_ip6_addr(address, (int)r->port, &to.v6) != 0)
    return UV_EAFNOSUPPORT;
  struct attempt *a = MEM_NEW(struct attempt);
  a->remote = r;
  a->connect.data = a;
  r->attempt = a;
  uv_tcp_init(r->loop, &a->tcp);
  int failure = uv_tcp_connect(&a->connect, &a->tcp, &to.any, on_connected);
  if (failure)
    drop_attempt(r);
  return failure;
}

/* One address after the other; `failure` is of the one before. */
static void try_next(struct remote *r, int failure)
{
  while (r->next_address < r->address_count) {
    const char *address = r->addresses[r->next_address++];
    failure = try_address(r, address);
    if (!failure)
      return;
  }
  fail(r, fault_is_ours(-failure), "port %u: %s", r->port, strerror(-failure)); /* libuv's errors are negative errno values here */
}

static void on_addresses(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct remote *r = arg;
  r->lookup = NULL;
  if (outcome != RESOLVE_OK) {
    fail(r, outcome == RESOLVE_BROKEN, "%s", why->text);
    return;
  }
  for (size_t i = 0; i < n && i < ADDRESSES_CAP; i++)
    r->addresses[r->address_count++] = mem_copy_text(addresses[i]);
  r->step = CONNECTING;
  try_next(r, UV_EADDRNOTAVAIL);
}

/* ---- beginning ---- */

static void set_options(struct remote *r, const struct remote_command *c)
{
  bool no = false;
  ssh_set_blocking(r->session, 0);
  ssh_options_set(r->session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(r->session, SSH_OPTIONS_HOST, c->host);
  ssh_options_set(r->session, SSH_OPTIONS_PORT, &c->port);
  ssh_options_set(r->session, SSH_OPTIONS_USER, c->user);
  ssh_options_set(r->session, SSH_OPTIONS_KNOWNHOSTS, c->known_hosts);
  ssh_options_set(r->session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, c->more_hosts ? c->more_hosts : c->known_hosts);
}

/* The loop's first turn, so that nothing is told before remote_start has returned. */
static void on_begin(uv_timer_t *timer)
{
  struct remote *r = timer->data;
  uv_timer_start(timer, on_timeout, (uint64_t)r->timeout_ms, 0);
  if (resolve_is_address(r->host))
    on_addresses(r, RESOLVE_OK, (const char *const *)&r->host, 1, NULL);
  else
    r->lookup = resolver_lookup(r->resolver, r->host, on_addresses, r);
}

struct remote *remote_start(uv_loop_t *loop, struct resolver *resolver, const struct remote_command *command, remote_fn fn, void *arg,
                            struct err *e)
{
  ssh_key key = NULL;
  char *text = mem_printf("%s\n", command->key); /* a secret has lost its last newline, which libssh wants */
  int rc = ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, &key);
  explicit_bzero(text, strlen(text));
  free(text);
  if (rc != SSH_OK) {
    err_set(e, "%s: the key is no private key that can be read without a passphrase", command->host);
    return NULL;
  }
  struct remote *r = MEM_NEW(struct remote);
  *r =
      (struct remote){ .loop = loop, .resolver = resolver, .key = key, .session = ssh_new(), .handles = 1, .fd = -1, .fn = fn, .arg = arg };
  r->host = mem_copy_text(command->host);
  r->user = mem_copy_text(command->user);
  r->command = mem_copy_text(command->command);
  r->known_hosts = mem_copy_text(command->known_hosts);
  r->port = command->port;
  r->timeout_ms = command->timeout_ms;
  buf_init(&r->out, command->output_cap);
  buf_init(&r->errors, command->output_cap);
  set_options(r, command);
  r->poll.data = r->timer.data = r;
  uv_timer_init(loop, &r->timer);
  uv_timer_start(&r->timer, on_begin, 0, 0);
  return r;
}

void remote_quote(struct buf *b, const char *argument)
{
  static const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (*argument && strspn(argument, plain) == strlen(argument)) {
    buf_add_text(b, argument);
    return;
  }
  buf_add_text(b, "'");
  for (const char *p = argument; *p; p++)
    buf_add_text(b, *p == '\'' ? "'\\''" : (char[]){ *p, '\0' });
  buf_add_text(b, "'");
}
