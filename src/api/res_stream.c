/* GET /admin/health/stream: the live events (Server-Sent Events). The application looks who asks and hands the request over to nginx, which keeps the
 * connection: thousands of them take no worker. */
#include "api/form.h"
#include "api/routes.h"

/** Where nginx/signalbox.conf.in serves the events to whoever is sent there. */
#define EVENTS "/nginx-stream"

void res_stream(struct api *a, const struct request *q, struct response *r)
{
  (void)a;
  if (!form_has_no_query(q, r) || !form_wants_events(q, r))
    return;
  r->content_type = "text/event-stream";
  if (strcmp(q->method, "HEAD") != 0)
    response_header(r, "X-Accel-Redirect", EVENTS);
}
