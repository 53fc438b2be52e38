/* GET /admin/health/openapi.json: what this API is. */
#include "api/form.h"
#include "api/openapi.h"
#include "api/routes.h"

void res_openapi(struct api *a, const struct request *q, struct response *r)
{
  (void)a;
  if (!form_has_no_query(q, r))
    return;
  r->content_type = "application/json";
  buf_add(&r->body, openapi_document, openapi_document_size);
  response_tag(r, openapi_document, openapi_document_size);
}
