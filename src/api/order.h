/* What somebody wants done, put to the scheduler over its control socket with the name of who wants it, for the audit trail. Only the scheduler can do it. */
#pragma once

#include <jansson.h>

#include "api/api.h"

/** The answer, to be released; NULL when the response says why there is none. The request is taken over. */
json_t *order_put(struct api *a, const struct request *q, json_t *request, int64_t timeout_ms, struct response *r) MUST_CHECK;
