// What a client that has proved nothing can make a server compute by a ClientHello and what comes
// in clear beside it: a zoo of its dearest sayings. Each kind of work is held to its bound, and all
// of it to so much time for each byte that came. (Chains have tests of their own: tests/x509.)
#include "handshake/work.h"

#include "base/limits.h"
#include "codec/writer.h"
#include "crypto/key_exchange.h"
#include "handfast/external_psk.h"
#include "handfast/tickets.h"
#include "support/bound.h"
#include "support/ech.h"
#include "support/expect.h"
#include "support/middle.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using handshake::Work;
using Buffer = std::vector<std::uint8_t>;

/// Of the optimized library: what an attacker's byte may cost, at most; and in a ClientHello as
/// honest clients send them, with a P-256 key. Microseconds.
constexpr double bar = 2.0;
constexpr double bar_of_honest = 0.6;

/// What libcrypto 3.0 has no fast arithmetic for, and servers take only where they are told to.
constexpr double bar_of(NamedGroup group) { return group == NamedGroup::x448 ? 4.0 : bar; }

/// One animal: a server, and what is said to it.
struct Animal {
  std::string name;
  ServerOptions server;
  Buffer bytes;
  double most = bar;
  std::size_t piece = 1U << 14;  ///< bytes handed over at a time
};

/// A server whose work is counted, and what came of it.
class Attacked {
 public:
  Attacked(const std::shared_ptr<const ServerConfig>& config, const Animal& animal)
      : connection_(Connection::server(config, handshake_time).value()) {
    Output out(said_);
    Bytes rest = animal.bytes;
    do {
      const Bytes part = rest.first(std::min(animal.piece, rest.size()));
      rest = rest.subspan(in_.append(part));
    } while (step(out) && !rest.empty());
  }

  [[nodiscard]] const std::optional<handshake::WorkCount>& work() const { return work_; }

 private:
  /// Calls `next` until it wants input; false if it is over.
  bool step(Output& out) {
    for (;;) {
      const auto event = connection_.next(in_, out);
      if (const auto* handshake = connection_.state().handshake()) {
        work_ = handshake->work();
      }
      if (!event) {
        return false;
      }
      if (std::holds_alternative<NeedInput>(*event)) {
        out.consume(out.pending().size());
        return true;
      }
    }
  }

  Connection connection_;
  Buffer storage_ = Buffer(Input::least);
  Buffer said_ = Buffer(1U << 17);
  Input in_{storage_};
  std::optional<handshake::WorkCount> work_;
};

// ---- what can be said ---------------------------------------------------------------------------

Buffer record(std::uint8_t type, Bytes content) {
  Buffer bytes = {type, 3, 3, static_cast<std::uint8_t>(content.size() >> 8),
                  static_cast<std::uint8_t>(content.size())};
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Buffer in_records(Bytes message, std::size_t size = 1U << 14) {
  Buffer records;
  while (!message.empty()) {
    const Bytes part = message.first(std::min(size, message.size()));
    message = message.subspan(part.size());
    const Buffer one = record(22, part);
    records.insert(records.end(), one.begin(), one.end());
  }
  return records;
}

Buffer repeated(const Buffer& what, std::size_t count) {
  Buffer all;
  for (std::size_t i = 0; i < count; ++i) {
    all.insert(all.end(), what.begin(), what.end());
  }
  return all;
}

Buffer joined(Buffer all, const Buffer& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// A vector with its length in front, of `width` bytes.
Buffer vector_of(const Buffer& content, std::size_t width = 2) {
  Buffer all(width);
  for (std::size_t i = 0; i < width; ++i) {
    all[i] = static_cast<std::uint8_t>(content.size() >> (8 * (width - 1 - i)));
  }
  return joined(std::move(all), content);
}

/// A list of the numbers from `first`, with its length.
Buffer list_of(std::uint16_t first, std::size_t count, std::size_t width = 2) {
  Buffer content;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = first + i;
    content.push_back(static_cast<std::uint8_t>(number >> 8));
    content.push_back(static_cast<std::uint8_t>(number));
  }
  return vector_of(content, width);
}

/// The first ClientHello of `sides` with the fewest bytes that a server takes.
OpenHello spare(Sides sides = {}) {
  sides.key = CertificateKey::ecdsa_p256;
  sides.client.grease = false;
  sides.client.ech_grease = false;
  sides.client.cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256};
  sides.client.signature_schemes = {SignatureScheme::ecdsa_secp256r1_sha256};
  sides.client.send_server_name = false;
  sides.client.request_staples = false;
  sides.client.request_sct_lists = false;
  sides.client.record_size_limit = 0;
  sides.client.key_shares = {sides.client.groups.front()};
  OpenHello hello = hellos(sides).front();
  hello.session_id.clear();
  return hello;
}

