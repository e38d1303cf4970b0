// Files: trusted authorities, revocation lists, credentials.
#include "handfast/net.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handfast::net {

namespace {

constexpr std::size_t largest_list = std::size_t{100} << 20;

/// Where distributions keep all their authorities in one file.
constexpr std::array bundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, the BSDs
};

/// Where they keep one file each.
constexpr std::array folders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// A file that was read already, perhaps under another name: folders of authorities are full of
/// links.
using Identity = std::pair<dev_t, ino_t>;

/// Text that may hold a private key: wiped when it goes, on every way out.
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

Reason file_reason(int error) {
  return error == ENOENT || error == ENOTDIR ? Reason::file_missing : Reason::file_unreadable;
}

/// Base64 of RFC 4648 §4.
std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < left ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= left ? alphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

/// `file` as PEM text; what is neither PEM nor DER comes to nothing.
std::string as_pem(std::string file) {
  constexpr char sequence = 0x30;  // every certificate in DER begins with this tag
  if (file.empty() || file.front() != sequence || file.find("-----BEGIN") != std::string::npos) {
    return file;
  }
  return "-----BEGIN CERTIFICATE-----\n" + encode_base64(file) + "\n-----END CERTIFICATE-----\n";
}

/// Calls `visit(path)` for each file of the folder, links to one file but once. Fails as `visit`.
template <class Visit>
Result<> each_file(const std::string& path, Visit&& visit) {
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (folder == nullptr) {
    return fail(file_reason(errno));
  }
  std::vector<Identity> seen;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string file = path + '/' + entry->d_name;
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
      continue;
    }
    const Identity identity(status.st_dev, status.st_ino);
    if (std::ranges::find(seen, identity) != seen.end()) {
      continue;
    }
    seen.push_back(identity);
    if (const Result<> visited = visit(file); !visited) {
      return visited;
    }
  }
  return {};
}

Result<> append_folder(const std::string& path, std::string& pem) {
  return each_file(path, [&](const std::string& file) -> Result<> {
    // One file of others that cannot be read must not take the rest away.
    if (Result<std::string> text = read_file(file)) {
      pem += as_pem(*std::move(text)) + '\n';
    }
    return {};
  });
}

Result<> append_authorities(const std::string& path, std::string& pem) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(file_reason(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return append_folder(path, pem);
  }
  Result<std::string> text = read_file(path);
  if (!text) {
    return std::unexpected(text.error());
  }
  pem += as_pem(*std::move(text)) + '\n';
  return {};
}

/// Whether a file of a folder is meant: others may lie there too.
bool may_hold_lists(std::string_view file) {
  const bool is_der =
      file.size() > 1 && file[0] == '\x30' && static_cast<unsigned char>(file[1]) > 0x7f;
  return is_der || file.find("-----BEGIN X509 CRL") != std::string_view::npos ||
         file.find("-----BEGIN CERTIFICATE") != std::string_view::npos;
}

using Files = std::vector<std::vector<std::uint8_t>>;

Result<> append_lists(const std::string& path, Files& files) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(file_reason(errno));
  }
  const bool is_folder = S_ISDIR(status.st_mode);
  const auto append = [&](const std::string& file) -> Result<> {
    const Result<std::string> text = read_file(file, largest_list);
    if (!text) {
      return std::unexpected(text.error());
    }
    if (!is_folder || may_hold_lists(*text)) {
      files.emplace_back(text->begin(), text->end());
    }
    return {};
  };
  return is_folder ? each_file(path, append) : append(path);
}

/// The parts of a list such as "/a:/b".
std::vector<std::string> split_at_colons(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    if (end > 0) {
      parts.emplace_back(list.substr(0, end));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

}  // namespace

Result<std::shared_ptr<const Trust>> system_trust() {
  if (const char* file = std::getenv("SSL_CERT_FILE")) {
    return load_trust(std::string(file));
  }
  if (const char* list = std::getenv("SSL_CERT_DIR")) {
    return load_trust(split_at_colons(list));
  }
  for (const char* path : bundles) {
    if (::access(path, R_OK) == 0) {
      return load_trust(std::string(path));
    }
  }
  for (const char* path : folders) {
    if (::access(path, R_OK | X_OK) == 0) {
      return load_trust(std::string(path));
    }
  }
  return fail(Reason::trust_empty);
}

Result<std::shared_ptr<const Trust>> load_trust(const std::string& path) {
  return load_trust(std::vector{path});
}

Result<std::shared_ptr<const Trust>> load_trust(const std::vector<std::string>& paths) {
  std::string pem;
  for (const std::string& path : paths) {
    if (const Result<> appended = append_authorities(path, pem); !appended) {
      return std::unexpected(appended.error());
    }
  }
  return Trust::from_pem(pem);
}

Result<std::shared_ptr<const RevocationLists>> load_revocation_lists(const std::string& path) {
  return load_revocation_lists(std::vector{path});
}

Result<std::shared_ptr<const RevocationLists>>
load_revocation_lists(const std::vector<std::string>& paths,
                      std::vector<std::vector<std::uint8_t>> more) {
  Files files = std::move(more);
  for (const std::string& path : paths) {
    if (const Result<> appended = append_lists(path, files); !appended) {
      return std::unexpected(appended.error());
    }
  }
  return RevocationLists::parse(std::move(files));
}

Result<std::shared_ptr<const Credential>> load_credential(const std::string& chain_path,
                                                          const std::string& key_path) {
  Result<std::string> chain_file = read_file(chain_path);
  if (!chain_file) {
    return std::unexpected(chain_file.error());
  }
  const KeyText chain(*std::move(chain_file));  // which may hold the key too
  Result<std::string> key_file = read_file(key_path);
  if (!key_file) {
    return std::unexpected(key_file.error());
  }
  const KeyText key(*std::move(key_file));
  return Credential::from_pem(chain.view(), key.view());
}

Result<std::string> read_file(const std::string& path, std::size_t largest) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return fail(file_reason(errno));
  }
  struct stat status{};
  if (::fstat(file.number(), &status) != 0 || S_ISDIR(status.st_mode) ||
      status.st_size > static_cast<off_t>(largest)) {
    return fail(Reason::file_unreadable);
  }
  // One allocation, for a key's text must not be left behind in buffers that were outgrown. Pipes
  // and the like tell no size.
  const bool is_sized = S_ISREG(status.st_mode) && status.st_size > 0;
  std::string text(is_sized ? static_cast<std::size_t>(status.st_size) : largest, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      ::explicit_bzero(text.data(), size);
      return fail(Reason::file_unreadable);
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

UnixTime now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::seconds>(since).count()};
}

}  // namespace handfast::net
