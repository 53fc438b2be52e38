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
  { "GET", "/admin/health/openapi.json", ROLE_VIEWER, res_openapi },
  { "GET", "/admin/health/sparklines", ROLE_VIEWER, res_sparklines },
  { "GET", "/admin/health/actions", ROLE_VIEWER, res_actions },
  { "GET", "/admin/health/actions/:id", ROLE_VIEWER, res_action },
  { "GET", "/admin/health/audit", ROLE_VIEWER, res_audit },
  { "GET", "/admin/health/incidents/:id", ROLE_VIEWER, res_incident },
  { "GET", "/admin/health/:service", ROLE_VIEWER, res_service },
  { "POST", "/admin/health/:service/restart", ROLE_ADMIN, res_restart },
  { "POST", "/admin/health/:service/diagnose", ROLE_ADMIN, res_diagnose },
  { "POST", "/admin/health/:service/recheck", ROLE_ADMIN, res_recheck },
  { "POST", "/admin/health/:service/action/:name", ROLE_ADMIN, res_action_of_its_own },
  { "GET", "/admin/health/:service/logs", ROLE_ADMIN, res_logs },
  { "GET", "/admin/health/:service/series", ROLE_VIEWER, res_series },
};
const size_t routes_count = sizeof routes / sizeof routes[0];
