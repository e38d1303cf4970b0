// The peers that `./dev bench --peers` adds to libssl: other libraries that Debian has.
#pragma once

#include "bench/peer.h"

#include <memory>
#include <string>

namespace handfast::bench {

std::unique_ptr<Library> make_gnutls(const Order& order);
std::unique_ptr<Library> make_wolfssl(const Order& order);

/// The version that runs, like "3.7.9".
std::string gnutls_version();
std::string wolfssl_version();

}  // namespace handfast::bench
