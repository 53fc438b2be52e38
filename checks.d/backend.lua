-- The platform's own API: does it answer, and how fast?
local backend = settings.backend or {}

if backend.url then
  service {
    name = "backend",
    title = "Backend",
    group = "Platform",
    critical = true,
    timeout = "5s",

    probe = function()
      local response = http.get(backend.url):expect { 200, 204 }
      return { http_status = response.status, response_ms = response.ms, body_bytes = #response.body }
    end,

    limits = {
      response_ms = { degraded = "> 1000" },
    },
  }
end
