// libcrypto's verifier, with the settings that come nearest to what a TLS client of today wants.

#include "differential/judges.h"

#include <memory>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace handfast::differential {

namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Context = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

Certificate parse(const Octets& der) {
  const unsigned char* at = der.data();
  return Certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

}  // namespace

Answer ask_openssl(const Case& question) {
  ERR_clear_error();
  const Store store(X509_STORE_new());
  for (const Octets& der : question.anchors) {
    const Certificate anchor = parse(der);
    if (anchor == nullptr || X509_STORE_add_cert(store.get(), anchor.get()) != 1) {
      return {.why = "an anchor cannot be read"};
    }
  }
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  for (std::size_t i = 1; i < question.chain.size(); ++i) {
    Certificate other = parse(question.chain[i]);
    if (other != nullptr) {
      sk_X509_push(others.get(), other.release());
    }
  }
  const Certificate leaf = parse(question.chain[0]);
  const Context context(X509_STORE_CTX_new());
  if (leaf == nullptr ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), others.get()) != 1) {
    return {.why = "the leaf cannot be read"};
  }
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  X509_VERIFY_PARAM* terms = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(terms, now.seconds);
  X509_VERIFY_PARAM_set_hostflags(terms, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                             X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(terms, question.name.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(terms, question.name.data(), question.name.size());
  }
  if (X509_verify_cert(context.get()) == 1) {
    return {.is_accepted = true};
  }
  return {.why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))};
}

}  // namespace handfast::differential
