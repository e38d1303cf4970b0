// What holds for every layout there is, checked with structures made at random.
#include "codec/layout.h"

#include "message/arbitrary.h"
#include "message/certificate.h"
#include "message/certificate12.h"
#include "message/client_hello.h"
#include "message/empty12.h"
#include "message/encrypted_extensions.h"
#include "message/end_of_early_data.h"
#include "message/extension/ec_point_formats.h"
#include "message/extension/extended_main_secret.h"
#include "message/extension/renegotiation_info.h"
#include "message/extension/session_ticket.h"
#include "message/finished.h"
#include "message/key_exchange12.h"
#include "message/leaves.h"
#include "message/post_handshake.h"
#include "message/server_hello.h"
#include "message/session_ticket12.h"
#include "support/expect.h"

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using test::arbitrary;
using test::Keeper;
using test::written;

using Buffer = std::vector<std::uint8_t>;
using Fields = std::vector<codec::FieldView>;

// ---- bounds -------------------------------------------------------------------------------------

/// What the bounds of a field are, in bytes.
struct Bounds {
  std::size_t least = 0;
  std::size_t most = 0;     ///< 0: the field is no vector
  std::size_t element = 0;  ///< the size of one; 0: of no fixed size
};

template <std::size_t Least, std::size_t Most, class Owner>
Bounds bounds_of(const codec::Opaque<Least, Most, Owner>& /*field*/) {
  return {Least, Most, 1};
}

template <std::size_t Least, std::size_t Most, class Owner, class E>
Bounds bounds_of(const codec::Vector<Least, Most, Owner, E>& /*field*/) {
  return {Least, Most, codec::Number<E> ? sizeof(E) : 0};
}

template <class F>
Bounds bounds_of(const F& /*field*/) {
  return {};
}

/// Writes `value`, but with `content` (a vector's) in the place of field number `index`.
template <class T, std::size_t index>
Buffer written_with(const T& value, Bytes content, std::size_t width) {
  static Buffer memory(std::size_t{1} << 18);
  codec::Writer out(memory);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto write_one = [&]<std::size_t i>(std::integral_constant<std::size_t, i>) {
      if constexpr (i == index) {
        const std::size_t place = out.begin_vector(width);
        out.bytes(content);
        out.end_vector(place, width);
      } else {
        codec::write_field(out, value, std::get<i>(T::layout));
      }
    };
    (write_one(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(T::layout)>>{});
  const Bytes bytes = out.written();
  return {bytes.begin(), bytes.end()};
}

template <class T, std::size_t index>
void expect_bounds_of_field(const T& value) {
  const auto name = std::get<index>(T::layout).name;
  const Bounds bounds = bounds_of(std::get<index>(T::layout));
  if (bounds.most == 0) {
    return;
  }
  const std::size_t width = codec::prefix_width(bounds.most);
  const std::size_t largest = (std::size_t{1} << (8 * width)) - 1;
  static const Buffer zeros(0x10000);
  const auto read_with = [&](std::size_t size) {
    return codec::read<T>(written_with<T, index>(value, Bytes(zeros).first(size), width));
  };
  if (bounds.least > 0) {
    EXPECT_FAILS(read_with(bounds.least - 1), Reason::value_out_of_bounds) << name;
  }
  if (bounds.most < largest) {
    EXPECT_FAILS(read_with(bounds.most + 1), Reason::value_out_of_bounds) << name;
  }
  if (bounds.element == 0) {
    return;  // zeros are no element
  }
  EXPECT_TRUE(read_with((bounds.least + bounds.element - 1) / bounds.element * bounds.element))
      << name;
  if (bounds.most <= 0xffff) {
    EXPECT_TRUE(read_with(bounds.most / bounds.element * bounds.element)) << name;
  }
}

// ---- every structure ----------------------------------------------------------------------------

/// A structure that has a layout, and what can be done with it, without its type.
struct Structure {
  std::string_view name;
  bool ends_open;  ///< the last field takes whatever is left
  bool is_empty;   ///< there are no fields
  Buffer (*make)(Keeper&);
  bool (*gives_itself_back)(Keeper&);
  Result<Buffer> (*read_and_write)(Bytes);
  Result<Fields> (*walk)(Bytes, std::size_t);
  void (*expect_bounds)(Keeper&);
};

template <class T>
struct Typed {
  static Buffer make(Keeper& keeper) { return written(arbitrary<T>(keeper)); }

  static bool gives_itself_back(Keeper& keeper) {
    const auto value = arbitrary<T>(keeper);
    const Buffer bytes = written(value);
    const auto read = codec::read<T>(bytes);
    return read && test::same(value, *read) && written(*read) == bytes;
  }

  static Result<Buffer> read_and_write(Bytes bytes) {
    const auto read = codec::read<T>(bytes);
    return read ? Result<Buffer>(written(*read)) : std::unexpected(read.error());
  }

  static Result<Fields> walk(Bytes bytes, std::size_t base) {
    Fields fields;
    const auto walked = codec::walk<T>(
        bytes, [&](const codec::FieldView& field) { fields.push_back(field); }, base);
    return walked ? Result<Fields>(fields) : std::unexpected(walked.error());
  }

  static void expect_bounds(Keeper& keeper) {
    const auto value = arbitrary<T>(keeper);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (expect_bounds_of_field<T, I>(value), ...);
    }(std::make_index_sequence<std::tuple_size_v<decltype(T::layout)>>{});
  }
};

