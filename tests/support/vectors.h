// The test data in tests/vectors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace handfast::test {

/// The content of the file at `path`; one that ends in ".xz" comes decompressed. Nothing if it
/// cannot be read.
std::optional<std::string> read_file(const std::string& path);

/// The content of the file `name` below tests/vectors; one that ends in ".xz" comes decompressed. A
/// file that is missing or broken ends the program, since nothing can be tested without it.
std::string load_text(std::string_view name);

/// The same, parsed: `load_json("wycheproof/aes_gcm_test.json.xz")`.
nlohmann::json load_json(std::string_view name);

}  // namespace handfast::test
