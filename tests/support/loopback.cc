#include "support/loopback.h"

#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <utility>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

/// No honest or hostile peer makes one `receive` take more steps than this.
constexpr unsigned most_steps = 2'000'000;

std::shared_ptr<const ClientConfig> client_config(const Sides& sides) {
  if (sides.only_psk) {
    return ClientConfig::make(OnlyPsk{}, sides.client).value();
  }
  return sides.insecure ? ClientConfig::make(danger::AcceptAnyCertificate{}, sides.client).value()
                        : ClientConfig::make(sides.trust != nullptr ? sides.trust : authorities(),
                                             sides.client)
                              .value();
}

/// What was logged; with `without_early`, but for the secrets of early data.
std::vector<std::string> logged(const End& end, bool without_early) {
  std::vector<std::string> lines = end.key_log;
  std::erase_if(lines, [&](const std::string& line) {
    return without_early &&
           (line.starts_with("CLIENT_EARLY_TRAFFIC") || line.starts_with("EARLY_EXPORTER"));
  });
  return lines;
}

std::shared_ptr<const ServerConfig> server_config(const Sides& sides) {
  std::vector<std::shared_ptr<const Credential>> credentials;
  if (sides.has_credential) {
    credentials.push_back(sides.shown != nullptr ? sides.shown : credential(sides.key));
  }
  return ServerConfig::make(std::move(credentials), sides.server).value();
}

}  // namespace

// ---- SeededChance -------------------------------------------------------------------------------

Result<> SeededChance::fill(MutBytes out) {
  if (left_ && --*left_ == 0) {
    return fail(Reason::random_failed);
  }
  std::ranges::generate(out, [this] { return static_cast<std::uint8_t>(engine_()); });
  return {};
}

Result<crypto::KeyExchange> SeededChance::key_exchange(NamedGroup group) {
  std::vector<std::uint8_t> key(crypto::secret_sizes(group).private_key);
  if (const auto filled = fill(key); !filled) {
    return std::unexpected(filled.error());
  }
  key.front() = 0;  // below every curve's order
  return crypto::KeyExchange::from_private(group, key);
}

Result<crypto::Encapsulation> SeededChance::encapsulate(NamedGroup group, Bytes client_share,
                                                        MutBytes room) {
  std::vector<std::uint8_t> randomness(crypto::secret_sizes(group).randomness);
  if (const auto filled = fill(randomness); !filled) {
    return std::unexpected(filled.error());
  }
  randomness.front() = 0;
  return crypto::encapsulate_from(group, client_share, randomness, room);
}

// ---- End ----------------------------------------------------------------------------------------

End::End(bool server, std::unique_ptr<Connection::State> state)
    : is_server(server), connection(std::move(state)), storage_(Input::least), in_(storage_) {
  connection.observe_with(this);
  connection.log_keys_to(this);
}

End::End(const std::shared_ptr<const ClientConfig>& config, std::string_view name,
         handshake::Chance& chance, UnixTime now)
    : End(false, std::make_unique<Connection::State>(
                     handshake::ClientRole{config, ServerName::parse(name).value()}, now, chance)) {
}

End::End(const std::shared_ptr<const ServerConfig>& config, handshake::Chance& chance, UnixTime now)
    : End(true, std::make_unique<Connection::State>(handshake::ServerRole{config}, now, chance)) {}

void End::run() {
  waiting_for_answer_ = false;
  for (unsigned i = 0; i < most_steps; ++i) {
    if (is_over() || !step()) {
      return;
    }
  }
  ADD_FAILURE() << "it never ends: " << connection.where();
}

