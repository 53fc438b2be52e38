/* The contents page of the API: every route, the right that it needs, and who answers it. Resources stand in res_*.c. */
#pragma once

#include "api/router.h"

extern const struct route routes[];
extern const size_t routes_count;

/* res_health.c: for anybody */
void res_health(struct api *a, const struct request *q, struct response *r);
void res_health_live(struct api *a, const struct request *q, struct response *r);
/* res_metrics.c, res_badge.c */
void res_metrics(struct api *a, const struct request *q, struct response *r);
void res_badge(struct api *a, const struct request *q, struct response *r);
/* res_services.c: the present, and what led to it */
void res_overview(struct api *a, const struct request *q, struct response *r);
void res_service(struct api *a, const struct request *q, struct response *r);
/* res_actions.c: what is done to services */
void res_restart(struct api *a, const struct request *q, struct response *r);
void res_diagnose(struct api *a, const struct request *q, struct response *r);
void res_recheck(struct api *a, const struct request *q, struct response *r);
void res_action_of_its_own(struct api *a, const struct request *q, struct response *r);
void res_logs(struct api *a, const struct request *q, struct response *r);
void res_follow(struct api *a, const struct request *q, struct response *r);
void res_actions(struct api *a, const struct request *q, struct response *r);
void res_action(struct api *a, const struct request *q, struct response *r);
/* res_audit.c */
void res_audit(struct api *a, const struct request *q, struct response *r);
/* res_openapi.c: this API, described */
void res_openapi(struct api *a, const struct request *q, struct response *r);
/* res_incidents.c */
void res_incident(struct api *a, const struct request *q, struct response *r);
/* res_ready.c: may generation begin? */
void res_ready(struct api *a, const struct request *q, struct response *r);
/* res_checklist.c: what has to be there for that, and overrides */
void res_checklist(struct api *a, const struct request *q, struct response *r);
void res_preflight(struct api *a, const struct request *q, struct response *r);
void res_override(struct api *a, const struct request *q, struct response *r);
void res_lift(struct api *a, const struct request *q, struct response *r);
/* res_session.c: log-in, log-out, who am I */
void res_session(struct api *a, const struct request *q, struct response *r);
void res_session_begin(struct api *a, const struct request *q, struct response *r);
void res_session_end(struct api *a, const struct request *q, struct response *r);
/* res_stream.c */
void res_stream(struct api *a, const struct request *q, struct response *r);
/* res_uptime.c */
void res_uptime(struct api *a, const struct request *q, struct response *r);
/* res_checks.c: the files */
void res_checks(struct api *a, const struct request *q, struct response *r);
/* res_series.c: what graphs are drawn from */
void res_sparklines(struct api *a, const struct request *q, struct response *r);
void res_series(struct api *a, const struct request *q, struct response *r);
/* res_alerts.c: who is told, and what became of it */
void res_alerts(struct api *a, const struct request *q, struct response *r);
void res_alert_put(struct api *a, const struct request *q, struct response *r);
void res_alert_test(struct api *a, const struct request *q, struct response *r);
void res_deliveries(struct api *a, const struct request *q, struct response *r);
/* res_maintenance.c: what holds alerts back */
void res_acknowledge(struct api *a, const struct request *q, struct response *r);
void res_unacknowledge(struct api *a, const struct request *q, struct response *r);
void res_maintenance(struct api *a, const struct request *q, struct response *r);
void res_maintenance_add(struct api *a, const struct request *q, struct response *r);
void res_maintenance_remove(struct api *a, const struct request *q, struct response *r);