template <class T>
constexpr Structure structure(std::string_view name) {
  return {name,
          std::is_same_v<T, Finished> || std::is_same_v<T, CertificateStatusRequest> ||
              std::is_same_v<T, SessionTicket>,
          std::tuple_size_v<decltype(T::layout)> == 0,
          Typed<T>::make,
          Typed<T>::gives_itself_back,
          Typed<T>::read_and_write,
          Typed<T>::walk,
          Typed<T>::expect_bounds};
}

constexpr std::array structures = {
    structure<ClientHello>("ClientHello"),
    structure<ServerHello>("ServerHello"),
    structure<EncryptedExtensions>("EncryptedExtensions"),
    structure<CertificateRequest>("CertificateRequest"),
    structure<ClientCertificateRequest>("ClientCertificateRequest"),
    structure<Certificate>("Certificate"),
    structure<CertificateVerify>("CertificateVerify"),
    structure<Finished>("Finished"),
    structure<NewSessionTicket>("NewSessionTicket"),
    structure<KeyUpdate>("KeyUpdate"),
    structure<Extension>("Extension"),
    structure<CertificateEntry>("CertificateEntry"),
    structure<ServerNameList>("ServerNameList"),
    structure<HostName>("HostName"),
    structure<ServerNameAck>("ServerNameAck"),
    structure<SupportedGroups>("SupportedGroups"),
    structure<SignatureAlgorithms>("SignatureAlgorithms"),
    structure<SignatureAlgorithmsCert>("SignatureAlgorithmsCert"),
    structure<ProtocolNameList>("ProtocolNameList"),
    structure<ProtocolName>("ProtocolName"),
    structure<SupportedVersions>("SupportedVersions"),
    structure<SelectedVersion>("SelectedVersion"),
    structure<Cookie>("Cookie"),
    structure<KeyShareEntry>("KeyShareEntry"),
    structure<KeyShareClientHello>("KeyShareClientHello"),
    structure<KeyShareHelloRetryRequest>("KeyShareHelloRetryRequest"),
    structure<KeyShareServerHello>("KeyShareServerHello"),
    structure<OfferedPsks>("OfferedPsks"),
    structure<PskIdentity>("PskIdentity"),
    structure<PskBinderEntry>("PskBinderEntry"),
    structure<PskKeyExchangeModes>("PskKeyExchangeModes"),
    structure<EarlyDataIndication>("EarlyDataIndication"),
    structure<EndOfEarlyData>("EndOfEarlyData"),
    structure<MaxEarlyDataSize>("MaxEarlyDataSize"),
    structure<CertificateStatusRequest>("CertificateStatusRequest"),
    structure<OcspStatusRequest>("OcspStatusRequest"),
    structure<ResponderId>("ResponderId"),
    structure<CertificateStatusWish>("CertificateStatusWish"),
    structure<CertificateStatus>("CertificateStatus"),
    structure<SignedCertificateTimestampWish>("SignedCertificateTimestampWish"),
    structure<SignedCertificateTimestampList>("SignedCertificateTimestampList"),
    structure<SerializedSct>("SerializedSct"),
    structure<DelegatedCredentialWish>("DelegatedCredentialWish"),
    structure<Credential>("Credential"),
    structure<DelegatedCredential>("DelegatedCredential"),
    structure<CertificateAuthorities>("CertificateAuthorities"),
    structure<DistinguishedName>("DistinguishedName"),
    structure<OidFilters>("OidFilters"),
    structure<OidFilter>("OidFilter"),
    structure<ClientCertificateTypes>("ClientCertificateTypes"),
    structure<ClientCertificateType>("ClientCertificateType"),
    structure<ServerCertificateTypes>("ServerCertificateTypes"),
    structure<ServerCertificateType>("ServerCertificateType"),
    structure<RawPublicKeyEntry>("RawPublicKeyEntry"),
    structure<RawPublicKeyCertificate>("RawPublicKeyCertificate"),
    structure<HelloRequest>("HelloRequest"),
    structure<ServerHelloDone>("ServerHelloDone"),
    structure<ServerEcdhParams>("ServerECDHParams"),
    structure<ServerKeyExchange>("ServerKeyExchange"),
    structure<ClientKeyExchange>("ClientKeyExchange"),
    structure<ServerDhParams>("ServerDHParams"),
    structure<DheServerKeyExchange>("ServerKeyExchange of DHE"),
    structure<DheClientKeyExchange>("ClientKeyExchange of DHE"),
    structure<PskServerKeyExchange>("ServerKeyExchange of PSK"),
    structure<PskClientKeyExchange>("ClientKeyExchange of PSK"),
    structure<EcdhePskServerKeyExchange>("ServerKeyExchange of ECDHE_PSK"),
    structure<EcdhePskClientKeyExchange>("ClientKeyExchange of ECDHE_PSK"),
    structure<Certificate12>("Certificate of TLS 1.2"),
    structure<CertificateStatus12>("CertificateStatus of TLS 1.2"),
    structure<CertificateRequest12>("CertificateRequest of TLS 1.2"),
    structure<NewSessionTicket12>("NewSessionTicket of TLS 1.2"),
    structure<SessionTicket>("SessionTicket"),
    structure<RenegotiationInfo>("RenegotiationInfo"),
    structure<ExtendedMainSecret>("ExtendedMainSecret"),
    structure<EcPointFormats>("ECPointFormatList"),
};

