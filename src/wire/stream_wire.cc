#include "wire/stream_wire.h"

#include "base/gather.h"
#include "base/limits.h"
#include "codec/reader.h"
#include "wire/parts.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace handfast::wire {
namespace {

constexpr WireTraits stream_traits{.middlebox_compatibility = true};

/// Whether these are the first bytes of an HTTP response, or of a request that went to a TLS port.
bool looks_like_http(Bytes start) {
  using std::string_view_literals::operator""sv;
  return std::ranges::any_of(
      std::array{"HTTP/"sv, "GET /"sv, "POST "sv, "HEAD "sv, "PUT /"sv, "OPTIO"sv, "CONNE"sv},
      [&](std::string_view text) {
        return std::ranges::equal(start.first(std::min(start.size(), text.size())), text);
      });
}

}  // namespace

void StreamWire::assemble_in(MessageStore* store) {
  exchange_ = store != nullptr ? store->make<Exchange>(*store, role_) : nullptr;
}

Result<> StreamWire::feed(Bytes content) {
  return exchange_ != nullptr ? exchange_->assembler.feed(content) : fail(Reason::internal);
}

/// Whether `boundary` is the place where everything that came has been taken.
bool StreamWire::is_at(const Boundary& boundary) const {
  return exchange_ != nullptr && exchange_->assembler.is_at(boundary);
}

const WireTraits& StreamWire::traits() const { return stream_traits; }

void StreamWire::report(const Observation& observation) const {
  if (observer_ != nullptr) {
    observer_->observe(observation);
  }
}

// ---- sending ------------------------------------------------------------------------------------

Result<Bytes> StreamWire::send(Bytes message) {
  if (exchange_ == nullptr) {
    return fail(Reason::internal);
  }
  if (exchange_->flight_size == exchange_->flight.size()) {
    if (const auto flushed = flush(); !flushed) {
      return std::unexpected(flushed.error());
    }
  }
  exchange_->flight[exchange_->flight_size++] = message;
  hello_seen_ = true;
  return message;
}

Result<> StreamWire::flush() {
  const std::size_t size = exchange_ != nullptr ? std::exchange(exchange_->flight_size, 0) : 0;
  return size != 0 ? send_now(std::span(exchange_->flight).first(size)) : Result<>();
}

Result<> StreamWire::send_now(std::span<const Bytes> messages) {
  while (!messages.empty()) {
    const std::size_t count = messages_in_record(messages);
    Parts content(messages.first(count));
    messages = messages.subspan(count);
    while (!content.empty()) {
      if (const auto sealed = seal_one(ContentType::handshake, content); !sealed) {
        return std::unexpected(sealed.error());
      }
    }
    if (!sealer_.is_protected()) {
      sealer_ = record::Sealer();  // only the first ClientHello's records say TLS 1.0
    }
  }
  return {};
}

/// How many of the messages share the next record. None is split that fits into one: small devices,
/// for whom records are small, cannot always join what was (Mbed TLS until 3.6).
std::size_t StreamWire::messages_in_record(std::span<const Bytes> messages) const {
  std::size_t count = 1;
  std::size_t size = messages.front().size();
  while (count < messages.size() && size + messages[count].size() <= most_content()) {
    size += messages[count++].size();
  }
  return count;
}

Result<> StreamWire::change_cipher_spec() {
  if (std::exchange(change_cipher_spec_sent_, true)) {
    return {};
  }
  if (const auto flushed = flush(); !flushed) {
    return flushed;
  }
  static constexpr std::array<std::uint8_t, 1> content = {1};
  const Bytes part = content;
  record::Sealer in_clear;  // RFC 9846 §5: a change_cipher_spec is never encrypted
  const std::size_t size = in_clear.record_size(part.size(), 0);
  const auto room = out_->room(size);
  if (!room) {
    return std::unexpected(room.error());
  }
  const auto sealed = in_clear.seal(ContentType::change_cipher_spec, std::span(&part, 1), 0, *room);
  if (!sealed) {
    return sealed;
  }
  out_->commit(size);
  report(RecordSeen{Flow::sent, ContentType::change_cipher_spec, size, part.size()});
  return {};
}

