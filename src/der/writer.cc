#include "der/writer.h"

#include "der/time.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace handfast::der {

void Writer::element(Tag tag, Bytes content) {
  inside(tag, [&](Writer& inner) { inner.raw(content); });
}

void Writer::element(Tag tag, std::string_view content) {
  inside(tag, [&](Writer& inner) {
    inner.bytes_.insert(inner.bytes_.end(), content.begin(), content.end());
  });
}

void Writer::raw(Bytes der) { bytes_.insert(bytes_.end(), der.begin(), der.end()); }

void Writer::boolean_default_false(bool value) {
  if (value) {
    element(Tag::boolean, std::array<std::uint8_t, 1>{0xff});
  }
}

void Writer::unsigned_integer(Bytes magnitude) {
  const auto first = std::ranges::find_if(magnitude, [](std::uint8_t octet) { return octet != 0; });
  const Bytes shortest = magnitude.subspan(static_cast<std::size_t>(first - magnitude.begin()));
  inside(Tag::integer, [&](Writer& inner) {
    if (shortest.empty() || shortest[0] >= 0x80) {
      inner.bytes_.push_back(0);
    }
    inner.raw(shortest);
  });
}

void Writer::small_integer(std::uint32_t number) {
  std::array<std::uint8_t, 4> magnitude{};
  for (std::size_t i = 0; i < magnitude.size(); ++i) {
    magnitude[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  unsigned_integer(magnitude);
}

void Writer::bit_string(Bytes octets) {
  inside(Tag::bit_string, [&](Writer& inner) {
    inner.bytes_.push_back(0);
    inner.raw(octets);
  });
}

void Writer::named_bits(std::uint16_t bits) {
  const auto used = static_cast<unsigned>(std::bit_width(bits));
  std::array<std::uint8_t, 3> content{};
  const unsigned octets = (used + 7) / 8;
  content[0] = static_cast<std::uint8_t>(8 * octets - used);
  for (unsigned n = 0; n < used; ++n) {
    const unsigned bit = unsigned{bits} >> n & 1U;
    content[1 + n / 8] = static_cast<std::uint8_t>(content[1 + n / 8] | bit << (7 - n % 8));
  }
  element(Tag::bit_string, Bytes(content).first(1 + octets));
}

void Writer::object_identifier(const Oid& oid) { element(Tag::object_identifier, oid.bytes()); }

void Writer::time(UnixTime time) {
  const std::string text = time_text(time);
  element(text.size() == 13 ? Tag::utc_time : Tag::generalized_time, std::string_view(text));
}

void Writer::generalized_time(UnixTime time) {
  std::string text = time_text(time);
  if (text.size() == 13) {
    text.insert(0, text < "5" ? "20" : "19");
  }
  element(Tag::generalized_time, std::string_view(text));
}

void Writer::close(Tag tag, std::size_t start) {
  const std::size_t content = bytes_.size() - start;
  std::vector<std::uint8_t> header = {static_cast<std::uint8_t>(tag)};
  if (content < 0x80) {
    header.push_back(static_cast<std::uint8_t>(content));
  } else {
    const std::size_t octets = (static_cast<std::size_t>(std::bit_width(content)) + 7) / 8;
    header.push_back(static_cast<std::uint8_t>(0x80 | octets));
    for (std::size_t i = octets; i-- > 0;) {
      header.push_back(static_cast<std::uint8_t>(content >> (8 * i)));
    }
  }
  bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(start), header.begin(), header.end());
}

}  // namespace handfast::der
