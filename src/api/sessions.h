/* Log-ins of browsers: a cookie whose secret names a ticket (base/tickets.h), signed with a key that lies beside the tickets. The signature covers
 * the user's password hash too: a changed password, a removed user or a new key end all sessions that were signed before. Worker life; what is true stands
 * in the files, so that all workers agree and nothing is lost with one of them. */
#pragma once

#include "api/request.h"
#include "base/tickets.h"

/** A session that is not used for so long is over, seconds; */
#define SESSION_IDLE_S (12 * 3600)
/** and so is one that is this old, however much it is used. */
#define SESSION_LIFE_S (14 * 86400)
/** Most of one user; the one that was not used for longest gives way. */
#define SESSIONS_PER_USER 32

/** Room for a cookie's value, "v1-<secret>-<signature>". */
#define SESSION_COOKIE_SIZE 136

/** Begins one and writes the cookie's value. Those that are over are swept away on the way. */
bool sessions_begin(const char *directory, const struct user *user, int64_t now_us, char cookie[SESSION_COOKIE_SIZE],
                    struct err *e) MUST_CHECK;

/** Whose session it is, NULL when it is nobody's: forged, ended, over, of a user who is gone or has another password. *ends_us is when it is over
 * unless it is used again. *e is empty unless something could not be read. */
const struct user *sessions_find(const char *directory, const char *cookie, const struct users *users, int64_t now_us, int64_t *ends_us,
                                 struct err *e) MUST_CHECK;

/** Ends it; one that is no session is fine too. */
bool sessions_end(const char *directory, const char *cookie, struct err *e) MUST_CHECK;