Result<> StreamWire::install_write(Epoch epoch, const crypto::Suite& suite,
                                   const schedule::TrafficSecret& secret) {
  if (const auto flushed = flush(); !flushed) {
    return flushed;
  }
  auto sealer = record::Sealer::make(suite, secret.keys(suite));
  if (!sealer) {
    return std::unexpected(sealer.error());
  }
  sealer_ = std::move(*sealer);
  write_generation_ = epoch == write_epoch_ ? write_generation_ + 1 : 0;
  write_epoch_ = epoch;
  report(KeysChanged{Flow::sent, epoch, write_generation_});
  return {};
}

Result<> StreamWire::change_write_keys(const crypto::Suite& suite,
                                       const crypto::TrafficKeys& keys) {
  if (exchange_ == nullptr || change_cipher_spec_sent_) {
    return fail(Reason::internal);  // what is queued would go out under other keys
  }
  if (const auto changed = change_cipher_spec(); !changed) {
    return changed;
  }
  auto sealer = record::Sealer::make(suite, keys, exchange_->block);
  if (!sealer) {
    return std::unexpected(sealer.error());
  }
  sealer_ = std::move(*sealer);
  write_epoch_ = Epoch::handshake;
  report(KeysChanged{Flow::sent, write_epoch_, 0});
  return {};
}

void StreamWire::open_for_data() {
  read_epoch_ = Epoch::application;
  write_epoch_ = Epoch::application;
}

Result<std::size_t> StreamWire::seal(Parts& parts) {
  return seal_one(ContentType::application_data, parts);
}

bool StreamWire::fits(std::span<const Bytes> messages) const {
  const std::size_t most = most_content();
  std::size_t size = 0;
  for (bool is_first = true; !messages.empty(); is_first = false) {
    const std::size_t count = messages_in_record(messages);
    const std::size_t content = total_size(messages.first(count));
    messages = messages.subspan(count);
    // Padding is left out if need be, but nothing is known of the room behind a first record.
    const std::size_t padding = is_first && messages.empty() && content <= most ? 0 : padding_;
    size += content / most * sealer_.record_size(most, padding);
    size += content % most != 0 ? sealer_.record_size(content % most, padding) : 0;
  }
  return size <= out_->available();
}

std::size_t StreamWire::most_content() const {
  return sealer_.is_protected() ? most_sent_ - 1 : most_fragment_;
}

Result<> StreamWire::alert(Alert alert) {
  // An alert goes out even if what is before it cannot.
  static_cast<void>(flush());
  // RFC 9846 §E.4: the client sends a change_cipher_spec immediately before its second flight, and
  // an alert may be all that is in that.
  if (role_ == Role::client && write_epoch_ == Epoch::handshake) {
    static_cast<void>(change_cipher_spec());
  }
  const bool is_warning = alert == Alert::close_notify || alert == Alert::user_canceled;
  const std::array<std::uint8_t, 2> content = {static_cast<std::uint8_t>(is_warning ? 1 : 2),
                                               static_cast<std::uint8_t>(alert)};
  const Bytes part = content;
  const auto sealed = seal_record(ContentType::alert, std::span(&part, 1), padding_);
  if (sealed) {
    report(AlertSeen{Flow::sent, alert});
  }
  return sealed;
}

Result<std::size_t> StreamWire::seal_one(ContentType type, Parts& parts) {
  const std::size_t overhead = sealer_.overhead();
  const std::size_t room = out_->available();
  if (room <= overhead) {
    return fail_limit(Reason::output_full, room, overhead + 1);
  }
  std::array<Bytes, parts_in_record> memory{};
  Parts after = parts;
  const auto pieces = after.take(memory, std::min(most_content(), room - overhead));
  if (const auto sealed = seal_record(type, pieces, padding_); !sealed) {
    return std::unexpected(sealed.error());
  }
  parts = after;
  return total_size(pieces);
}

