#include "handfast/describe.h"
#include "handfast/legacy.h"

#include <utility>

namespace handfast::legacy {

Result<std::shared_ptr<const Credential>> decrypting_credential(std::string_view chain_pem,
                                                                std::string_view key_pem) {
  Result<SigningKey> key = SigningKey::from_pem(key_pem);
  if (!key) {
    return std::unexpected(key.error());
  }
  auto certificates = certificates_from_pem(chain_pem);
  if (!certificates) {
    return std::unexpected(certificates.error());
  }
  return Credential::make_decrypting(*std::move(certificates), *std::move(key));
}

}  // namespace handfast::legacy
