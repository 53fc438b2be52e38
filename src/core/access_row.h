/* What the audit trail says of somebody who came in, was turned away or left. Pure. */
#pragma once

#include <jansson.h>

#include "core/repeats.h"

/** Is this one of what is told: "login", "logout", "login_refused", "token_refused", "session_refused"? */
bool access_is_known(const char *what);

/** The row, without its time: {"actor", "from", "action", "subject", "parameters", "outcome"}; what is not known is left out. To be released. */
json_t *access_row(const struct repeat *one);