/// Seals one record, padded to a multiple of so many bytes where there is room; 0: not padded.
Result<> StreamWire::seal_record(ContentType type, std::span<const Bytes> parts,
                                 std::size_t multiple) {
  const std::size_t content = total_size(parts);
  std::size_t size = sealer_.record_size(content, 0);
  std::size_t padding = 0;
  // RFC 9846 §4.7.1: "clients SHOULD NOT depend on being able to send large quantities of padding
  // in early data records."
  if (multiple != 0 && write_epoch_ != Epoch::early) {
    const std::size_t padded = sealer_.record_size(content, multiple);
    // RFC 8449 §4: "an endpoint MUST NOT generate a protected record with plaintext that is larger
    // than the RecordSizeLimit value it receives from its peer"; padding counts.
    const std::size_t plaintext = padded - sealer_.record_size(0, 0) + 1;
    if (padded <= out_->available() && plaintext <= most_sent_) {
      padding = multiple;
      size = padded;
    }
  }
  const auto room = out_->room(size);
  if (!room) {
    return std::unexpected(room.error());
  }
  const auto sealed = sealer_.seal(type, parts, padding, *room);
  if (!sealed) {
    return sealed;
  }
  out_->commit(size);
  report(RecordSeen{Flow::sent, type, size, content});
  return {};
}

// ---- receiving ----------------------------------------------------------------------------------

Result<Incoming> StreamWire::receive(Input& in) {
  const auto record = take_record(in);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record) {
    return Incoming{.kind = Incoming::Kind::need_input, .content = {}};
  }
  return open(**record);
}

/// The next whole record in `in`, or nothing yet.
Result<std::optional<StreamWire::RecordView>> StreamWire::take_record(Input& in) {
  const MutBytes waiting = in.waiting();
  if (waiting.size() < record::header_size) {
    return in.capacity() >= record::header_size
               ? Result<std::optional<RecordView>>(std::nullopt)
               : fail_limit(Reason::input_too_small, in.capacity(), record::header_size);
  }
  if (!first_record_seen_) {
    if (const auto checked = check_first_record(waiting); !checked) {
      return std::unexpected(checked.error());
    }
  }
  codec::Reader header(waiting.first(record::header_size));
  const auto type = static_cast<ContentType>(header.number<std::uint8_t>());
  // RFC 9846 §5.1: legacy_record_version "MUST be ignored for all purposes".
  static_cast<void>(header.number<std::uint16_t>());
  const std::size_t length = header.number<std::uint16_t>();
  if (!is_known(type)) {
    return fail(Reason::record_type_unknown);
  }
  // RFC 9846 §5.1, §5.2: "The length MUST NOT exceed 2^14 bytes" in clear, 2^14 + 256 when
  // encrypted.
  const bool is_encrypted =
      type == ContentType::application_data || (speaks_12_ && opener_.is_protected());
  // RFC 6066 §4: with a negotiated length, what is larger than that and the protection's expansion
  // MUST end with record_overflow, "without decrypting it."
  const std::size_t expansion = opener_.longest() - limits::record_plaintext;
  const std::size_t most = most_fragment_received() + (is_encrypted ? expansion : 0);
  if (length > most) {
    return fail_limit(Reason::record_overflow, most, length);
  }
  const std::size_t size = record::header_size + length;
  if (waiting.size() < size) {
    return size <= in.capacity() ? Result<std::optional<RecordView>>(std::nullopt)
                                 : fail_limit(Reason::input_too_small, in.capacity(), size);
  }
  first_record_seen_ = true;
  in.consume(size);
  return RecordView{type, waiting.first(size)};
}

/// The most content that a record of the peer may have. Early data is sent before a length is
/// agreed on, and so is not bound by it; nor is what of it has to be skipped.
std::size_t StreamWire::most_fragment_received() const {
  const bool may_be_early = read_epoch_ == Epoch::early || early_data_left_;
  return may_be_early ? limits::record_plaintext : most_fragment_;
}

/// The first byte of a peer tells whether it speaks TLS at all.
Result<> StreamWire::check_first_record(Bytes start) {
  const auto type = static_cast<ContentType>(start[0]);
  if (type >= ContentType::change_cipher_spec && type <= ContentType::application_data) {
    return {};
  }
  return fail(looks_like_http(start) ? Reason::plain_http : Reason::not_tls);
}

