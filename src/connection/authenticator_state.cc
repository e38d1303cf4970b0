#include "connection/authenticator_state.h"

#include "base/limits.h"
#include "connection/authenticator_message.h"
#include "connection/state.h"
#include "handfast/describe.h"

#include <algorithm>
#include <utility>

namespace handfast {

Result<std::shared_ptr<ExportedAuthenticators::State>>
ExportedAuthenticators::State::of(Connection& connection, Party party) {
  auto source = connection.state().release_authenticators(party);
  if (!source) {
    return std::unexpected(source.error());
  }
  auto state = std::make_shared<State>();
  state->source_ = *std::move(source);
  for (const Party sender : {Party::client, Party::server}) {
    if (const auto exported = state->export_keys(connection, sender); !exported) {
      return std::unexpected(exported.error());
    }
  }
  return state;
}

/// RFC 9261 §5.1: "The context_value used for the exporter is empty (zero length) for all four
/// values", and their length that of the hash.
Result<> ExportedAuthenticators::State::export_keys(const Connection& connection, Party sender) {
  const bool is_client = sender == Party::client;
  Side& side = is_client ? client_ : server_;
  const std::size_t size = crypto::digest_size(source_->hash);
  const auto context = connection.export_keying_material(
      is_client ? "EXPORTER-client authenticator handshake context"
                : "EXPORTER-server authenticator handshake context",
      {}, side.handshake_context.fill(size));
  HashSecret key;
  const auto exported =
      connection.export_keying_material(is_client ? "EXPORTER-client authenticator finished key"
                                                  : "EXPORTER-server authenticator finished key",
                                        {}, key.fill(size));
  side.key = {source_->hash, std::move(key)};
  return context ? exported : context;
}

Result<> ExportedAuthenticators::State::count_step() {
  return ++steps_ <= limits::authenticator_steps ? Result<>() : fail(Reason::authenticator_flood);
}

Result<> ExportedAuthenticators::State::check_can_judge() const {
  const auto& trust = source_->client != nullptr
                          ? source_->client->trust()
                          : source_->server->options().client_authentication.trust();
  return trust != nullptr ? Result<>() : fail(Reason::exported_authenticators_unavailable);
}

Result<> ExportedAuthenticators::State::count_judgement() {
  if (const auto able = check_can_judge(); !able) {
    return able;
  }
  return ++judged_ <= limits::authenticators_judged ? Result<>()
                                                    : fail(Reason::authenticator_flood);
}

// RFC 9261 §4: "A certificate_request_context value MUST be unique for each authenticator request
// within the scope of a connection", whoever makes it. §5.2: "If the peer populating the
// certificate_request_context field in an authenticator's Certificate message has already created
// or correctly validated an authenticator with the same value, then no authenticator should be
// constructed."
Result<> ExportedAuthenticators::State::check_fresh(Bytes context) const {
  const auto known = std::ranges::find(known_, fingerprint(context), &Known::context);
  return known != known_.end() ? fail(Reason::authenticator_context_used) : Result<>();
}

Result<> ExportedAuthenticators::State::check_waits(Bytes request) const {
  const auto known = std::ranges::find(known_, fingerprint(request), &Known::request);
  if (known == known_.end()) {
    return fail(Reason::authenticator_request_unknown);
  }
  return known->is_spent ? fail(Reason::authenticator_context_used) : Result<>();
}

Result<> ExportedAuthenticators::State::spend(Bytes context, Bytes request) {
  const auto checked = request.empty() ? check_fresh(context) : check_waits(request);
  if (!checked) {
    return checked;
  }
  if (request.empty()) {
    known_.push_back({fingerprint(context), {}, true});
  } else {
    std::ranges::find(known_, fingerprint(request), &Known::request)->is_spent = true;
  }
  return {};
}

// RFC 9261 §4: "The certificate_request_context SHOULD be chosen to be unpredictable to the peer".
Result<std::vector<std::uint8_t>> ExportedAuthenticators::State::make_context() const {
  std::vector<std::uint8_t> context(32);
  const auto filled = source_->chance->fill(context);
  return filled ? Result<std::vector<std::uint8_t>>(std::move(context))
                : std::unexpected(filled.error());
}

Result<std::vector<std::uint8_t>> ExportedAuthenticators::State::make_request(Bytes extensions) {
  if (const auto counted = count_step(); !counted) {
    return std::unexpected(counted.error());
  }
  auto context = make_context();
  if (!context) {
    return context;
  }
  const auto list = message::ExtensionList::from_wire(extensions);
  const std::size_t room = context->size() + extensions.size();
  std::vector<std::uint8_t> request =
      own_party() == Party::client
          ? written_message(message::ClientCertificateRequest{*context, list}, room)
          : written_message(message::CertificateRequest{*context, list}, room);
  known_.push_back({fingerprint(*context), fingerprint(request), false});
  return request;
}

schedule::Transcript ExportedAuthenticators::State::transcript_of(Party sender,
                                                                  Bytes request) const {
  schedule::Transcript transcript(source_->hash);
  transcript.add(side(sender).handshake_context.expose());
  transcript.add(request);
  return transcript;
}

}  // namespace handfast