OpenHello spare_in(NamedGroup group, Sides sides = {}) {
  sides.client.groups = {group};
  sides.server.groups = {group};
  return spare(std::move(sides));
}

Buffer said(const OpenHello& hello) {
  return in_records(hello.message(HandshakeType::client_hello));
}

/// `hello` with an extension that holds `data`.
Buffer with(OpenHello hello, ExtensionType type, Buffer data) {
  hello[type] = std::move(data);
  return said(hello);
}

/// Unknown extensions, so many of them, of `size` bytes each.
Buffer with_unknown(OpenHello hello, std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = static_cast<ExtensionType>(0x3a00 + 16 * (i / 8) + i % 8);
    hello.extensions.insert(hello.extensions.begin(), {type, Buffer(size)});
  }
  return said(hello);
}

/// Identities and binders, as many as there are.
Buffer offered(const std::vector<Buffer>& identities) {
  Buffer names;
  Buffer binders;
  for (const Buffer& identity : identities) {
    names = joined(joined(std::move(names), vector_of(identity)), Buffer(4));
    binders = joined(std::move(binders), vector_of(Buffer(32), 1));
  }
  return joined(vector_of(names), vector_of(binders));
}

/// `hello` with these behind everything else.
Buffer with_psks(OpenHello hello, const std::vector<Buffer>& identities) {
  hello[psk_key_exchange_modes] = {1, 1};
  std::erase_if(hello.extensions, [](const auto& each) { return each.type == pre_shared_key; });
  hello.extensions.push_back({pre_shared_key, offered(identities)});
  return said(hello);
}

std::vector<Buffer> identities(std::size_t count, std::size_t size) {
  std::vector<Buffer> all;
  for (std::size_t i = 0; i < count; ++i) {
    Buffer identity(size, 0x5a);
    identity.front() = static_cast<std::uint8_t>(i);
    all.push_back(identity);
  }
  return all;
}

// ---- servers ------------------------------------------------------------------------------------

ServerOptions with_tickets() { return {.tickets = TicketKeys::make().value()}; }

ServerOptions with_keys(std::size_t count) {
  ServerOptions options;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "device " + std::to_string(i);
    ProvisionedPsk given{.identity = {name.begin(), name.end()},
                         .key = SecretBytes(sample_data(32))};
    options.external_psks.push_back(
        ExternalPsk::import_key(given, PskContext::agreed({}).value(), PskRole::server).value());
  }
  return options;
}

ServerOptions with_hidden(std::size_t count) {
  return {.ech_keys = std::vector<EchServerKey>(count, {ech_key(public_dns_name)})};
}

ServerOptions with_cookies() { return {.cookie_keys = TicketKeys::make().value()}; }

ServerOptions of(NamedGroup group) { return {.groups = {group}}; }

ServerOptions asking() {
  return {.client_authentication = ClientAuthentication::request(authorities()),
          .certificate_compression = certificate_compressions()};
}

// ---- the zoo ------------------------------------------------------------------------------------

