#include "handfast/cert_list_text.h"

#include "handfast/cert_text.h"
#include "handfast/certificate.h"
#include "handfast/describe.h"
#include "handfast/revocation.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace handfast::cert {

using command::Json;
using command::Paint;
using command::Terminal;

namespace {

constexpr std::size_t shown_entries = 20;

/// "29 days left (until 2026-12-21 08:00 UTC)".
std::string until_text(UnixTime until, UnixTime now) {
  const std::int64_t left = until.seconds - now.seconds;
  return left < 0 ? fmt::format("ended {} ago ({})", duration_text(-left), date_text(until))
                  : fmt::format("{} left (until {})", duration_text(left), date_text(until));
}

std::string painted(const Terminal& terminal, UnixTime until, UnixTime now) {
  return terminal.paint(until < now ? Paint::bad : Paint::good, until_text(until, now));
}

std::string_view status_text(OcspAnswer::Status status) {
  switch (status) {
    case OcspAnswer::Status::good: return "good";
    case OcspAnswer::Status::revoked: return "revoked";
    case OcspAnswer::Status::unknown: return "unknown";
  }
  return "unknown";
}

/// RFC 6960 §4.2.1.
std::string response_status_text(std::uint8_t status) {
  constexpr std::array texts = {"successful", "malformedRequest", "internalError", "tryLater",
                                "",           "sigRequired",      "unauthorized"};
  const bool is_known = status < texts.size() && status != 4;
  return is_known ? texts[status] : fmt::format("unknown ({})", status);
}

std::string responder_text(const OcspResponse& response) {
  return response.responder_name.empty()
             ? fmt::format("the key with SHA-1 {}", hex(response.responder_key_hash))
             : Certificate::name_text(response.responder_name);
}

std::string reason_text(RevocationReason reason) {
  return reason == RevocationReason::unspecified ? "no reason given" : std::string(name(reason));
}

}  // namespace

std::string to_lines(const RevocationList& list, UnixTime now, bool is_verbose,
                     const Terminal& terminal) {
  const CrlOrder& order = list.order;
  Block block(terminal, "revocation list of " + Certificate::name_text(list.issuer));
  block.row("Validity", order.next_update.seconds == 0 ? std::string("it does not say until when")
                                                       : painted(terminal, order.next_update, now));
  block.row("From", date_text(order.this_update));
  block.row("Number", order.number.empty() ? "none" : number_text(order.number));
  block.row("Adds to",
            order.base_number ? "list " + number_text(*order.base_number) : std::string());
  block.row("Signed with", std::string(name(list.signature_algorithm)));
  block.row("Revoked", order.revoked.empty() ? "none" : fmt::format("{}", order.revoked.size()));
  std::size_t count = 0;
  for (const RevokedCertificate& entry : order.revoked) {
    if (count++ == shown_entries && !is_verbose) {
      block.row(" ", fmt::format("and {} more: --verbose", order.revoked.size() - shown_entries));
      break;
    }
    block.row(" ", fmt::format("{}  {}  {}", hex(entry.serial), date_text(entry.revoked_at),
                               reason_text(entry.reason)));
  }
  return block.lines();
}

std::string to_lines(const OcspResponse& response, UnixTime now, const Terminal& terminal) {
  Block block(terminal, "OCSP response");
  block.row("Status", response_status_text(response.status));
  if (response.status != 0) {
    return block.lines();
  }
  block.row("By", responder_text(response));
  block.row("Made", date_text(response.produced_at));
  block.row("Signed with", std::string(name(response.signature_algorithm)));
  block.row("Nonce", response.nonce.empty() ? std::string() : hex(response.nonce));
  for (const OcspResponse::Statement& statement : response.statements) {
    const OcspAnswer& answer = statement.answer;
    const bool is_revoked = answer.status == OcspAnswer::Status::revoked;
    const std::string status(status_text(answer.status));
    block.row("Certificate", hex(statement.serial));
    block.row("Is", terminal.paint(
                        answer.status == OcspAnswer::Status::good ? Paint::good : Paint::bad,
                        is_revoked ? fmt::format("revoked on {}, {}", date_text(answer.revoked_at),
                                                 reason_text(answer.reason))
                                   : status));
    block.row("From", date_text(answer.this_update));
    block.row("Validity", answer.next_update ? painted(terminal, *answer.next_update, now)
                                             : std::string("it does not say until when"));
  }
  return block.lines();
}

Json to_json(const RevocationList& list) {
  const CrlOrder& order = list.order;
  Json json = {{"issuer", Certificate::name_text(list.issuer)},
               {"number", order.number.empty() ? std::string() : number_text(order.number)},
               {"base_number", nullptr},
               {"this_update", date_text(order.this_update)},
               {"next_update", nullptr},
               {"signature", name(list.signature_algorithm)},
               {"entries", Json::array()}};
  if (order.base_number) {
    json["base_number"] = number_text(*order.base_number);
  }
  if (order.next_update.seconds != 0) {
    json["next_update"] = date_text(order.next_update);
  }
  for (const RevokedCertificate& entry : order.revoked) {
    json["entries"].push_back({{"serial", hex(entry.serial)},
                               {"revoked_at", date_text(entry.revoked_at)},
                               {"reason", name(entry.reason)}});
  }
  return json;
}

Json to_json(const OcspResponse& response) {
  Json json = {{"status", response_status_text(response.status)}};
  if (response.status != 0) {
    return json;
  }
  json.update(Json{{"responder", responder_text(response)},
                   {"produced_at", date_text(response.produced_at)},
                   {"signature", name(response.signature_algorithm)},
                   {"nonce", hex(response.nonce)},
                   {"answers", Json::array()}});
  for (const OcspResponse::Statement& statement : response.statements) {
    const OcspAnswer& answer = statement.answer;
    Json entry = {{"serial", hex(statement.serial)},
                  {"status", status_text(answer.status)},
                  {"this_update", date_text(answer.this_update)},
                  {"next_update", nullptr}};
    if (answer.next_update) {
      entry["next_update"] = date_text(*answer.next_update);
    }
    if (answer.status == OcspAnswer::Status::revoked) {
      entry["revoked_at"] = date_text(answer.revoked_at);
      entry["reason"] = name(answer.reason);
    }
    json["answers"].push_back(entry);
  }
  return json;
}

}  // namespace handfast::cert
