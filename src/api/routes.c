#include "api/routes.h"

const struct route routes[] = {
  { "GET", "/health", ROLE_NOBODY, res_health },
  { "GET", "/health/live", ROLE_NOBODY, res_health_live },
  { "POST", "/admin/session", ROLE_NOBODY, res_session_begin },
  { "DELETE", "/admin/session", ROLE_NOBODY, res_session_end },
  { "GET", "/admin/session", ROLE_VIEWER, res_session },
  { "GET", "/admin/health", ROLE_VIEWER, res_overview },
  { "GET", "/admin/health/stream", ROLE_VIEWER, res_stream },
  { "GET", "/admin/health/uptime", ROLE_VIEWER, res_uptime },
  { "GET", "/admin/health/sparklines", ROLE_VIEWER, res_sparklines },
  { "GET", "/admin/health/:service", ROLE_VIEWER, res_service },
  { "GET", "/admin/health/:service/series", ROLE_VIEWER, res_series },
};
const size_t routes_count = sizeof routes / sizeof routes[0];
