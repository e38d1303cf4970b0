#include "handfast/list_files.h"

#include "handfast/net.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace handfast::command {

namespace {

/// The file of `folder` that fails like the folder does; the folder itself if none is found.
std::string file_at_fault(const std::string& folder, Reason reason) {
  std::error_code ignored;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored)) {
      files.push_back(entry.path().string());
    }
  }
  std::ranges::sort(files);
  const auto found = std::ranges::find_if(files, [&](const std::string& file) {
    const auto one = net::load_revocation_lists(file);
    if (one || one.error().reason != reason) {
      return false;
    }
    // What is neither PEM nor DER was passed over in the folder.
    const auto text = net::read_file(file);
    return !text || text->starts_with('\x30') || text->contains("-----BEGIN ");
  });
  return found != files.end() ? *found : folder;
}

}  // namespace

std::expected<std::shared_ptr<const RevocationLists>, Failure>
load_lists(const std::vector<std::string>& paths, std::vector<std::vector<std::uint8_t>> more) {
  auto lists = net::load_revocation_lists(paths, std::move(more));
  if (lists) {
    return *std::move(lists);
  }
  // One by one, to name the one that is at fault.
  for (const std::string& path : paths) {
    if (const auto one = net::load_revocation_lists(path); !one) {
      std::error_code ignored;
      const bool is_folder = std::filesystem::is_directory(path, ignored);
      return std::unexpected(
          file_failure(one.error(), is_folder ? file_at_fault(path, one.error().reason) : path));
    }
  }
  return std::unexpected(explain(lists.error(), Side::client, Stage::setup));
}

}  // namespace handfast::command
