#include "support/middle.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "message/handshake_message.h"
#include "record/record.h"
#include "x509/credential_key.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

/// RFC 9850 §2.1: under which label `client`'s writing secret of `epoch` is logged.
std::string_view label_of(bool client, Epoch epoch) {
  if (epoch == Epoch::early) {
    return "CLIENT_EARLY_TRAFFIC_SECRET";
  }
  if (epoch == Epoch::handshake) {
    return client ? "CLIENT_HANDSHAKE_TRAFFIC_SECRET" : "SERVER_HANDSHAKE_TRAFFIC_SECRET";
  }
  return client ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0";
}

template <class T>
void append(std::vector<std::uint8_t>& to, const T& bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// `width` bytes of length, and `bytes`.
void append_vector(std::vector<std::uint8_t>& to, std::size_t width, Bytes bytes) {
  for (std::size_t i = width; i > 0; --i) {
    to.push_back(static_cast<std::uint8_t>(bytes.size() >> (8 * (i - 1))));
  }
  append(to, bytes);
}

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

// ---- Middle -------------------------------------------------------------------------------------

Middle::Keys* Middle::keys(std::map<Which, Keys>& ring, crypto::Direction direction, Which which,
                           const End& knows, const End& else_knows) {
  if (const auto found = ring.find(which); found != ring.end()) {
    return &found->second;
  }
  const bool from_client = (direction == crypto::Direction::open) == is_client(knows);
  const std::string_view label = label_of(from_client, which.first);
  const End& source = knows.secret(label).empty() ? else_knows : knows;
  const std::vector<std::uint8_t> secret = source.secret(label);
  const crypto::Suite* suite = crypto::find_suite(source.connection.settled().suite);
  if (secret.empty() || suite == nullptr) {
    return nullptr;
  }
  schedule::TrafficSecret traffic(suite->hash, HashSecret(secret));
  for (std::uint32_t i = 0; i < which.second; ++i) {
    traffic = traffic.next();
  }
  crypto::TrafficKeys made = traffic.keys(*suite);
  Keys keys{crypto::Aead::make(suite->aead, direction, made.key.expose()).value(),
            std::move(made.iv)};
  return &ring.emplace(which, std::move(keys)).first->second;
}

Flight Middle::take(End& from) {
  const std::vector<std::uint8_t> bytes = from.take_output();
  Flight flight;
  std::size_t at = 0;
  for (const SentRecord& sent : from.take_records()) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    add_opened(flight, from, sent, {begin, begin + static_cast<std::ptrdiff_t>(sent.wire_size)});
    at += sent.wire_size;
  }
  EXPECT_EQ(at, bytes.size());
  return flight;
}

void Middle::add_opened(Flight& flight, End& from, const SentRecord& sent,
                        std::vector<std::uint8_t> record) {
  auto type = static_cast<ContentType>(record.front());
  MutBytes content = MutBytes(record).subspan(record::header_size);
  if (sent.epoch != Epoch::plaintext) {
    Keys* const opening = keys(way_from(from).opening, crypto::Direction::open,
                               {sent.epoch, sent.generation}, from, other(from));
    std::vector<std::uint8_t> as_sent = record;
    const crypto::Aad aad{Bytes(as_sent).first(record::header_size)};
    const auto opened =
        opening == nullptr
            ? fail(Reason::record_unreadable)
            : opening->aead.open(crypto::nonce_of(opening->iv, opening->sequence++), aad, content);
    if (!opened) {  // an alert of a server that never came to tell its last secret
      flight.push_back({.raw = std::move(as_sent)});
      return;
    }
    content = *opened;
    while (content.back() == 0) {
      content = content.first(content.size() - 1);
    }
    type = static_cast<ContentType>(content.back());
    content = content.first(content.size() - 1);
  }
  Piece piece{.type = type, .content = {}, .epoch = sent.epoch, .generation = sent.generation};
  if (type != ContentType::handshake) {
    piece.content = copy(content);
    flight.push_back(std::move(piece));
    return;
  }
  codec::Reader messages(content);
  while (messages.left() > 0) {
    const std::size_t start = messages.offset();
    static_cast<void>(messages.take(1));
    static_cast<void>(messages.take(messages.big_endian<3>()));
    ASSERT_TRUE(messages.good()) << "flights of these tests are whole in one record";
    piece.content = copy(content.subspan(start, messages.offset() - start));
    flight.push_back(piece);
  }
}

