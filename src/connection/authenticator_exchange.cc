#include "connection/authenticator_exchange.h"

#include "connection/authenticator_message.h"
#include "handshake/check13.h"
#include "handshake/negotiate13.h"

#include <utility>

namespace handfast {

using handshake::Want;

AuthenticatorExchange::State::State(Shared of, UnixTime now) : of_(std::move(of)) {
  const handshake::AuthenticatorSource& source = of_->source();
  if (source.client != nullptr) {
    terms_.client = handshake::ClientRole{source.client, {}};
  } else {
    terms_.server = handshake::ServerRole{source.server};
  }
  terms_.chance = source.chance;
  terms_.now = now;
}

// ---- setting up ---------------------------------------------------------------------------------

Result<> AuthenticatorExchange::State::answer(Bytes request, bool declines) {
  if (const auto read = keep_request(request, of_->peer()); !read) {
    return read;
  }
  const auto asked = handshake::check_certificate_request(terms_.request);
  if (!asked) {
    return std::unexpected(asked.error());
  }
  if (terms_.server) {
    const auto named = message::read_extensions<message::ClientCertificateRequestExtensions>(
        terms_.request.extensions);
    auto name = named ? handshake::server_name(named->server_name)
                      : Result<std::string>(std::unexpected(named.error()));
    if (!name) {
      return std::unexpected(name.error());
    }
    server_name_ = *std::move(name);
  }
  terms_.declines = declines;
  return make(request_);
}

Result<> AuthenticatorExchange::State::make_unasked(const ServerName& name, Bytes extensions) {
  auto context = of_->make_context();
  if (!context) {
    return std::unexpected(context.error());
  }
  stand_in(*std::move(context), {extensions.begin(), extensions.end()});
  server_name_ = name.is_dns() ? name.text() : "";
  return make({});
}

Result<> AuthenticatorExchange::State::judge(Bytes request, Bytes authenticator) {
  if (const auto waits = of_->check_waits(request); !waits) {
    return waits;
  }
  if (const auto read = keep_request(request, of_->own_party()); !read) {
    return read;
  }
  if (const auto kept = keep_authenticator(authenticator); !kept) {
    return kept;
  }
  // RFC 9261 §6: an empty authenticator is "an HMAC over the hashed authenticator transcript with a
  // Certificate message containing no CertificateEntries and the CertificateVerify message
  // omitted". Here, that Certificate comes back.
  if (messages_.size() == 1 && type_of_message(messages_.front()) == HandshakeType::finished) {
    const Bytes context = terms_.request.certificate_request_context;
    unsent_ = written_message(message::Certificate{context, {}}, context.size());
    messages_ = {unsent_, messages_.front()};
    terms_.declines = true;
  }
  own_request_ = request_;
  judge_messages(request_);
  return {};
}

Result<> AuthenticatorExchange::State::judge_unasked(Bytes authenticator,
                                                     std::vector<std::uint8_t> extensions) {
  if (const auto kept = keep_authenticator(authenticator); !kept) {
    return kept;
  }
  const Bytes first = messages_.front();
  if (type_of_message(first) != HandshakeType::certificate) {
    return unexpected_type(HandshakeType::certificate, type_of_message(first));
  }
  const auto context = certificate_request_context(first);
  if (!context) {
    return std::unexpected(context.error());
  }
  if (const auto fresh = of_->check_fresh(**context); !fresh) {
    return fresh;
  }
  stand_in({(*context)->begin(), (*context)->end()}, std::move(extensions));
  judge_messages({});
  return {};
}

/// Copies a request of `asker`, and reads it there.
Result<> AuthenticatorExchange::State::keep_request(Bytes request, Party asker) {
  if (const auto read = read_authenticator_request(request, asker); !read) {
    return std::unexpected(read.error());
  }
  request_.assign(request.begin(), request.end());
  terms_.request = *read_authenticator_request(request_, asker);
  return {};
}

/// Copies what the peer has sent.
Result<> AuthenticatorExchange::State::keep_authenticator(Bytes authenticator) {
  const bool is_client = of_->own_party() == Party::client;
  const message::Role receiver = is_client ? message::Role::client : message::Role::server;
  if (const auto split = split_authenticator(authenticator, receiver); !split) {
    return std::unexpected(split.error());
  }
  received_.assign(authenticator.begin(), authenticator.end());
  messages_ = *split_authenticator(received_, receiver);
  return {};
}

/// What the ClientHello said stands for a request.
void AuthenticatorExchange::State::stand_in(std::vector<std::uint8_t> context,
                                            std::vector<std::uint8_t> extensions) {
  context_ = std::move(context);
  request_ = std::move(extensions);
  terms_.request = {.certificate_request_context = context_,
                    .extensions = message::ExtensionList::from_wire(request_)};
  terms_.answers = false;
}

Result<> AuthenticatorExchange::State::make(Bytes request) {
  const auto fresh = of_->check_fresh(terms_.request.certificate_request_context);
  if (fresh) {
    terms_.server_name = server_name_;
    start(of_->own_party(), request);
  }
  return fresh;
}

void AuthenticatorExchange::State::judge_messages(Bytes request) {
  terms_.is_judged = true;
  start(of_->peer(), request);
}

void AuthenticatorExchange::State::start(Party sender, Bytes request) {
  terms_.key = &of_->key_of(sender);
  terms_.transcript = of_->transcript_of(sender, request);
  wire_.emplace(messages_);
  exchange_.emplace(*wire_, terms_);
  terms_.transcript.wipe();  // the exchange has a copy
}

// ---- going on -----------------------------------------------------------------------------------

Result<AuthenticatorExchange::Event> AuthenticatorExchange::State::next() {
  if (error_) {
    return std::unexpected(*error_);
  }
  if (is_over_) {
    return fail(Reason::called_out_of_order);
  }
  exchange_->advance();
  auto event = look();
  if (!event) {
    error_ = event.error();
    exchange_->drop_frames();
  }
  return event;
}

Result<AuthenticatorExchange::Event> AuthenticatorExchange::State::look() {
  switch (exchange_->want()) {
    case Want::failed: return std::unexpected(exchange_->failure());
    case Want::answer: return NeedAnswer{&exchange_->operation()};
    case Want::start:
    case Want::read: {
      Error error{.reason = Reason::message_truncated};  // all that there is was there
      error.during = exchange_->failure().during;
      return std::unexpected(error);
    }
    case Want::done: break;
  }
  if (wire_->peek()) {
    return fail(Reason::message_leftover);
  }
  const auto spent = of_->spend(terms_.request.certificate_request_context, own_request_);
  if (!spent) {
    return std::unexpected(spent.error());
  }
  is_over_ = true;
  if (terms_.is_judged) {
    return AuthenticatorJudged{std::move(exchange_->established().peer), exchange_->verdict()};
  }
  return made();
}

/// What leaves of what was sent. RFC 9261 §6: of an empty authenticator, Finished alone.
AuthenticatorMade AuthenticatorExchange::State::made() const {
  auto messages = wire_->gathered();
  const bool is_empty = messages.size() < 3;
  if (is_empty) {
    messages = messages.last(1);
  }
  AuthenticatorMade made{{}, is_empty};
  for (const Bytes message : messages) {
    made.bytes.insert(made.bytes.end(), message.begin(), message.end());
  }
  return made;
}

Result<> AuthenticatorExchange::State::complete(Answer answer) {
  return error_ || is_over_ ? fail(Reason::called_out_of_order)
                            : exchange_->complete(std::move(answer));
}

}  // namespace handfast