void add_hellos(std::vector<Animal>& zoo) {
  const Buffer usual = said(hellos({.key = CertificateKey::ecdsa_p256}).front());
  zoo.push_back({"as clients send it", {}, usual, bar_of_honest});
  Sides on_p256;
  on_p256.client.groups = {NamedGroup::secp256r1, NamedGroup::x25519};
  on_p256.client.key_shares = {NamedGroup::secp256r1};
  OpenHello honest = hellos(on_p256).front();
  honest[padding] = Buffer(517 - 4 - honest.message(HandshakeType::client_hello).size());
  zoo.push_back({"as browsers sent it, P-256", {}, said(honest), bar_of_honest});
  for (const NamedGroup group :
       {NamedGroup::x25519, NamedGroup::secp256r1, NamedGroup::secp384r1, NamedGroup::secp521r1,
        NamedGroup::x448, NamedGroup::x25519mlkem768, NamedGroup::secp256r1mlkem768,
        NamedGroup::secp384r1mlkem1024, NamedGroup::mlkem1024}) {
    const std::string group_name(name(group));
    const OpenHello hello = spare_in(group);
    zoo.push_back({"the least with " + group_name, of(group), said(hello), bar_of(group)});
    OpenHello broken = hello;
    Buffer& share = broken[key_share];
    std::fill(share.begin() + 6, share.end(), std::uint8_t{0xff});
    zoo.push_back({"a share of ones for " + group_name, of(group), said(broken), bar_of(group)});
  }
  const OpenHello least = spare_in(NamedGroup::x25519);
  const Buffer bytes = said(least);
  zoo.push_back({"a byte at a time", {}, bytes, bar, 1});
  zoo.push_back({"a byte a record", {}, in_records(least.message(HandshakeType::client_hello), 1)});
  zoo.push_back({"only its beginning", {}, Buffer(bytes.begin(), bytes.begin() + 100)});
  zoo.push_back({"an announcement of 16 KiB", {}, in_records(Buffer{1, 0, 0x40, 0})});
  zoo.push_back({"filled up", {}, with(least, padding, Buffer(16'000))});
}

void add_lists(std::vector<Animal>& zoo) {
  const OpenHello least = spare_in(NamedGroup::x25519);
  OpenHello suites = least;
  const Buffer many = list_of(0x2000, 7900);
  suites.suites = joined(Buffer(many.begin() + 2, many.end()), least.suites);
  zoo.push_back({"7,900 suites", {}, said(suites)});
  zoo.push_back({"7,900 groups", {}, with(least, supported_groups, list_of(0x2000, 7900))});
  zoo.push_back({"7,900 schemes", {}, with(least, signature_algorithms, list_of(0x2000, 7900))});
  zoo.push_back({"7,900 schemes in chains",
                 {},
                 with(least, signature_algorithms_cert, list_of(0x2000, 7900))});
  zoo.push_back({"127 versions", {}, with(least, supported_versions, list_of(0x2000, 127, 1))});
  zoo.push_back({"120 unknown extensions", {}, with_unknown(least, 120, 60)});
  zoo.push_back({"3,000 empty extensions", {}, with_unknown(least, 3000, 0)});
  zoo.push_back({"one extension 3,000 times", {}, [&] {
                   OpenHello hello = least;
                   hello.extensions.insert(hello.extensions.begin(), 3000,
                                           {ExtensionType{0x3a3a}, {}});
                   return said(hello);
                 }()});
  zoo.push_back({"4,000 protocols",
                 {.alpn = {"h2", "http/1.1", "a", "b", "c", "d"}},
                 with(least, application_layer_protocol_negotiation,
                      vector_of(repeated({2, 'x', 'y'}, 4000)))});
  zoo.push_back(
      {"1,000 names", {}, with(least, server_name, vector_of(repeated({0, 0, 1, 'a'}, 1000)))});
  zoo.push_back({"4,000 authorities",
                 {},
                 with(least, certificate_authorities, vector_of(repeated({0, 2, 0x30, 0}, 4000)))});
  zoo.push_back({"one authority of many parts",
                 {},
                 with(least, certificate_authorities,
                      vector_of(vector_of(
                          joined({0x30, 0x82, 0x0f, 0xf0}, repeated({0x31, 0}, 0x0ff0 / 2)))))});
  zoo.push_back({"3,000 shares of unknown groups",
                 {},
                 with(least, key_share, vector_of(repeated({0x3a, 0x3a, 0, 1, 0}, 3000)))});
  zoo.push_back({"shares of every group", {}, [] {
                   Sides sides;
                   sides.client.key_shares = sides.client.groups;
                   return said(hellos(sides).front());
                 }()});
  zoo.push_back({"120 algorithms of compression", asking(),
                 with(least, compress_certificate, list_of(1, 120, 1))});
}

void add_keys(std::vector<Animal>& zoo) {
  const OpenHello least = spare_in(NamedGroup::x25519);
  const auto known = with_keys(limits::psks_known);
  zoo.push_back({"300 tickets of others", with_tickets(), with_psks(least, identities(300, 16))});
  zoo.push_back({"4 long tickets", with_tickets(), with_psks(least, identities(4, 3900))});
  zoo.push_back({"4 short tickets", with_tickets(), with_psks(least, identities(4, 60))});
  zoo.push_back({"300 unknown keys", known, with_psks(least, identities(300, 16))});
  zoo.push_back({"16 unknown keys", known, with_psks(least, identities(16, 8))});
  Buffer sent = {known.external_psks.back()->sent_identity(KdfIdentifier::hkdf_sha256).begin(),
                 known.external_psks.back()->sent_identity(KdfIdentifier::hkdf_sha256).end()};
  zoo.push_back({"a known key, not held", known, with_psks(least, {sent})});

  Sides resumes = resuming({.key = CertificateKey::ecdsa_p256});
  Loopback(resumes).connect();
  const OpenHello resumed = hellos(resumes).front();
  zoo.push_back({"a session", resumes.server, said(resumed)});
  OpenHello forged = resumed;
  forged.extensions.back().data.back() ^= 1;
  zoo.push_back({"a session, not held", resumes.server, said(forged)});
  // The same ticket again and again: it opens, and is for another name.
  codec::Reader in(resumed.extensions.back().data);
  in.take(2);
  const Bytes ticket = in.vector(1, 0xffff);
  OpenHello elsewhere = resumed;
  elsewhere.erase(server_name);
  zoo.push_back({"30 good tickets for another name", resumes.server,
                 with_psks(elsewhere, std::vector<Buffer>(30, {ticket.begin(), ticket.end()}))});

  Sides early = with_early_data({.key = CertificateKey::ecdsa_p256});
  Loopback(early).connect();
  const Buffer hello = said(hellos(early).front());
  const Buffer junk = record(23, Buffer(200, 0x17));
  const Buffer crumb = record(23, Buffer(17, 0x17));
  ServerOptions deaf = early.server;
  deaf.early_data = {};
  zoo.push_back({"early data, not taken", deaf, joined(hello, repeated(junk, 60))});
  zoo.push_back({"early data in crumbs, not taken", deaf, joined(hello, repeated(crumb, 800))});
  zoo.push_back({"early data that is none", early.server, joined(hello, junk)});
}

void add_hidden(std::vector<Animal>& zoo) {
  const OpenHello hello = hellos(hidden({.key = CertificateKey::ecdsa_p256})).front();
  zoo.push_back({"a hidden hello", with_hidden(1), said(hello)});
  OpenHello broken = hello;
  broken[encrypted_client_hello].back() ^= 1;
  zoo.push_back({"a hidden hello that opens with none of 2 keys", with_hidden(2), said(broken)});
  zoo.push_back({"a hidden hello that opens with none of 16 keys of one number",
                 with_hidden(limits::ech_keys), said(broken)});
  OpenHello least = spare_in(NamedGroup::x25519);
  Buffer ech = hello.extensions.empty() ? Buffer{} : OpenHello(hello)[encrypted_client_hello];
  ech.resize(1 + 4 + 1 + 2 + 32);
  least[encrypted_client_hello] = joined(ech, vector_of(Buffer(17)));
  zoo.push_back({"the least that may be hidden", with_hidden(2), said(least)});
}

void add_retries(std::vector<Animal>& zoo) {
  const auto both = [](const Sides& sides) {
    Buffer all;
    for (const OpenHello& hello : hellos(sides)) {
      all = joined(std::move(all), said(hello));
    }
    return all;
  };
  const Sides asked = retried({.key = CertificateKey::ecdsa_p256});
  zoo.push_back({"two hellos", asked.server, both(asked)});
  const OpenHello least = spare_in(NamedGroup::x25519);
  zoo.push_back({"a hello without a share", {}, with(least, key_share, {0, 0})});
  zoo.push_back({"the same, for a cookie", with_cookies(), with(least, key_share, {0, 0})});
  zoo.push_back(
      {"a cookie that is none", with_cookies(), with(least, cookie, vector_of(Buffer(200, 0x5a)))});
  zoo.push_back({"a long cookie that is none", with_cookies(),
                 with(least, cookie, vector_of(Buffer(15'000, 0x5a)))});
}

void add_records(std::vector<Animal>& zoo) {
  const Buffer hello = said(spare_in(NamedGroup::x25519));
  const Buffer change = {20, 3, 3, 0, 1, 1};
  zoo.push_back({"change_cipher_specs", {}, joined(hello, repeated(change, 3000))});
  zoo.push_back({"empty records", {}, repeated({22, 3, 3, 0, 0}, 3000)});
  zoo.push_back({"warnings", {}, repeated({21, 3, 3, 0, 2, 1, 90}, 3000)});
  zoo.push_back({"a record that no key opens",
                 {},
                 joined(hello, record(23, Buffer(limits::record_plaintext, 0x17)))});
  zoo.push_back({"a short record that no key opens", {}, joined(hello, record(23, Buffer(17)))});
  zoo.push_back({"a certificate in clear", asking(),
                 joined(hello, in_records(joined({11, 0, 0x3f, 0}, Buffer(0x3f00))))});
  zoo.push_back({"HTTP", {}, repeated({'G', 'E', 'T', ' ', '/', '\r', '\n'}, 100)});
  zoo.push_back({"noughts", {}, Buffer(16'000)});
}

std::vector<Animal> zoo() {
  std::vector<Animal> all;
  add_hellos(all);
  add_lists(all);
  add_keys(all);
  add_hidden(all);
  add_retries(all);
  add_records(all);
  return all;
}

/// The least time that `task` has taken of this thread, of several times, in microseconds.
template <class Task>
double least_time(const Task& task) {
  constexpr unsigned times = is_optimized ? 15 : 1;
  auto least = std::chrono::duration<double, std::micro>::max();
  for (unsigned i = 0; i < times; ++i) {
    const auto start = time_worked();
    task();
    least = std::min<decltype(least)>(least, time_worked() - start);
  }
  return least.count();
}

/// How many times slower this machine is just now than the one that the bars are for: the time of
/// a key share of P-256. At least 1.
double slowness() {
  constexpr double usual = 10;
  return std::max(1.0, least_time([] {
                         EXPECT_TRUE(crypto::KeyExchange::generate(NamedGroup::secp256r1));
                       }) / usual);
}

/// What the server works for each byte, in microseconds. Who shares the machine can spoil all of
/// several times at once, so what is above its bar is measured again, a while later.
double cost_of(const std::shared_ptr<const ServerConfig>& config, const Animal& animal) {
  constexpr unsigned rounds = is_optimized ? 20 : 1;
  double least = std::numeric_limits<double>::max();
  for (unsigned i = 0; i < rounds && least > animal.most; ++i) {
    if (i > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const double time = least_time([&] { const Attacked attacked(config, animal); });
    least = std::min(least, time / slowness() / static_cast<double>(animal.bytes.size()));
  }
  return least;
}

TEST(Work, of_a_server_has_a_bound_for_each_byte_that_comes) {
  const std::vector<Animal> animals = zoo();
  EXPECT_GE(animals.size(), 60U);
  std::array<unsigned, handshake::kinds_of_work> dearest{};
  for (const Animal& animal : animals) {
    const auto config =
        ServerConfig::make({credential(CertificateKey::ecdsa_p256)}, animal.server).value();
    const double cost = cost_of(config, animal);
    std::cout << std::fixed << std::setprecision(3) << std::setw(9) << cost << " us a byte, "
              << std::setw(6) << animal.bytes.size() << " bytes: " << animal.name << '\n';
    if (is_optimized) {
      EXPECT_LE(cost, animal.most) << animal.name;
    }
    const Attacked attacked(config, animal);
    for (std::size_t i = 0; i < dearest.size() && attacked.work(); ++i) {
      dearest[i] = std::max(dearest[i], attacked.work()->done(static_cast<Work>(i)));
    }
  }
  // The dearest are among them: as much of each kind as one ClientHello can ask for.
  const auto most_of = [&](Work work) { return dearest[std::to_underlying(work)]; };
  EXPECT_EQ(most_of(Work::sign), 1U);
  EXPECT_EQ(most_of(Work::choose_credential), 1U);
  EXPECT_EQ(most_of(Work::redeem_ticket), most(Work::redeem_ticket));
  EXPECT_EQ(most_of(Work::check_replay), 1U);
  EXPECT_GE(most_of(Work::choose_psk), 1U);
  EXPECT_EQ(most_of(Work::agree_on_key), 1U);
  EXPECT_EQ(most_of(Work::open_hidden_hello), limits::ech_keys);
}

/// How a handshake of `sides` goes on whose server has done as much of `work` as there may be,
/// when the ClientHello comes.
std::unique_ptr<Loopback> tired(const Sides& sides, Work work) {
  auto pair = std::make_unique<Loopback>(sides);
  pair->client.run();
  const Buffer hello = pair->client.take_output();
  pair->server.receive(Bytes(hello).first(1));
  handshake::Handshake& server = *pair->server.handshake();
  while (server.spend(work)) {
  }
  EXPECT_FAILS(server.spend(work), Reason::handshake_too_costly);
  pair->server.receive(Bytes(hello).subspan(1));
  pair->relay();
  return pair;
}

TEST(Work, beyond_the_bound_ends_the_handshake) {
  const Sides usual{.key = CertificateKey::ecdsa_p256};
  for (const Work work : {Work::sign, Work::choose_credential, Work::agree_on_key}) {
    const auto pair = tired(usual, work);
    EXPECT_FAILS(pair->server.outcome(), Reason::handshake_too_costly);
    ASSERT_FALSE(pair->server.sent_alerts.empty());
    EXPECT_EQ(pair->server.sent_alerts.back(), Alert::illegal_parameter);
  }
  Sides asked = authenticated(usual);
  for (const Work work : {Work::verify_chain, Work::check_signature}) {
    EXPECT_FAILS(tired(asked, work)->server.outcome(), Reason::handshake_too_costly);
  }
  asked.client.certificate_compression = certificate_compressions();
  asked.server.certificate_compression = certificate_compressions();
  EXPECT_FAILS(tired(asked, Work::decompress)->server.outcome(), Reason::handshake_too_costly);
  const auto blind = tired(hidden(usual), Work::open_hidden_hello);
  EXPECT_EQ(blind->server.connection.settled().ech, EchOutcome::rejected);
}

TEST(Work, that_is_a_help_is_left_out_beyond_the_bound) {
  Sides sides = resuming({.key = CertificateKey::ecdsa_p256});
  Loopback(sides).connect();
  EXPECT_GT(sides.client.sessions->size(), 0U);
  const auto unread = tired(sides, Work::redeem_ticket);
  EXPECT_TRUE(unread->agrees());
  EXPECT_EQ(unread->server.connection.settled().session, SessionOutcome::unknown);
  const Sides fresh = resuming({.key = CertificateKey::ecdsa_p256});
  const auto unissued = tired(fresh, Work::issue_ticket);
  EXPECT_TRUE(unissued->agrees());
  EXPECT_EQ(fresh.client.sessions->size(), 0U);
}

}  // namespace
}  // namespace handfast::test