/// One call of `next`. Returns whether there may be more.
bool End::step() {
  ++steps;
  EXPECT_TRUE(connected || std::holds_alternative<Anonymous>(connection.peer()));
  const auto event = connection.next(in_, out);
  if (auto* running = handshake()) {
    frame_peak = running->frame_arena().peak();
    frame_spills = running->frame_arena().spills();
  }
  if (!event) {
    error = event.error();
    const auto again = connection.next(in_, out);
    EXPECT_TRUE(!again && again.error().reason == error->reason) << "an error must stay";
    return false;
  }
  if (std::holds_alternative<NeedInput>(*event)) {
    return false;
  }
  if (const auto* need = std::get_if<NeedAnswer>(&*event)) {
    return answer_operation(*need->operation);
  }
  if (const auto* done = std::get_if<Connected>(&*event)) {
    EXPECT_FALSE(std::exchange(connected, true)) << "Connected comes once";
    judged = done->verdict != nullptr;
    trusted = judged && done->verdict->is_trusted();
    if (on_connected) {
      on_connected(*done);
    }
  } else if (const auto* received = std::get_if<Data>(&*event)) {
    EXPECT_TRUE(connected);
    EXPECT_FALSE(received->bytes.empty());
    data.insert(data.end(), received->bytes.begin(), received->bytes.end());
  } else if (const auto* early = std::get_if<EarlyData>(&*event)) {
    EXPECT_TRUE(is_server && !connected && !early->data.bytes.empty());
    const Bytes bytes = early->data.bytes;
    early_data.insert(early_data.end(), bytes.begin(), bytes.end());
  } else if (const auto* refusal = std::get_if<EarlyDataRefused>(&*event)) {
    EXPECT_FALSE(is_server || connected || refused);
    refused = refusal->sent;
  } else if (const auto* answered = std::get_if<ClientAnswered>(&*event)) {
    EXPECT_TRUE(is_server && connected);
    ++answers;
    answered_as = answered->client;
    EXPECT_EQ(answered->verdict != nullptr, std::holds_alternative<Identity>(answered->client));
    EXPECT_TRUE(answered->verdict == nullptr || answered->verdict->is_trusted());
  } else if (std::holds_alternative<HeartbeatAnswered>(*event)) {
    EXPECT_TRUE(connected);
    ++heartbeats;
  } else {
    closed = true;
  }
  return true;
}

bool End::answer_operation(const Operation& operation) {
  ++operations;
  std::optional<Answer> given = answering ? answering(operation) : answer(operation);
  if (!given) {
    waiting_for_answer_ = true;
    return false;
  }
  const auto completed = connection.complete(*std::move(given));
  EXPECT_TRUE(completed.has_value());
  return completed.has_value();
}

void End::receive(Bytes bytes) {
  while (!bytes.empty() && !is_over()) {
    const std::size_t taken = in_.append(bytes);
    const std::size_t waiting = in_.waiting().size();
    bytes = bytes.subspan(taken);
    run();
    if (taken == 0 && in_.waiting().size() == waiting) {
      ADD_FAILURE() << "a full Input, and no step is made: " << connection.where();
      return;
    }
    if (waiting_for_answer_) {
      EXPECT_TRUE(bytes.empty()) << "what comes while an answer is awaited must fit";
      return;
    }
  }
}

void End::end_of_input() {
  if (const auto ended = connection.eof(); !ended) {
    error = ended.error();
  }
}

void End::send(Bytes bytes) {
  const auto sealed = connection.seal(bytes, out);
  EXPECT_TRUE(sealed && *sealed == bytes.size());
}

void End::send_early(Bytes bytes) {
  const auto sealed = connection.seal_early({bytes}, out);
  EXPECT_TRUE(sealed && *sealed == bytes.size());
}

std::vector<std::uint8_t> End::take_output() {
  const Bytes pending = out.pending();
  std::vector<std::uint8_t> bytes(pending.begin(), pending.end());
  out.consume(bytes.size());
  return bytes;
}

Result<> End::outcome() const { return error ? Result<>(std::unexpected(*error)) : Result<>(); }

std::vector<std::uint8_t> End::secret(std::string_view label) const {
  for (const std::string& line : key_log) {
    if (line.starts_with(label) && line[label.size()] == ' ') {
      return from_hex(std::string_view(line).substr(line.rfind(' ') + 1));
    }
  }
  return {};
}

std::vector<std::uint8_t> End::exported() const {
  std::vector<std::uint8_t> material(32);
  const std::array<std::uint8_t, 3> context = {1, 2, 3};
  const auto filled = connection.export_keying_material("EXPERIMENTAL test", context, material);
  return filled ? material : std::vector<std::uint8_t>{};
}

