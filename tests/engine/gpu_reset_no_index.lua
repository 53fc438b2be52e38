-- expect: no-data "the index of a card, from 0, is needed"
service {
  name = "case",
  probe = function()
    gpu.reset(-1)
  end,
}
