/* GET /admin/health/stream: the live events (Server-Sent Events). nginx keeps those connections and asks here only whether whoever opens one may. */
#include "api/routes.h"

void res_stream(struct api *a, const struct request *q, struct response *r)
{
  (void)a;
  (void)q;
  r->status = 204;
}
