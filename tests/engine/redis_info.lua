-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local conn = redis.connect(at.REDIS, { password = "correct horse" })
    local info = conn:info()
    assert(info.redis_version:find "^%d+%.%d+" and info.role == "master", info.redis_version)
    assert(math.type(info.connected_clients) == "integer" and info.connected_clients >= 1)
    assert(info.maxmemory == 104857600 and info.used_memory > 0 and info.mem_fragmentation_ratio > 0)
    local section = conn:info "replication"
    assert(section.role == "master" and section.used_memory == nil)
  end,
}