/// Checks `property(structure, keeper)` for a hundred values of each structure.
template <class F>
void check_each(F property) {
  for (const Structure& structure : structures) {
    EXPECT_TRUE(rc::check(std::string(structure.name), [&] {
      Keeper keeper;
      property(structure, keeper);
    }));
  }
}

TEST(Layouts, give_back_what_was_written) {
  check_each([](const Structure& structure, Keeper& keeper) {
    RC_ASSERT(structure.gives_itself_back(keeper));
  });
}

/// Changes a few bytes, here and there.
Buffer hurt(Buffer bytes) {
  const auto times = *rc::gen::inRange(1, 4);
  for (int i = 0; i < times && !bytes.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(bytes));
    const auto place = bytes.begin() + at;
    const auto byte = *rc::gen::arbitrary<std::uint8_t>();
    switch (*rc::gen::inRange(0, 8)) {
      case 0: bytes.insert(place, byte); break;
      case 1: bytes.erase(place, bytes.end()); break;
      case 2: bytes.erase(place); break;
      default: *place = byte;
    }
  }
  return bytes;
}

TEST(Layouts, write_again_whatever_they_accept) {
  check_each([](const Structure& structure, Keeper& keeper) {
    const Buffer bytes = hurt(structure.make(keeper));
    if (const auto again = structure.read_and_write(bytes)) {
      RC_ASSERT(*again == bytes);
    }
  });
}

TEST(Layouts, refuse_every_truncation) {
  check_each([](const Structure& structure, Keeper& keeper) {
    if (structure.ends_open || structure.is_empty) {
      return;
    }
    const Buffer bytes = structure.make(keeper);
    const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto read = structure.read_and_write(Bytes(bytes).first(size));
    RC_ASSERT(!read.has_value());
    RC_ASSERT(read.error().reason == Reason::message_truncated);
  });
}

TEST(Layouts, refuse_a_byte_too_many) {
  check_each([](const Structure& structure, Keeper& keeper) {
    if (structure.ends_open) {
      return;
    }
    Buffer bytes = structure.make(keeper);
    bytes.push_back(*rc::gen::arbitrary<std::uint8_t>());
    const auto read = structure.read_and_write(bytes);
    RC_ASSERT(!read.has_value());
    RC_ASSERT(read.error().reason == Reason::message_leftover);
  });
}

TEST(Layouts, are_walked_over_without_gap_or_overlap) {
  check_each([](const Structure& structure, Keeper& keeper) {
    const Buffer bytes = structure.make(keeper);
    const auto base = *rc::gen::inRange<std::size_t>(0, 100);
    const auto fields = structure.walk(bytes, base);
    RC_ASSERT(fields.has_value());
    const auto covered = test::cover(*fields, bytes.size(), base);
    if (!covered) {
      RC_FAIL(covered.message());
    }
  });
}

TEST(Layouts, hold_the_bounds_of_every_vector) {
  check_each([](const Structure& structure, Keeper& keeper) {
    structure.expect_bounds(keeper);
    RC_ASSERT(!testing::Test::HasFailure());
  });
}

}  // namespace
}  // namespace handfast::message
