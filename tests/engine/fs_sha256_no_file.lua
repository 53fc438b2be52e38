-- expect: down "fs.sha256: /dev/zero: is no ordinary file"
service {
  name = "case",
  timeout = "5s",
  probe = function()
    fs.sha256 "/dev/zero"
  end,
}