Result<Incoming> StreamWire::open(const RecordView& record) {
  if (record.type == ContentType::change_cipher_spec) {
    report(RecordSeen{Flow::received, record.type, record.bytes.size(), record.body().size()});
    return handle_change_cipher_spec(record.body());
  }
  if (!opener_.is_protected()) {
    if (record.type == ContentType::application_data && early_data_left_) {
      return skip(record.bytes.size());  // after a HelloRetryRequest, before the second ClientHello
    }
    early_data_left_.reset();
    report(RecordSeen{Flow::received, record.type, record.bytes.size(), record.body().size()});
    return sort(record.type, record.body());
  }
  if (record.type != ContentType::application_data && !speaks_12_) {
    return open_unprotected(record);
  }
  const auto opened = opener_.open(record.bytes);
  if (!opened) {
    if (opened.error().reason == Reason::record_unreadable && early_data_left_) {
      return skip(record.bytes.size());
    }
    return std::unexpected(opened.error());
  }
  // RFC 8449 §4: a record larger than the limit that we sent MUST end with record_overflow. In TLS
  // 1.2 it counts the content alone.
  const std::size_t inner =
      speaks_12_ ? opened->content.size() : record.body().size() - crypto::aead_tag_size;
  // Early data is sent before this handshake's limit is told, and so is not bound by it.
  if (inner > most_received_ && read_epoch_ != Epoch::early) {
    return fail_limit(Reason::record_overflow, most_received_, inner);
  }
  early_data_left_.reset();
  report(RecordSeen{Flow::received, opened->type, record.bytes.size(), opened->content.size()});
  return sort(opened->type, opened->content);
}

/// A record in clear where only encrypted ones may come. RFC 9846 §A.1: a client that fails at our
/// ServerHello has no keys to encrypt its alert with. We are about to fail either way, so it is
/// better to say why.
Result<Incoming> StreamWire::open_unprotected(const RecordView& record) {
  if (role_ == Role::server && record.type == ContentType::alert &&
      (read_epoch_ == Epoch::handshake || read_epoch_ == Epoch::early) && opener_.sequence() == 0) {
    const auto incoming = handle_alert(record.body());
    if (!incoming || incoming->kind == Incoming::Kind::close_notify) {
      return incoming;
    }
  }
  return fail(Reason::record_unprotected);
}

/// What a record's content is for.
Result<Incoming> StreamWire::sort(ContentType type, MutBytes content) {
  switch (type) {
    case ContentType::handshake: {
      if (next_opener_ != nullptr) {  // RFC 5246 §7.1: not before the change_cipher_spec
        return fail(Reason::record_unprotected);
      }
      // RFC 9846 §5.4: "Implementations MUST NOT send Handshake and Alert records that have a
      // zero-length TLSInnerPlaintext.content; if such a message is received, the receiving
      // implementation MUST terminate the connection with an "unexpected_message" alert."
      if (content.empty()) {
        return fail(Reason::record_empty_fragment);
      }
      empty_records_ = 0;
      hello_seen_ = true;
      if (exchange_ != nullptr) {
        if (const auto fed = feed(content); !fed) {
          return std::unexpected(fed.error());
        }
      }
      return Incoming{.kind = Incoming::Kind::handshake, .content = content};
    }
    case ContentType::alert: return handle_alert(content);
    case ContentType::application_data: return sort_application_data(content);
    case ContentType::heartbeat: return sort_heartbeat(content);
    case ContentType::invalid:
    case ContentType::change_cipher_spec: break;
  }
  return fail(Reason::record_type_unknown);
}

