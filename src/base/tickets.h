/* What is shown to be let in again without a password: the sessions of browsers, the tokens of machines. Each is a small file in a directory, named
 * by the SHA-256 of its secret: whoever reads the directory learns no secret, ending one is removing its file, and that holds for every process at once,
 * over restarts and without a database. The file is one line, `owner role created expires`; its time of modification is when it was last used. */
#pragma once

#include "base/digest.h"
#include "base/users.h"

/** Room for an owner's name (users_name_is_valid) with its NUL. */
#define TICKET_OWNER_SIZE 65
/** What a token's secret is written behind, so that it can be found where it does not belong. */
#define TICKET_TOKEN_PREFIX "sbx_"
/** expires_us of one that does not expire. */
#define TICKET_NEVER INT64_MAX

struct ticket {
  char owner[TICKET_OWNER_SIZE]; /* the user of a session, the name of a token */
  enum role role;
  int64_t created_us, expires_us; /* microseconds since 1970; TICKET_NEVER */
  int64_t used_us;                /* 0: never */
};

/** Makes one of the owner, role and times given; the secret is known to nobody else and kept nowhere. The directory is made when there is none.
 * Started by root, files belong to the directory's owner, so that the service that reads them can. */
bool tickets_issue(const char *directory, const struct ticket *t, char secret[DIGEST_SIZE], struct err *e) MUST_CHECK;

enum ticket_outcome {
  TICKET_FOUND,
  TICKET_UNKNOWN, /* no ticket has this secret, whatever it looks like */
  TICKET_UNREAD,  /* the directory or the file cannot be read: *e says why */
};
/** The one with this secret. Whether it has expired is for the caller, who knows the time, to say. */
enum ticket_outcome tickets_find(const char *directory, const char *secret, struct ticket *t, struct err *e) MUST_CHECK;
/** Notes that it was used. Nobody is refused for want of it. */
void tickets_note_use(const char *directory, const char *secret, int64_t at_us);
/** Ends the one with this secret; none is fine too. */
bool tickets_end(const char *directory, const char *secret, struct err *e) MUST_CHECK;

/** Tells of each, in no order; one that fn answers false for is ended. A directory that is not there has none. False when any of them could not be
 * read (it lets nobody in either) or ended, after all the others. */
typedef bool (*tickets_fn)(void *arg, const struct ticket *t);
bool tickets_each(const char *directory, tickets_fn fn, void *arg, struct err *e) MUST_CHECK;
