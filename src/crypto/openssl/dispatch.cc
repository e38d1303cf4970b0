#include "crypto/openssl/dispatch.h"

namespace handfast::crypto::openssl {
namespace {

const OSSL_ALGORITHM* query(const OSSL_PROVIDER* provider, int operation) {
  int volatile_table = 0;
  return OSSL_PROVIDER_query_operation(provider, operation, &volatile_table);
}

// Whether `name` opens `names`, a list with colons between: "X25519:1.3.101.110".
bool is_called(std::string_view names, std::string_view name) {
  return names.substr(0, names.find(':')) == name;
}

}  // namespace

Algorithm::Algorithm(const OSSL_PROVIDER* provider, int operation, std::string_view name)
    : provider_(provider), operation_(operation), algorithms_(query(provider, operation)) {
  for (const OSSL_ALGORITHM* row = algorithms_; row != nullptr && row->algorithm_names != nullptr;
       ++row) {
    if (is_called(row->algorithm_names, name)) {
      functions_ = row->implementation;
      return;
    }
  }
}

}  // namespace handfast::crypto::openssl
