#include "loop/certificate.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"

/** Most bytes of the list of names; a certificate may have thousands. */
#define NAMES_CAP 4096

static char *name_text(X509_NAME *name)
{
  BIO *out = BIO_new(BIO_s_mem());
  char *bytes;
  X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  long len = BIO_get_mem_data(out, &bytes);
  char *text = mem_copy_bytes(len > 0 ? bytes : "", len > 0 ? (size_t)len : 0);
  BIO_free(out);
  return text;
}

static int64_t time_us(const ASN1_TIME *time)
{
  struct tm t;
  return time && ASN1_TIME_to_tm(time, &t) == 1 ? (int64_t)timegm(&t) * 1000000 : 0;
}

static void add_name(struct buf *names, const GENERAL_NAME *name)
{
  const char *separator = names->len ? ", " : "";
  if (name->type == GEN_DNS) {
    const ASN1_IA5STRING *dns = name->d.dNSName;
    buf_printf(names, "%s%.*s", separator, ASN1_STRING_length(dns), (const char *)ASN1_STRING_get0_data(dns));
  } else if (name->type == GEN_IPADD) {
    const unsigned char *b = ASN1_STRING_get0_data(name->d.iPAddress);
    int len = ASN1_STRING_length(name->d.iPAddress);
    if (len == 4)
      buf_printf(names, "%s%d.%d.%d.%d", separator, b[0], b[1], b[2], b[3]);
    else if (len == 16)
      buf_printf(names, "%s%x:%x:%x:%x:%x:%x:%x:%x", separator, b[0] << 8 | b[1], b[2] << 8 | b[3], b[4] << 8 | b[5], b[6] << 8 | b[7],
                 b[8] << 8 | b[9], b[10] << 8 | b[11], b[12] << 8 | b[13], b[14] << 8 | b[15]);
  }
}

static char *host_names(X509 *x)
{
  struct buf names;
  GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  buf_init(&names, NAMES_CAP);
  for (int i = 0; i < sk_GENERAL_NAME_num(all); i++)
    add_name(&names, sk_GENERAL_NAME_value(all, i));
  GENERAL_NAMES_free(all);
  return buf_take(&names);
}

size_t certificate_chain(SSL *ssl, struct certificate *chain, size_t cap)
{
  size_t n = 0;
  STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(sent) && n < cap; i++) {
    X509 *x = sk_X509_value(sent, i);
    chain[n++] = (struct certificate){
      .subject = name_text(X509_get_subject_name(x)),
      .issuer = name_text(X509_get_issuer_name(x)),
      .names = host_names(x),
      .from_us = time_us(X509_get0_notBefore(x)),
      .until_us = time_us(X509_get0_notAfter(x)),
      .self_signed = X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0,
    };
  }
  return n;
}

void certificate_done(struct certificate *c)
{
  free(c->subject);
  free(c->issuer);
  free(c->names);
  *c = (struct certificate){ 0 };
}

const char *certificate_fault(SSL *ssl)
{
  long verdict = SSL_get_verify_result(ssl);
  return verdict == X509_V_OK ? NULL : X509_verify_cert_error_string(verdict);
}
