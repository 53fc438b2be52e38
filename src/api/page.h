/* Lists in pages, newest first, as several resources answer them: how many (`limit`), and where the last page ended (`cursor`, an opaque text that a client
 * sends back as it came: "<microseconds>.<id>"). The statement returns one row: the page as a JSON array, and the next cursor or NULL. */
#pragma once

#include "api/api.h"
#include "api/query.h"

#define PAGE_DEFAULT 100
#define PAGE_MOST 1000

struct page {
  char at[40]; /* only what is older than this stamp, or as old and of a smaller id */
  char id[64];
  char limit[8]; /* how many, as text for a statement */
};

/** Reads the query against the n parameters that the route knows, two of which are the limit and the cursor. False when the response says what is wrong. */
bool page_read(const struct request *q, struct parameter *known, size_t n, const struct parameter *limit, const struct parameter *cursor,
               struct page *p, struct response *r) MUST_CHECK;

/** Asks Postgres and answers {name: [...], "next_cursor"}. */
void page_answer(struct api *a, const struct request *q, const char *sql, const char *const *params, size_t n, const char *name,
                 struct response *r);
