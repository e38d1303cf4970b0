// Client authentication after the handshake. RFC 9846 §4.7.2.
#pragma once

#include "handshake/established.h"
#include "handshake/handshake.h"
#include "handshake/task.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace handfast::handshake {

/// What is to be kept of a handshake in which the client `offered` post_handshake_auth, once its
/// Finished is in the transcript; nullptr: nobody will be asked.
std::unique_ptr<PostAuthentication> post_authentication(const Handshake& hs, bool offered);

/// Client: reads a CertificateRequest and answers it.
Task<> post_authenticate_client13(Handshake& hs);

/// Server: reads the answer to the CertificateRequest that waits for one; afterwards the peer of
/// `established` is who has proved to be there, Anonymous if it does not say.
Task<> post_authenticate_server13(Handshake& hs);

/// Server: a CertificateRequest with a context that nobody can foresee, header included. Fails:
/// random_failed, internal.
Result<std::vector<std::uint8_t>> make_certificate_request(const PostAuthentication& post);

}  // namespace handfast::handshake