std::vector<std::uint8_t> Middle::seal(End& to, const Piece& piece) {
  if (!piece.raw.empty()) {
    return piece.raw;
  }
  std::vector<std::uint8_t> record;
  if (piece.epoch == Epoch::plaintext) {
    append(record, record::header(piece.type, piece.content.size()));
    append(record, piece.content);
    return record;
  }
  Keys* const sealing = keys(way_from(other(to)).sealing, crypto::Direction::seal,
                             {piece.epoch, piece.generation}, to, other(to));
  if (sealing == nullptr) {
    ADD_FAILURE() << "nobody knows these keys yet";
    return record;
  }
  std::vector<std::uint8_t> inner = piece.content;
  inner.push_back(static_cast<std::uint8_t>(piece.type));
  inner.resize(inner.size() + piece.zeros);
  const record::Header header =
      record::header(ContentType::application_data, inner.size() + crypto::aead_tag_size);
  append(record, header);
  record.resize(record.size() + inner.size() + crypto::aead_tag_size);
  const Bytes part = inner;
  EXPECT_TRUE(sealing->aead
                  .seal(crypto::nonce_of(sealing->iv, sealing->sequence++), crypto::Aad{header},
                        std::span(&part, 1), MutBytes(record).subspan(header.size()))
                  .has_value());
  return record;
}

void Middle::deliver(End& to, const Flight& flight) {
  for (const Piece& piece : flight) {
    if (to.is_over()) {
      return;
    }
    if (piece.forge) {
      Piece forged = piece;
      forged.content = piece.forge(to);
      to.receive(seal(to, forged));
    } else {
      to.receive(seal(to, piece));
    }
  }
}

void Middle::run(const std::map<unsigned, Edit>& edits) {
  End* speaker = &pair_->client;
  unsigned silent = 0;
  for (unsigned n = 0; silent < 2; speaker = &other(*speaker)) {
    speaker->run();
    Flight flight = take(*speaker);
    if (flight.empty()) {
      ++silent;
      continue;
    }
    silent = 0;
    if (const auto edit = edits.find(n++); edit != edits.end()) {
      edit->second(flight);
    }
    deliver(other(*speaker), flight);
  }
}

Piece Middle::piece_for(const End& to, ContentType type, Bytes content) const {
  return {.type = type,
          .content = copy(content),
          .epoch = to.connected ? Epoch::application : Epoch::plaintext,
          .generation = to.receiving_key_updates};
}

// ---- forgeries ----------------------------------------------------------------------------------

std::vector<std::uint8_t> forged_finished(End& to) {
  const Epoch epoch = to.connected ? Epoch::application : Epoch::handshake;
  const crypto::Suite& suite = *crypto::find_suite(to.connection.settled().suite);
  schedule::TrafficSecret base(suite.hash, HashSecret(to.secret(label_of(to.is_server, epoch))));
  for (std::uint32_t i = 0; to.connected && i < to.receiving_key_updates; ++i) {
    base = base.next();
  }
  return handshake_message(HandshakeType::finished,
                           base.finished(to.handshake()->transcript()).bytes());
}

std::string_view context_for(const End& to) {
  return to.is_server ? "TLS 1.3, client CertificateVerify" : "TLS 1.3, server CertificateVerify";
}

std::vector<std::uint8_t> forged_certificate_verify(End& to, const Credential& credential,
                                                    SignatureScheme scheme,
                                                    std::string_view context) {
  // RFC 9846 §4.5.2: 64 spaces, the context string, a zero, the transcript hash.
  std::vector<std::uint8_t> content;
  content.reserve(256);
  content.assign(64, ' ');
  append(content, context);
  content.push_back(0);
  append(content, to.handshake()->transcript().bytes());
  const auto signature = x509::private_key(credential.key()).sign(scheme, content).value();
  const auto code = static_cast<std::uint16_t>(scheme);
  std::vector<std::uint8_t> body = {static_cast<std::uint8_t>(code >> 8),
                                    static_cast<std::uint8_t>(code)};
  append_vector(body, 2, signature.bytes());
  return handshake_message(HandshakeType::certificate_verify, body);
}

Edit reforge(Edit before) {
  return [before = std::move(before)](Flight& flight) {
    before(flight);
    for (Piece& piece : flight) {
      if (piece.is(HandshakeType::certificate_verify)) {
        piece.forge = [](End& to) {
          const auto& owner = to.is_server ? client_credential(CertificateKey::ed25519)
                                           : credential(CertificateKey::ed25519);
          return forged_certificate_verify(to, *owner, SignatureScheme::ed25519);
        };
      } else if (piece.is(HandshakeType::finished)) {
        piece.forge = forged_finished;
      }
    }
  };
}

// ---- edits --------------------------------------------------------------------------------------

Piece& find(Flight& flight, HandshakeType message) {
  for (Piece& piece : flight) {
    if (piece.is(message)) {
      return piece;
    }
  }
  ADD_FAILURE() << "there is no " << name(message) << " in this flight";
  static Piece nowhere;
  return nowhere;
}

std::vector<std::uint8_t> handshake_message(HandshakeType type, Bytes body) {
  std::vector<std::uint8_t> message = {static_cast<std::uint8_t>(type)};
  append_vector(message, 3, body);
  return message;
}

Edit replace_body(HandshakeType message, std::vector<std::uint8_t> body) {
  return [=](Flight& flight) { find(flight, message).content = handshake_message(message, body); };
}

