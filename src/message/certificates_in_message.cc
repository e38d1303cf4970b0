#include "codec/layout.h"
#include "codec/reader.h"
#include "handfast/describe.h"
#include "message/certificate.h"
#include "message/handshake_message.h"

namespace handfast {

Result<std::vector<Bytes>> certificates_in_message(Bytes message) {
  codec::Reader in(message);
  in.take(message::header_size);
  const Bytes body = in.rest();
  if (const auto done = in.finish(); !done) {
    return std::unexpected(done.error());
  }
  const auto parsed = codec::read<message::Certificate>(body);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  std::vector<Bytes> certificates;
  for (const message::CertificateEntry& entry : parsed->certificate_list) {
    certificates.push_back(entry.cert_data);
  }
  return certificates;
}

}  // namespace handfast
