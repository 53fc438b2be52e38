-- What has ended since, of one service: it is how uptime, timelines and a service's last day are read, for windows are kept for ever and only the
-- newest of them are asked for. Measured at 1.2 million windows (1,000 services, five years), warm, on two shared cores:
--   uptime of all services over 90 days (60 windows each)   without 115 ms (it reads all windows), with (service_name, ended_at) 77, with INCLUDE 42
--   the same when one service has flapped for 90 days (777,600 windows more)   without 470 ms for 30 days alone, with INCLUDE 470 for 90
--   the last day of a service with 777,600 windows   7 ms; of one with 1,200   0.07 ms
-- INCLUDE makes them index-only scans, for half as much index again (36 bytes a window). An index on ended_at alone came out between the two for all
-- services and does nothing for one. The open window is found by uq_uptime_records_open or by ended_at IS NULL here.
CREATE INDEX idx_uptime_records_service_ended ON uptime_records (service_name, ended_at) INCLUDE (status, started_at);
