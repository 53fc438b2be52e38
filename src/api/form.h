/* The form of a request that changes something, looked at in one place before any handler: which browsers may send it, that it is JSON, and that it
 * has no query. Pure.
 *
 * A foreign page can make a visitor's browser send a request with the visitor's cookie (cross-site request forgery). Browsers say where a request
 * comes from, in Sec-Fetch-Site and, older ones too, in Origin, and no page can make them lie; and no form on a page can send application/json. Programs that
 * are no browsers send neither header. */
#pragma once

#include "api/request.h"
#include "api/response.h"

/** GET, HEAD and OPTIONS change nothing. Any other method may be sent on only if this is true; else the response says what is wrong. */
bool form_is_right(const struct request *q, struct response *r) MUST_CHECK;

/** For a stream without end: true when the client says that it takes one; else the response says how to ask. */
bool form_wants_events(const struct request *q, struct response *r) MUST_CHECK;

/** For a route without parameters: true when the query has none; else the response says so. */
bool form_has_no_query(const struct request *q, struct response *r) MUST_CHECK;
