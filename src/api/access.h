/* Who came in, who was turned away and who left, told to the scheduler for the audit trail. No log-in waits for it longer than a moment or fails with it:
 * what the scheduler does not take waits for it in a spool (api/unheard.h). */
#pragma once

#include "api/api.h"

/** what: "login", "logout", "login_refused", "token_refused", "session_refused". user: NULL when it is not known (a name that does not exist may be a
 * password typed into the wrong field). */
void access_tell(struct api *a, const struct request *q, const char *what, const char *user);

/** The same of a verdict that let nobody in: a wrong password, token or session. Any other is nothing. */
void access_tell_refused(struct api *a, const struct request *q, enum who_verdict verdict);
