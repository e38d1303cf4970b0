#include "handfast/cert_crl.h"

#include "handfast/document.h"
#include "handfast/net.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace handfast::cert {

using command::Failure;

namespace {

/// Of `documents` the first list.
const Document* first_list(const std::vector<Document>& documents) {
  const auto found = std::ranges::find(documents, DocumentKind::revocation_list, &Document::kind);
  return found != documents.end() ? &*found : nullptr;
}

Failure list_failure(const Error& error, const std::string& path, const std::string& issuer_path) {
  Failure failure = command::file_failure(error, path);
  if (error.reason == Reason::crl_signature_invalid || error.reason == Reason::crl_out_of_scope) {
    failure.error.reason = Reason::file_of_another;
    failure.headline = fmt::format("{} is not a complete list of {}.", command::escape(path),
                                   command::escape(issuer_path));
    failure.tries = {fmt::format("see whose it is: handfast cert show {}", command::escape(path)),
                     "begin another list: --crl NEW.crl"};
  }
  return failure;
}

}  // namespace

std::expected<std::optional<CrlFile>, Failure>
load_crl(const std::string& path, const Certificate& issuer, const std::string& issuer_path) {
  const auto text = net::read_file(path);
  if (!text && text.error().reason == Reason::file_missing) {
    return std::nullopt;
  }
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  const auto documents = read_documents(*text);
  if (!documents) {
    return std::unexpected(command::file_failure(documents.error(), path));
  }
  const Document* document = first_list(*documents);
  if (document == nullptr) {
    Failure failure = command::file_failure(Error{.reason = Reason::crl_malformed}, path);
    failure.headline = fmt::format("{} holds no revocation list.", command::escape(path));
    return std::unexpected(std::move(failure));
  }
  auto list = read_crl(document->der, issuer);
  if (!list) {
    return std::unexpected(list_failure(list.error(), path, issuer_path));
  }
  return CrlFile{.list = std::move(*list), .is_pem = text->contains("-----BEGIN ")};
}

const RevokedCertificate* find_entry(const RevocationList& list, Bytes serial) {
  const auto found = std::ranges::find_if(list.order.revoked, [&](const RevokedCertificate& entry) {
    return std::ranges::equal(entry.serial, serial);
  });
  return found != list.order.revoked.end() ? &*found : nullptr;
}

OcspAnswer answer_from(const RevocationList& list, Bytes id, Bytes serial) {
  OcspAnswer answer{.id = id,
                    .status = OcspAnswer::Status::good,
                    .revoked_at = {},
                    .this_update = list.order.this_update,
                    .next_update = list.order.next_update};
  if (const RevokedCertificate* entry = find_entry(list, serial)) {
    answer.status = OcspAnswer::Status::revoked;
    answer.revoked_at = entry->revoked_at;
    answer.reason = entry->reason;
  }
  return answer;
}

std::optional<std::vector<std::uint8_t>> parse_serial(const std::string& text) {
  std::string digits;
  const auto written = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
  for (const char c : written) {
    if (c != ':') {
      digits.push_back(c);
    }
  }
  constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
  if (digits.empty() || digits.size() > 40 ||
      digits.find_first_not_of(hexadecimal) != std::string::npos) {
    return std::nullopt;
  }
  if (digits.size() % 2 != 0) {
    digits.insert(0, 1, '0');
  }
  std::vector<std::uint8_t> serial;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    serial.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  while (serial.size() > 1 && serial[0] == 0) {
    serial.erase(serial.begin());
  }
  if (serial[0] >= 0x80) {
    serial.insert(serial.begin(), 0);
  }
  return serial;
}

}  // namespace handfast::cert
