// Layouts: each wire structure is written once, with the RFC's field names and bounds. From it come
// the parser (`read`), the writer (`write`) and the walk over named fields with their byte ranges
// (`walk`).
//
//   /// RFC 9846 §4.3.8: struct { NamedGroup group; opaque key_exchange<1..2^16-1>; }
//   KeyShareEntry; struct KeyShareEntry {
//     NamedGroup group{};
//     Bytes key_exchange;
//     static constexpr auto layout = codec::fields(
//         codec::field("group", &KeyShareEntry::group),
//         codec::opaque<1, 0xffff>("key_exchange", &KeyShareEntry::key_exchange));
//   };
#pragma once

#include "codec/list.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace handfast::codec {

/// A number, an enum, an array of bytes, or a structure inside: as wide as its type.
template <class Owner, class T>
struct Field {
  std::string_view name;
  T Owner::* member;
};

/// `opaque name<Least..Most>`.
template <std::size_t Least, std::size_t Most, class Owner>
struct Opaque {
  std::string_view name;
  Bytes Owner::* member;
};

/// `E name<Least..Most>`; the bounds count bytes, as the RFC's do.
template <std::size_t Least, std::size_t Most, class Owner, class E>
struct Vector {
  std::string_view name;
  List<E> Owner::* member;
};

/// All that is left of the message: a field without a length of its own, such as
/// Finished.verify_data.
template <class Owner>
struct Rest {
  std::string_view name;
  Bytes Owner::* member;
};

/// `uint24 name`.
template <class Owner>
struct Uint24 {
  std::string_view name;
  std::uint32_t Owner::* member;
};

template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name, T Owner::* member) {
  return {name, member};
}

template <std::size_t Least, std::size_t Most, class Owner>
constexpr Opaque<Least, Most, Owner> opaque(std::string_view name, Bytes Owner::* member) {
  return {name, member};
}

template <std::size_t Least, std::size_t Most, class Owner, class E>
constexpr Vector<Least, Most, Owner, E> vector(std::string_view name, List<E> Owner::* member) {
  return {name, member};
}

template <class Owner>
constexpr Rest<Owner> rest(std::string_view name, Bytes Owner::* member) {
  return {name, member};
}

template <class Owner>
constexpr Uint24<Owner> uint24(std::string_view name, std::uint32_t Owner::* member) {
  return {name, member};
}

template <class... F>
constexpr std::tuple<F...> fields(F... f) {
  return {f...};
}

/// Bytes that the length prefix of a vector takes: enough for `most`. RFC 9846 §3.4.
constexpr std::size_t prefix_width(std::size_t most) {
  if (most > 0xffff) {
    return 3;
  }
  return most > 0xff ? 2 : 1;
}

template <class T>
struct IsByteArray : std::false_type {};

template <std::size_t N>
struct IsByteArray<std::array<std::uint8_t, N>> : std::true_type {};

// ---- reading ------------------------------------------------------------------------------------

template <class T>
T read_fields(Reader& in);

template <class E>
E read_element(Reader& in) {
  if constexpr (std::is_enum_v<E>) {
    return static_cast<E>(in.number<std::underlying_type_t<E>>());
  } else if constexpr (std::is_integral_v<E>) {
    return in.number<E>();
  } else if constexpr (IsByteArray<E>::value) {
    E value{};
    const Bytes bytes = in.take(value.size());
    std::copy(bytes.begin(), bytes.end(), value.begin());
    return value;
  } else {
    return read_fields<E>(in);
  }
}

template <class S, class Owner, class T>
void read_field(Reader& in, S& owner, const Field<Owner, T>& field) {
  owner.*field.member = read_element<T>(in);
}

template <class S, std::size_t Least, std::size_t Most, class Owner>
void read_field(Reader& in, S& owner, const Opaque<Least, Most, Owner>& field) {
  owner.*field.member = in.vector(Least, Most);
}

