#include "handfast/recorder.h"

#include "handfast/message_notes12.h"
#include "handfast/net.h"
#include "handfast/terminal.h"

#include <utility>

#include <fmt/format.h>

namespace handfast::command {

namespace {

/// Steps without end are not worth their memory: a connection may carry data for days.
constexpr std::size_t most_steps = 1000;

std::string_view epoch_name(Epoch epoch) {
  switch (epoch) {
    case Epoch::plaintext: return "not encrypted";
    case Epoch::early: return "encrypted with early keys";
    case Epoch::handshake: return "encrypted with handshake keys";
    case Epoch::application: return "encrypted with application keys";
  }
  return {};
}

bool may_fold(const Step& held, const Step& next) {
  return held.kind == next.kind && held.flow == next.flow &&
         (held.text == next.text || held.kind == StepKind::plain);
}

/// The lines of one reply are one step, named by the first.
bool is_foldable(const Step& step) {
  return step.kind == StepKind::plain || step.kind == StepKind::data ||
         step.text == name(HandshakeType::new_session_ticket);
}

/// A line of a peer's, fit to be shown.
std::string line_text(Bytes bytes, std::size_t longest) {
  std::string_view line = net::as_text(bytes);
  line = line.substr(0, line.find_first_of("\r\n"));
  return line.size() <= longest ? escape(line) : escape(line.substr(0, longest)) + "…";
}

}  // namespace

void Recorder::start() {
  if (!start_) {
    start_ = std::chrono::steady_clock::now();
  }
}

void Recorder::observe(const Observation& observation) {
  std::visit([this](const auto& seen) { see(seen); }, observation);
}

void Recorder::see(const PlainSaid& said) {
  constexpr std::size_t arrow_text = 20;
  constexpr std::size_t quoted_text = 200;
  is_in_clear_ = true;
  if (said.flow == Flow::received && said.packet.empty()) {
    last_plain_line_ = line_text(said.bytes, quoted_text);
  }
  add({.kind = StepKind::plain,
       .flow = said.flow,
       .text = said.packet.empty() ? line_text(said.bytes, arrow_text) : std::string(said.packet),
       .size = said.bytes.size(),
       .note = "in clear"});
}

void Recorder::see(const MessageSeen& message) {
  if (std::exchange(is_in_clear_, false)) {
    add({.kind = StepKind::keys, .flow = message.flow, .is_both_ways = true, .text = "TLS begins"});
  }
  announce_keys(message.flow);
  if (message.flow == Flow::received) {
    last_received_ = message.type;
    tickets_ += message.type == HandshakeType::new_session_ticket ? 1 : 0;
  }
  note_hello(message);
  note_content(message);
  add({.kind = StepKind::message,
       .flow = message.flow,
       .text = std::string(name(message.type)),
       .size = message.bytes.size(),
       .note =
           is_12_ ? note_of12(message.type, message.bytes, session_id_)
                  : note_of(message.type, message.bytes, shown_type(message.flow), offered_keys_)});
}

/// What is said in clear, and says how all that follows is to be read.
void Recorder::note_hello(const MessageSeen& message) {
  if (message.type == HandshakeType::client_hello) {
    offered_keys_ = offered_keys_of(message.bytes);
    const Bytes id = session_id_of(message.bytes);
    session_id_.assign(id.begin(), id.end());
  }
  if (message.type == HandshakeType::server_hello && settles_12(message.bytes)) {
    is_12_ = true;
    server_flow_ = message.flow;
    const Bytes list = sct_list12_of(message.bytes);
    sct_list12_.assign(list.begin(), list.end());
  }
}

void Recorder::note_content(const MessageSeen& message) {
  switch (message.type) {
    case HandshakeType::certificate:
      see_certificate(message.flow,
                      is_12_ ? certificates12_of(message.bytes) : certificates_of(message.bytes));
      break;
    case HandshakeType::certificate_status:
      if (message.flow == Flow::received && !staples_.empty()) {
        const Bytes staple = staple12_of(message.bytes);
        staples_.front().assign(staple.begin(), staple.end());
      }
      break;
    case HandshakeType::encrypted_extensions:
      types_ = types_of(message.bytes);
      server_flow_ = message.flow;
      break;
    case HandshakeType::certificate_request:
      asked_of_ = is_12_ ? authorities12_of(message.bytes) : authorities_of(message.bytes);
      break;
    default: break;
  }
}

void Recorder::see(const CertificateInside& inside) {
  see_certificate(inside.flow, certificates_of(inside.bytes));
}

void Recorder::see_certificate(Flow flow, const std::vector<ShownCertificate>& certificates) {
  if (flow == Flow::sent) {
    has_shown_ = has_shown_ || !certificates.empty();
    return;
  }
  for (const ShownCertificate& shown : certificates) {
    chain_.emplace_back(shown.der.begin(), shown.der.end());
    staples_.emplace_back(shown.staple.begin(), shown.staple.end());
    sct_lists_.emplace_back(shown.sct_list.begin(), shown.sct_list.end());
  }
  if (is_12_ && !sct_lists_.empty()) {
    sct_lists_.front() = sct_list12_;
  }
}

void Recorder::see(const RecordSeen& record) {
  if (record.type == ContentType::change_cipher_spec) {
    // RFC 5246 §7.3, figure 1, has it in brackets, as it is no handshake message.
    add({.kind = is_12_ ? StepKind::message : StepKind::compatibility,
         .flow = record.flow,
         .text = is_12_ ? "[ChangeCipherSpec]" : "change_cipher_spec",
         .size = record.content_size,
         .note = is_12_ ? "" : "in clear, for old middleboxes"});
  }
  if (record.type == ContentType::application_data) {
    announce_keys(record.flow);
    add({.kind = StepKind::data,
         .flow = record.flow,
         .text = "application data",
         .size = record.content_size});
  }
  if (record.type == ContentType::heartbeat) {
    announce_keys(record.flow);
    add({.kind = StepKind::data,
         .flow = record.flow,
         .text = "heartbeat",
         .size = record.content_size});
  }
}

void Recorder::see(const KeysChanged& keys) {
  if (keys.generation > 0) {
    add({.kind = StepKind::keys,
         .flow = keys.flow,
         .text = fmt::format("{} keys, update {}",
                             keys.flow == Flow::sent ? "your" : "the server's", keys.generation)});
    return;
  }
  if (half_ && half_->epoch == keys.epoch && half_->flow != keys.flow) {
    half_.reset();
    add({.kind = StepKind::keys,
         .flow = keys.flow,
         .is_both_ways = true,
         .text = std::string(epoch_name(keys.epoch))});
    return;
  }
  if (half_) {
    announce_keys(half_->flow);
  }
  half_ = keys;
}

void Recorder::see(const AlertSeen& alert) {
  announce_keys(alert.flow);
  add({.kind = StepKind::alert,
       .flow = alert.flow,
       .text = fmt::format("alert {}", name(alert.alert)),
       .size = 2});
}

/// Something goes the way whose keys have changed alone: then this is told first.
void Recorder::announce_keys(Flow flow) {
  if (!half_ || half_->flow != flow) {
    return;
  }
  const KeysChanged keys = *std::exchange(half_, std::nullopt);
  // The keys of TLS 1.2 are the same for the Finished and for data.
  const std::string_view what = is_12_ ? "encrypted from here on" : epoch_name(keys.epoch);
  add({.kind = StepKind::keys,
       .flow = keys.flow,
       .text = fmt::format("{}, {}", flow == Flow::sent ? "your side" : "server's side", what)});
}

void Recorder::add(Step step) {
  step.milliseconds = since_start();
  if (held_ && may_fold(*held_, step)) {
    held_->size += step.size;
    ++held_->count;
    return;
  }
  flush();
  held_ = std::move(step);
  if (!is_foldable(*held_)) {
    flush();
  }
}

void Recorder::flush() {
  if (!held_) {
    return;
  }
  const Step step = *std::exchange(held_, std::nullopt);
  if (tell_) {
    tell_(step);
  }
  if (steps_.size() < most_steps) {
    steps_.push_back(step);
  }
}

double Recorder::since_start() const {
  const std::chrono::duration<double, std::milli> passed =
      std::chrono::steady_clock::now() - start_.value_or(std::chrono::steady_clock::now());
  return passed.count();
}

}  // namespace handfast::command