void End::observe(const Observation& observation) {
  if (const auto* message = std::get_if<MessageSeen>(&observation)) {
    (message->flow == Flow::sent ? sent_messages : received_messages).push_back(message->type);
  } else if (const auto* keys = std::get_if<KeysChanged>(&observation)) {
    (keys->flow == Flow::sent ? sending_key_updates : receiving_key_updates) = keys->generation;
    if (keys->flow == Flow::sent) {
      sending_ = keys->epoch;
      sending_generation_ = keys->generation;
    }
  } else if (const auto* record = std::get_if<RecordSeen>(&observation)) {
    if (record->flow == Flow::sent) {
      const bool clear = record->type == ContentType::change_cipher_spec;
      records_.push_back({clear ? Epoch::plaintext : sending_, clear ? 0 : sending_generation_,
                          record->wire_size});
    }
  } else if (const auto* alert = std::get_if<AlertSeen>(&observation)) {
    (alert->flow == Flow::sent ? sent_alerts : received_alerts).push_back(alert->alert);
  } else if (const auto* taken = std::get_if<DelegationTaken>(&observation)) {
    delegation = *taken;
  } else if (const auto* used = std::get_if<WeaknessUsed>(&observation)) {
    weaknesses.push_back(used->weakness);
  } else if (const auto* unknown = std::get_if<PskIdentityUnknown>(&observation)) {
    unknown_psks.emplace_back(unknown->identity.begin(), unknown->identity.end());
  } else if (const auto* offered = std::get_if<CompressionOffered>(&observation)) {
    compressions.emplace_back(offered->methods.begin(), offered->methods.end());
  }
}

void End::log(std::string_view line) { key_log.emplace_back(line); }

// ---- Loopback -----------------------------------------------------------------------------------

Sides only(CipherSuite suite, NamedGroup group) {
  Sides sides;
  sides.client.cipher_suites = sides.server.cipher_suites = {suite};
  sides.client.groups = sides.server.groups = {group};
  return sides;
}

Sides in_13(Sides sides) {
  sides.client.versions = sides.server.versions = {ProtocolVersion::tls13};
  return sides;
}

Sides on_curves(Sides sides) {
  sides.client.groups =
      sides.server.groups = {NamedGroup::x25519, NamedGroup::secp256r1, NamedGroup::secp384r1};
  return sides;
}

Sides authenticated(Sides sides, CertificateKey kind) {
  sides.client.credentials = {client_credential(kind)};
  sides.server.client_authentication = ClientAuthentication::require(client_authorities());
  return sides;
}

Sides resuming(Sides sides) {
  sides.client.sessions = std::make_shared<SessionCache>();
  sides.server.tickets = TicketKeys::make().value();
  return sides;
}

Sides with_early_data(Sides sides) {
  sides = resuming(std::move(sides));
  sides.client.early_data = true;
  sides.server.early_data = EarlyDataPolicy::accept(
      std::make_shared<ReplayMemory>(UnixTime{handshake_time.seconds - 60}));
  return sides;
}

Sides retried(Sides sides) {
  sides.client.key_shares.emplace();
  return sides;
}

Loopback::Loopback(const Sides& sides)
    : client_chance_(2 * sides.seed), server_chance_(2 * sides.seed + 1),
      pieces_(static_cast<std::mt19937::result_type>(sides.seed)),
      client(client_config(sides), sides.name, client_chance_, sides.now),
      server(server_config(sides), server_chance_, sides.now) {}

void Loopback::relay(Chunk chunk, unsigned most) {
  client.run();
  server.run();
  for (unsigned i = 0; i < most; ++i) {
    if (client.out.pending().empty() && server.out.pending().empty()) {
      return;
    }
    carry(client, server, chunk);
    carry(server, client, chunk);
  }
}

void Loopback::carry(End& from, End& to, Chunk chunk) {
  const std::vector<std::uint8_t> flight = from.take_output();
  Bytes rest = flight;
  while (!rest.empty()) {
    std::size_t count = chunk.size == 0 ? rest.size() : chunk.size;
    if (chunk.random) {
      count = 1 + pieces_() % count;
    }
    count = std::min(count, rest.size());
    to.receive(rest.first(count));
    rest = rest.subspan(count);
  }
}

void Loopback::connect(Chunk chunk) {
  relay(chunk);
  ASSERT_TRUE(client.outcome().has_value())
      << client.error->text() << " at " << client.error->where.file_name() << ":"
      << client.error->where.line();
  ASSERT_TRUE(server.outcome().has_value())
      << server.error->text() << " at " << server.error->where.file_name() << ":"
      << server.error->where.line();
  ASSERT_TRUE(agrees());
}

bool Loopback::agrees() const {
  const auto exported = client.exported();
  // A server that refuses early data need not know the keys of it.
  const bool refuses_early = server.connection.settled().early_data != EarlyDataOutcome::accepted;
  return client.connected && server.connected && !exported.empty() &&
         exported == server.exported() &&
         logged(client, refuses_early) == logged(server, refuses_early);
}

std::vector<std::uint8_t> sample_data(std::size_t size) {
  std::vector<std::uint8_t> data(size);
  std::uint32_t state = 1;
  for (std::uint8_t& byte : data) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return data;
}

}  // namespace handfast::test
