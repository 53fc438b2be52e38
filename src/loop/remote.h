/* A command on another machine over SSH, by libssh, on the loop: nothing waits but what libssh computes.
 *
 * The server's key has to be in a file of known hosts; nobody is asked, and nothing is learnt. We log in with one private key and nothing else: no
 * password, no agent, no files of the user's home, no ssh_config. The command is a text for the remote user's shell, which remote_quote builds from arguments.
 * Lives from remote_start to its callback or remote_cancel. */
#pragma once

#include <uv.h>

#include "base/buf.h"
#include "base/err.h"

struct remote;
struct resolver;

/** What to run. Everything is copied. */
struct remote_command {
  const char *host, *user, *key;        /* key: the private key itself, as ssh-keygen writes it, without a passphrase */
  const char *known_hosts, *more_hosts; /* files; more_hosts may be NULL */
  unsigned port;
  const char *command;
  size_t output_cap; /* most bytes of stdout, and of stderr */
  int64_t timeout_ms;
};

struct remote_result {
  int code;                 /* exit code, when no signal ended it */
  const char *signal;       /* "KILL"; NULL: none */
  bool truncated;           /* it wrote more than the cap */
  const char *out, *errors; /* NUL-terminated; valid during the call */
  size_t out_len, errors_len;
};

/** result is NULL when there is none; then why has the sentence, and no_data says that it is this machine's fault. */
typedef void (*remote_fn)(void *arg, const struct remote_result *result, bool no_data, const struct err *why);

/** fn is called once, always later; NULL with a sentence when the key is none. */
struct remote *remote_start(uv_loop_t *loop, struct resolver *resolver, const struct remote_command *command, remote_fn fn, void *arg,
                            struct err *e) MUST_CHECK;
/** fn will not be called. A command that was begun may go on. */
void remote_cancel(struct remote *r);

/** Appends one argument so that a POSIX shell takes it as it is. */
void remote_quote(struct buf *b, const char *argument);
