/* Errors as RFC 9457 `application/problem+json`: a stable type, its title and status, a detail that says what would be right, and the field at
 * fault where there is one. The table of types, and of what a SQLSTATE means in HTTP, stands in problem.c and nowhere else. */
#pragma once

#include "api/response.h"
#include "base/base.h"

enum problem {
  PROBLEM_BAD_REQUEST,
  PROBLEM_UNAUTHORIZED,
  PROBLEM_FORBIDDEN,
  PROBLEM_FOREIGN, /* a page of another origin wants to change something */
  PROBLEM_NOT_FOUND,
  PROBLEM_METHOD_NOT_ALLOWED,
  PROBLEM_NOT_ACCEPTABLE,
  PROBLEM_CONFLICT,
  PROBLEM_PRECONDITION, /* If-Match and the like: it has changed meanwhile */
  PROBLEM_TOO_LARGE,
  PROBLEM_UNSUPPORTED_TYPE,
  PROBLEM_INVALID,  /* understood, and a field of it is wrong */
  PROBLEM_TOO_MANY, /* with Retry-After: problem_answer_wait */
  PROBLEM_INTERNAL,
  PROBLEM_UNAVAILABLE, /* with Retry-After */
};

/** Replaces whatever the response said. field: the parameter or member at fault, or NULL. */
void problem_answer(struct response *r, enum problem problem, const char *field, const char *format, ...) PRINTF_LIKE(4, 5);

/** Too many requests; another may come in wait_ms, which the answer says in whole seconds. */
void problem_answer_wait(struct response *r, int64_t wait_ms, const char *why);

/** What a failure of Postgres is to a client. "" is a server that did not answer. */
enum problem problem_of_sqlstate(const char *sqlstate);