template <class S, std::size_t Least, std::size_t Most, class Owner, class E>
void read_field(Reader& in, S& owner, const Vector<Least, Most, Owner, E>& field) {
  const Bytes wire = in.vector(Least, Most);
  if constexpr (Number<E>) {
    if (wire.size() % sizeof(E) != 0) {
      in.spoil(Reason::message_leftover);
      return;
    }
  } else {
    Reader elements(wire);  // walked once here, so that walking it later cannot fail
    while (elements.good() && elements.left() > 0) {
      static_cast<void>(read_element<E>(elements));
    }
    if (const auto read = elements.check(); !read) {
      in.spoil(read.error().reason);
      return;
    }
  }
  owner.*field.member = List<E>::from_wire(wire);
}

template <class S, class Owner>
void read_field(Reader& in, S& owner, const Rest<Owner>& field) {
  owner.*field.member = in.rest();
}

template <class S, class Owner>
void read_field(Reader& in, S& owner, const Uint24<Owner>& field) {
  owner.*field.member = in.big_endian<3>();
}

template <class T>
T read_fields(Reader& in) {
  T value{};
  std::apply([&](const auto&... field) { (read_field(in, value, field), ...); }, T::layout);
  return value;
}

/// Parses all of `body` as a T. The views in it lie in `body`. Fails: message_truncated,
/// value_out_of_bounds, message_leftover.
template <Structure T>
Result<T> read(Bytes body) {
  Reader in(body);
  T value = read_fields<T>(in);
  if (const auto done = in.finish(); !done) {
    return std::unexpected(done.error());
  }
  return value;
}

// ---- writing ------------------------------------------------------------------------------------

template <class T>
void write(Writer& out, const T& value);

template <class E>
void write_element(Writer& out, const E& value) {
  if constexpr (std::is_enum_v<E>) {
    out.number(std::to_underlying(value));
  } else if constexpr (std::is_integral_v<E>) {
    out.number(value);
  } else if constexpr (IsByteArray<E>::value) {
    out.bytes(value);
  } else {
    write(out, value);
  }
}

template <class Owner, class T>
void write_field(Writer& out, const Owner& owner, const Field<Owner, T>& field) {
  write_element(out, owner.*field.member);
}

template <std::size_t Least, std::size_t Most, class Owner>
void write_field(Writer& out, const Owner& owner, const Opaque<Least, Most, Owner>& field) {
  const std::size_t place = out.begin_vector(prefix_width(Most));
  out.bytes(owner.*field.member);
  out.end_vector(place, prefix_width(Most));
}

template <std::size_t Least, std::size_t Most, class Owner, class E>
void write_field(Writer& out, const Owner& owner, const Vector<Least, Most, Owner, E>& field) {
  const List<E>& list = owner.*field.member;
  const std::size_t place = out.begin_vector(prefix_width(Most));
  out.bytes(list.wire());
  for (const E& element : list.values()) {
    write_element(out, element);
  }
  out.end_vector(place, prefix_width(Most));
}

template <class Owner>
void write_field(Writer& out, const Owner& owner, const Rest<Owner>& field) {
  out.bytes(owner.*field.member);
}

template <class Owner>
void write_field(Writer& out, const Owner& owner, const Uint24<Owner>& field) {
  out.big_endian<3>(owner.*field.member);
}

/// Appends `value`. What does not fit makes `out` bad.
template <class T>
void write(Writer& out, const T& value) {
  std::apply([&](const auto&... field) { (write_field(out, value, field), ...); }, T::layout);
}

// ---- walking ------------------------------------------------------------------------------------

/// One field of a parsed message: its name, where its bytes lie, and its number if it is one. A
/// length prefix is a field of its own, so that the leaves cover every byte.
struct FieldView {
  enum class Kind : std::uint8_t { number, bytes, length, list, structure };

  std::string_view name;
  Kind kind;
  std::size_t offset;
  std::size_t size;
  std::uint32_t number;  ///< of a number or a length
  unsigned depth;        ///< how many lists and structures are around it
};

template <class T, class Visit>
void walk_fields(Reader& in, std::size_t base, unsigned depth, Visit& visit);

