// The functions with which a provider of libcrypto does an algorithm, called without EVP between.
//
// How libcrypto talks to its providers is public (provider(7), OSSL_PROVIDER_query_operation(3)),
// and every 3.x keeps its numbers and signatures. EVP looks up parameters by their names around
// each of these calls, which takes 100 ns a record and 13 us an X25519 exchange: a third, and a
// seventh, of the whole.
#pragma once

#include <string_view>

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>

namespace handfast::crypto::openssl {

/// The functions of one algorithm, to be copied out by their numbers (OSSL_FUNC_... in
/// core_dispatch.h). They are good as long as `provider` is loaded.
class Algorithm {
 public:
  Algorithm(const OSSL_PROVIDER* provider, int operation, std::string_view name);
  Algorithm(const Algorithm&) = delete;
  Algorithm& operator=(const Algorithm&) = delete;

  ~Algorithm() { OSSL_PROVIDER_unquery_operation(provider_, operation_, algorithms_); }

  /// Puts the function with number `id` into `to`. False if there is none.
  template <class Function>
  [[nodiscard]] bool find(int id, Function*& to) const {
    for (const OSSL_DISPATCH* row = functions_; row != nullptr && row->function_id != 0; ++row) {
      if (row->function_id == id) {
        to = reinterpret_cast<Function*>(row->function);
        return to != nullptr;
      }
    }
    return false;
  }

 private:
  const OSSL_PROVIDER* provider_;
  int operation_;
  const OSSL_ALGORITHM* algorithms_;
  const OSSL_DISPATCH* functions_ = nullptr;
};

}  // namespace handfast::crypto::openssl
