/* Who may ask: a local file of lines `name:role:hash`, hash as crypt(3) makes it (yescrypt for new ones). Empty lines and lines that
 * begin with # are kept. The file works when nothing else does: no database, no network.
 *
 * struct users is a reader's view that follows the file (the API: process life). Writers take a lock on the file's directory, so that two of
 * them lose nothing, and replace the file, so that readers never see half. */
#pragma once

#include "base/err.h"

/** Ordered: who has more may do what those with less may. */
enum role { ROLE_NOBODY, ROLE_VIEWER, ROLE_ADMIN };

/** "viewer" or "admin"; "nobody" for ROLE_NOBODY. */
const char *role_name(enum role role);
/** False for any word but "viewer" and "admin". */
bool role_from_name(const char *name, enum role *role) MUST_CHECK;

struct user {
  char *name;
  enum role role;
  char *hash;
};

struct users;
/** Reads nothing yet. */
struct users *users_new(const char *path);
/** NULL is nothing. */
void users_free(struct users *u);

/** Reads the file again when it is another one than last time (inode, size, times). A file that is not there means: nobody. One that cannot
 * be read or has a line that is not understood is an error, which says which; the good lines then count, and the file is tried again at the
 * next call when it could not be read. */
bool users_refresh(struct users *u, struct err *e) MUST_CHECK;
/** The user of that name as of the last refresh, else NULL. Borrowed until the next refresh. */
const struct user *users_find(const struct users *u, const char *name);
/** The i-th user, NULL behind the last. Borrowed as above. */
const struct user *users_at(const struct users *u, size_t i);

/** Is it the user's password? Costs one full hash, for user NULL (an unknown name) too, so that time tells nobody which names exist. */
bool users_password_is(const struct users *u, const struct user *user, const char *password);

/* Changes to the file, each complete or not done at all. A password has 1 to 511 bytes and no control characters. */

/** Letters, digits and . _ - @ ; 1 to 64 of them. */
bool users_name_is_valid(const char *name, struct err *e) MUST_CHECK;
/** Refused when there is a user of that name. */
bool users_add(const char *path, const char *name, enum role role, const char *password, struct err *e) MUST_CHECK;
/** Refused when there is none. */
bool users_change_password(const char *path, const char *name, const char *password, struct err *e) MUST_CHECK;
/** Refused when there is none. */
bool users_remove(const char *path, const char *name, struct err *e) MUST_CHECK;