Result<Incoming> StreamWire::sort_application_data(MutBytes content) {
  const bool is_early = read_epoch_ == Epoch::early;
  if (!is_early && read_epoch_ != Epoch::application) {
    return fail(Reason::application_data_early);
  }
  // RFC 9846 §5.1: "Handshake messages MUST NOT be interleaved with other record types."
  if (!is_between_messages()) {
    return fail(Reason::handshake_interleaved);
  }
  if (content.empty()) {
    return ++empty_records_ > limits::empty_records_in_a_row ? fail(Reason::record_empty_flood)
                                                             : Result<Incoming>(Incoming{});
  }
  empty_records_ = 0;
  if (!is_early) {
    return Incoming{.kind = Incoming::Kind::application_data, .content = content};
  }
  // RFC 9846 §4.7.1: "A server receiving more than max_early_data_size bytes of 0-RTT data SHOULD
  // terminate the connection with an "unexpected_message" alert."
  if (content.size() > early_data_allowed_) {
    return fail(Reason::early_data_exceeded);
  }
  early_data_allowed_ -= content.size();
  return Incoming{.kind = Incoming::Kind::early_data, .content = content};
}

Result<Incoming> StreamWire::handle_alert(Bytes content) {
  if (content.empty()) {
    return fail(Reason::record_empty_fragment);
  }
  codec::Reader in(content);
  const bool is_warning = in.number<std::uint8_t>() == 1;  // RFC 9846 §6: TLS 1.3 ignores it
  const auto alert = static_cast<Alert>(in.number<std::uint8_t>());
  if (!in.finish()) {
    return fail(Reason::alert_malformed);
  }
  report(AlertSeen{Flow::received, alert});
  const bool may_warn = speaks_12_ || (may_warn_of_name_ && read_epoch_ == Epoch::plaintext &&
                                       alert == Alert::unrecognized_name);
  // RFC 5246 §7.2: what is fatal ends the connection; RFC 9846 §6 has no levels.
  const bool goes_on =
      (alert == Alert::user_canceled && (is_warning || !speaks_12_)) || (may_warn && is_warning);
  const bool ends_here = alert != Alert::close_notify && !goes_on;
  // RFC 9846 §5.1: "Handshake messages MUST NOT be interleaved with other record types."
  if (!ends_here && !is_between_messages()) {
    return fail(Reason::handshake_interleaved);
  }
  if (alert == Alert::close_notify) {
    return Incoming{.kind = Incoming::Kind::close_notify, .content = {}};
  }
  // RFC 9846 §6.1: after user_canceled a close_notify follows. RFC 5246 §7.2.2: after a warning of
  // TLS 1.2 the connection may go on.
  if (goes_on) {
    if (++warnings_ > limits::warning_alerts) {
      return fail(Reason::alert_warning_flood);
    }
    return Incoming{};
  }
  Error error{.reason = Reason::alert_received};
  error.received = alert;
  return std::unexpected(error);
}

/// RFC 9846 §5: an unencrypted change_cipher_spec with the byte 01 may come between the first
/// ClientHello and the peer's Finished, and MUST be dropped; any other is unexpected_message. How
/// many may come is our own bound: an honest peer sends one.
Result<Incoming> StreamWire::handle_change_cipher_spec(Bytes content) {
  if (content.size() != 1 || content.front() != 1) {
    return fail(Reason::change_cipher_spec_invalid);
  }
  if (speaks_12_) {
    return change_read_keys();
  }
  // RFC 9846 §4.2.2: between two ClientHellos a change_cipher_spec may come, which servers that
  // keep nothing between them see first. They "MUST ignore these records".
  if ((!hello_seen_ && !may_be_retried_) || read_epoch_ == Epoch::application ||
      ++change_cipher_specs_ > most_change_cipher_specs_) {
    return fail(Reason::change_cipher_spec_unexpected);
  }
  // RFC 9846 §5.1: "Handshake messages MUST NOT be interleaved with other record types."
  if (!is_between_messages()) {
    return fail(Reason::handshake_interleaved);
  }
  return Incoming{};
}

/// RFC 5246 §7.1: the receiver of a change_cipher_spec is to use the pending keys at once. One that
/// comes before there are any would have it use keys that everybody knows.
Result<Incoming> StreamWire::change_read_keys() {
  if (next_opener_ == nullptr) {
    return fail(Reason::change_cipher_spec_unexpected);
  }
  if (!is_between_messages()) {
    return fail(Reason::handshake_interleaved);
  }
  opener_ = std::move(*next_opener_);
  next_opener_.reset();
  read_epoch_ = Epoch::handshake;
  report(KeysChanged{Flow::received, read_epoch_, 0});
  return Incoming{};
}

