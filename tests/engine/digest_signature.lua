-- expect: healthy
-- RFC 4231, case 2, and FIPS 180-4's "abc"; a judge may call it too.
local signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
service {
  name = "case",
  probe = function()
    return { sum = digest.sha256 "abc", binary = digest.sha256 "\0\xff" }
  end,
  judge = function(m)
    if digest.hmac_sha256("Jefe", "what do ya want for nothing?") ~= signature then
      return down "another signature"
    elseif m.sum ~= "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" then
      return down "another sum"
    elseif m.binary ~= "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8" then
      return down(m.binary)
    end
    return healthy()
  end,
}