Edit insert_before(HandshakeType message, ContentType type, std::vector<std::uint8_t> content) {
  return [=](Flight& flight) {
    const Piece& place = find(flight, message);
    Piece piece{
        .type = type, .content = content, .epoch = place.epoch, .generation = place.generation};
    flight.insert(flight.begin() + (&place - flight.data()), std::move(piece));
  };
}

Edit insert_raw_before(HandshakeType message, std::vector<std::uint8_t> raw) {
  return [=](Flight& flight) {
    Piece piece;
    piece.raw = raw;
    flight.insert(flight.begin() + (&find(flight, message) - flight.data()), std::move(piece));
  };
}

Edit append_to(HandshakeType message, std::vector<std::uint8_t> content) {
  return [=](Flight& flight) { append(find(flight, message).content, content); };
}

Edit drop(HandshakeType message) {
  return [=](Flight& flight) {
    flight.erase(flight.begin() + (&find(flight, message) - flight.data()));
  };
}

OpenHello OpenHello::parse(Bytes message) {
  codec::Reader in(message.subspan(message::header_size));
  const bool of_client = message.front() == static_cast<std::uint8_t>(HandshakeType::client_hello);
  OpenHello hello;
  hello.legacy_version = in.number<std::uint16_t>();
  std::ranges::copy(in.take(hello.random.size()), hello.random.begin());
  hello.session_id = copy(in.vector(0, 32));
  hello.suites = copy(of_client ? in.vector(2, 0xfffe) : in.take(2));
  hello.compression = copy(of_client ? in.vector(1, 0xff) : in.take(1));
  codec::Reader extensions(in.vector(0, 0xffff));
  while (extensions.good() && extensions.left() > 0) {
    const auto type = static_cast<ExtensionType>(extensions.number<std::uint16_t>());
    hello.extensions.push_back({type, copy(extensions.vector(0, 0xffff))});
  }
  EXPECT_TRUE(in.finish().has_value());
  EXPECT_TRUE(extensions.finish().has_value());
  return hello;
}

std::vector<std::uint8_t> OpenHello::message(HandshakeType type) const {
  std::vector<std::uint8_t> body = {static_cast<std::uint8_t>(legacy_version >> 8),
                                    static_cast<std::uint8_t>(legacy_version)};
  append(body, random);
  append_vector(body, 1, session_id);
  if (type == HandshakeType::client_hello) {
    append_vector(body, 2, suites);
    append_vector(body, 1, compression);
  } else {
    append(body, suites);
    append(body, compression);
  }
  append(body, extension_block(extensions));
  return handshake_message(type, body);
}

std::vector<std::uint8_t>& OpenHello::operator[](ExtensionType type) {
  const auto found = std::ranges::find(extensions, type, &Extension::type);
  return found != extensions.end() ? found->data
                                   : extensions.emplace_back(Extension{type, {}}).data;
}

void OpenHello::erase(ExtensionType type) {
  const auto erased =
      std::erase_if(extensions, [type](const Extension& e) { return e.type == type; });
  EXPECT_EQ(erased, 1U) << name(type);
}

std::vector<OpenHello> hellos(const Sides& sides) {
  Loopback pair(sides);
  Middle middle(pair);
  std::vector<OpenHello> sent;
  const Edit look = [&](Flight& flight) {
    for (const Piece& piece : flight) {
      if (piece.is(HandshakeType::client_hello)) {
        sent.push_back(OpenHello::parse(piece.content));
      }
    }
  };
  middle.run({{0, look}, {2, look}});
  EXPECT_TRUE(pair.agrees());
  return sent;
}

Edit edit_hello(std::function<void(OpenHello&)> change) {
  return [=](Flight& flight) {
    for (Piece& piece : flight) {
      for (const auto type : {HandshakeType::client_hello, HandshakeType::server_hello}) {
        if (piece.is(type)) {
          OpenHello hello = OpenHello::parse(piece.content);
          change(hello);
          piece.content = hello.message(type);
          return;
        }
      }
    }
    ADD_FAILURE() << "there is no hello in this flight";
  };
}

Edit replace_extensions(std::vector<OpenHello::Extension> extensions) {
  return replace_body(HandshakeType::encrypted_extensions, extension_block(extensions));
}

std::vector<std::uint8_t> extension_block(const std::vector<OpenHello::Extension>& extensions) {
  std::vector<std::uint8_t> list;
  for (const OpenHello::Extension& extension : extensions) {
    const auto type = static_cast<std::uint16_t>(extension.type);
    list.push_back(static_cast<std::uint8_t>(type >> 8));
    list.push_back(static_cast<std::uint8_t>(type));
    append_vector(list, 2, extension.data);
  }
  std::vector<std::uint8_t> block;
  append_vector(block, 2, list);
  return block;
}

}  // namespace handfast::test
