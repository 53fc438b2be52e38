/* What a worker of the API holds while it lives, and its one entry: a request in, a response out. */
#pragma once

#include "api/request.h"
#include "api/response.h"
#include "api/who.h"

struct ask;
struct db;
struct unheard;
struct uptimes;

struct api {
  struct ask *ask;
  struct db *db;
  struct who *who;
  struct uptimes *uptimes;
  struct unheard *unheard;
  int64_t silent_until_ms; /* monotonic: until then the scheduler, which let a question run out, is not asked again */
};

struct api_options {
  const char *control;     /* the scheduler's control socket */
  const char *database;    /* libpq's connection string */
  const char *audit_spool; /* the directory where the scheduler looks for rows of the audit trail */
  struct who_options who;
};

struct api *api_new(const struct api_options *o);
/** NULL is nothing. */
void api_free(struct api *a);

/** 401, with the challenge of Basic unless a page asks, which has a form of its own. */
void api_challenge(const struct request *q, struct response *r, const char *detail);

/** Route, rights, resource. Whatever happens the response is complete. */
void api_answer(struct api *a, struct request *q, struct response *r);