/// Reports one element that starts where `in` stands; `base` is the offset of `in`'s first byte.
template <class E, class Visit>
void walk_element(Reader& in, std::size_t base, unsigned depth, std::string_view name,
                  Visit& visit) {
  const std::size_t offset = base + in.offset();
  if constexpr (Number<E>) {
    const std::uint32_t number = in.big_endian<sizeof(E)>();
    visit(FieldView{name, FieldView::Kind::number, offset, sizeof(E), number, depth});
  } else if constexpr (IsByteArray<E>::value) {
    const std::size_t size = in.take(std::tuple_size_v<E>).size();
    visit(FieldView{name, FieldView::Kind::bytes, offset, size, 0, depth});
  } else {
    Reader ahead = in;
    static_cast<void>(read_fields<E>(ahead));
    visit(FieldView{name, FieldView::Kind::structure, offset, ahead.offset() - in.offset(), 0,
                    depth});
    walk_fields<E>(in, base, depth + 1, visit);
  }
}

template <class Owner, class T, class Visit>
void walk_field(Reader& in, std::size_t base, unsigned depth, const Field<Owner, T>& field,
                Visit& visit) {
  walk_element<T>(in, base, depth, field.name, visit);
}

/// Reports the length prefix of a vector and returns the vector's content.
template <class Visit>
Bytes walk_vector(Reader& in, std::size_t base, unsigned depth, std::string_view name,
                  std::size_t least, std::size_t most, Visit& visit) {
  const std::size_t offset = base + in.offset();
  const Bytes content = in.vector(least, most);
  visit(FieldView{name, FieldView::Kind::length, offset, prefix_width(most),
                  static_cast<std::uint32_t>(content.size()), depth});
  return content;
}

template <std::size_t Least, std::size_t Most, class Owner, class Visit>
void walk_field(Reader& in, std::size_t base, unsigned depth,
                const Opaque<Least, Most, Owner>& field, Visit& visit) {
  const Bytes content = walk_vector(in, base, depth, field.name, Least, Most, visit);
  visit(FieldView{field.name, FieldView::Kind::bytes, base + in.offset() - content.size(),
                  content.size(), 0, depth});
}

template <std::size_t Least, std::size_t Most, class Owner, class E, class Visit>
void walk_field(Reader& in, std::size_t base, unsigned depth,
                const Vector<Least, Most, Owner, E>& field, Visit& visit) {
  const Bytes content = walk_vector(in, base, depth, field.name, Least, Most, visit);
  const std::size_t offset = base + in.offset() - content.size();
  visit(FieldView{field.name, FieldView::Kind::list, offset, content.size(), 0, depth});
  Reader elements(content);
  while (elements.good() && elements.left() > 0) {
    walk_element<E>(elements, offset, depth + 1, field.name, visit);
  }
}

template <class Owner, class Visit>
void walk_field(Reader& in, std::size_t base, unsigned depth, const Rest<Owner>& field,
                Visit& visit) {
  const std::size_t offset = base + in.offset();
  const std::size_t size = in.rest().size();
  visit(FieldView{field.name, FieldView::Kind::bytes, offset, size, 0, depth});
}

template <class Owner, class Visit>
void walk_field(Reader& in, std::size_t base, unsigned depth, const Uint24<Owner>& field,
                Visit& visit) {
  const std::size_t offset = base + in.offset();
  visit(FieldView{field.name, FieldView::Kind::number, offset, 3, in.big_endian<3>(), depth});
}

template <class T, class Visit>
void walk_fields(Reader& in, std::size_t base, unsigned depth, Visit& visit) {
  std::apply([&](const auto&... field) { (walk_field(in, base, depth, field, visit), ...); },
             T::layout);
}

/// Calls `visit(const FieldView&)` for every field of `body`, a T, in the order of the wire.
/// Offsets count from `base`. Fails as `read`, before anything is visited.
template <Structure T, class Visit>
Result<> walk(Bytes body, Visit&& visit, std::size_t base = 0, unsigned depth = 0) {
  if (const auto whole = read<T>(body); !whole) {
    return std::unexpected(whole.error());
  }
  Reader in(body);
  walk_fields<T>(in, base, depth, visit);
  return {};
}

}  // namespace handfast::codec