Result<> StreamWire::await_read_keys(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                                     const Boundary& boundary) {
  if (!is_at(boundary)) {
    return fail(Reason::key_change_inside_record);
  }
  auto opener = record::Opener::make(suite, keys, exchange_->block);
  if (!opener) {
    return std::unexpected(opener.error());
  }
  next_opener_ = std::make_unique<record::Opener>(std::move(*opener));
  return {};
}

// RFC 9846 §4.7.1: "Only Application Data payload (i.e., plaintext but not padding or the inner
// content type byte) is counted"; what is padding cannot be told here. An empty record counts too.
Result<Incoming> StreamWire::skip(std::size_t size) {
  constexpr std::size_t around = limits::record_header + 1 + crypto::aead_tag_size;
  const std::size_t content = std::max(size, around + 1) - around;
  if (content > *early_data_left_) {
    return fail(Reason::early_data_overflow);
  }
  *early_data_left_ -= content;
  return Incoming{};
}

Result<> StreamWire::install_read(Epoch epoch, const crypto::Suite& suite,
                                  const schedule::TrafficSecret& secret, const Boundary& boundary) {
  // RFC 9846 §5.1: "Implementations MUST verify that all messages immediately preceding a key
  // change align with a record boundary; if not, then they MUST terminate the connection with an
  // "unexpected_message" alert."
  if (!is_at(boundary)) {
    return fail(Reason::key_change_inside_record);
  }
  auto opener = record::Opener::make(suite, secret.keys(suite));
  if (!opener) {
    return std::unexpected(opener.error());
  }
  opener_ = std::move(*opener);
  read_generation_ = epoch == read_epoch_ ? read_generation_ + 1 : 0;
  read_epoch_ = epoch;
  report(KeysChanged{Flow::received, epoch, read_generation_});
  return {};
}

void StreamWire::forget_keys() {
  sealer_ = record::Sealer();
  opener_ = record::Opener();
  next_opener_.reset();
}

void StreamWire::limit_records(std::size_t sent, std::size_t received) {
  most_sent_ = std::min(sent, limits::record_inner);  // RFC 8449 §4: never above the protocol's own
  most_received_ = received;
}

void StreamWire::limit_fragments(std::size_t most) {
  most_fragment_ = most;
  // RFC 9846 §5.4: "the reduced limit applies to the full plaintext, including the content type and
  // padding". RFC 6066 speaks of the content, and many peers do: theirs is taken with its type.
  // TLS 1.2 has no type there; `most_sent_` counts one, `most_received_` none.
  limit_records(speaks_12_ ? most + 1 : most, speaks_12_ ? most : most + 1);
}

void StreamWire::accept_early_data(std::size_t most) { early_data_allowed_ = most; }

void StreamWire::withdraw_early_data() {
  if (std::exchange(write_epoch_, Epoch::plaintext) != Epoch::plaintext) {
    sealer_ = record::Sealer();
    report(KeysChanged{Flow::sent, Epoch::plaintext, 0});
  }
}

void StreamWire::skip_early_data() {
  early_data_left_ = limits::skipped_early_data;
  // Some clients send a change_cipher_spec beside early data and, after a HelloRetryRequest,
  // another one before their second flight.
  most_change_cipher_specs_ = limits::change_cipher_specs + 1;
}

std::optional<HandshakeType> StreamWire::peek() const {
  return exchange_ != nullptr ? exchange_->assembler.peek() : std::nullopt;
}

Result<std::optional<WholeMessage>> StreamWire::next() {
  return exchange_ != nullptr ? exchange_->assembler.next()
                              : Result<std::optional<WholeMessage>>(std::nullopt);
}

void StreamWire::skip_to(std::uint64_t sealed, std::uint64_t opened) {
  sealer_.skip_to(sealed);
  opener_.skip_to(opened);
}

}  // namespace handfast::wire
