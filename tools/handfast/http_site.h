// A site: what a folder answers to a request.
#pragma once

#include "handfast/http_folder.h"
#include "handfast/http_request.h"
#include "handfast/net.h"

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace handfast::http {

/// A head, ready to be sent, and what follows it: `text`, or a part of `file`, or nothing.
struct Response {
  Status status = Status::ok;
  std::string head = {};
  std::string text = {};
  net::Descriptor file = {};
  std::uint64_t file_offset = 0;
  std::uint64_t file_left = 0;
  bool keep_alive = true;

  /// How many bytes of content follow the head.
  [[nodiscard]] std::uint64_t size() const { return file ? file_left : text.size(); }
};

/// Immutable: share freely.
class Site {
 public:
  /// `secrets` are never sent, whatever their names: the keys the server runs with.
  Site(Folder folder, std::vector<FileId> secrets)
      : folder_(std::move(folder)), secrets_(std::move(secrets)) {}

  /// Never fails: trouble is a response too. `now` dates it.
  [[nodiscard]] Response answer(const Request& request, std::time_t now) const;

  /// The answer to what could not be parsed; closes the connection.
  [[nodiscard]] static Response refuse(Status status, std::time_t now);

 private:
  [[nodiscard]] Response file_response(const Request& request, Found found, const Path& path,
                                       std::time_t now) const;
  [[nodiscard]] bool is_secret(const Found& found) const;

  Folder folder_;
  std::vector<FileId> secrets_;
};

}  // namespace handfast::http
