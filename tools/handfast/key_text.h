// KeyText: text that may hold a secret.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace handfast::command {

/// Wiped from memory when it goes, on every way out.
class KeyText {
 public:
  explicit KeyText(std::string text) : text_(std::move(text)) {}

  KeyText(const KeyText&) = delete;
  KeyText& operator=(const KeyText&) = delete;

  ~KeyText() { ::explicit_bzero(text_.data(), text_.size()); }

  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  std::string text_;
};

}  // namespace handfast::command
