#include "x509/crl_store.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "der/pem.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace handfast::x509 {

namespace {

// The directory name among GeneralNames; empty if there is none.
Bytes directory_name(Bytes general_names) {
  der::Reader names(general_names);
  while (!names.at_end()) {
    const GeneralName name = read_general_name(names);
    if (name.kind == NameKind::directory_name) {
      return name.value;
    }
  }
  return {};
}

bool is_below(Bytes a, Bytes b) { return std::ranges::lexicographical_compare(a, b); }

}  // namespace

SignerMemo::Known SignerMemo::ask(Bytes public_key_info) const {
  if (state_.load(std::memory_order_acquire) != State::written) {
    return Known::nothing;
  }
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, public_key_info);
  return der::equal(digest.bytes(), digest_) ? Known::this_key : Known::another_key;
}

void SignerMemo::note(Bytes public_key_info) const {
  State expected = State::empty;
  if (state_.compare_exchange_strong(expected, State::being_written)) {
    const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, public_key_info);
    std::ranges::copy(digest.bytes(), digest_.begin());
    state_.store(State::written, std::memory_order_release);
  }
}

Result<std::unique_ptr<const StoredCrl>> StoredCrl::make(std::vector<std::uint8_t> der) {
  std::unique_ptr<StoredCrl> stored(new StoredCrl);
  stored->der_ = std::move(der);
  const Result<Crl> crl = Crl::parse(stored->der_);
  if (!crl) {
    return std::unexpected(crl.error());
  }
  stored->crl_ = *crl;
  stored->index();
  return std::unique_ptr<const StoredCrl>(std::move(stored));
}

void StoredCrl::index() {
  issuers_ = {crl_.issuer};
  CrlEntries entries(crl_);
  std::size_t offset = 0;
  std::uint32_t issuer = 0;
  while (const std::optional<CrlEntry> entry = entries.next()) {
    // RFC 5280 §5.3.3: an entry without the extension has the issuer of the entry before.
    if (!entry->certificate_issuer.empty()) {
      issuers_.push_back(directory_name(entry->certificate_issuer));
      issuer = static_cast<std::uint32_t>(issuers_.size() - 1);
    }
    rows_.push_back({entry->serial, static_cast<std::uint32_t>(offset), issuer});
    offset = entries.offset();
  }
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    return is_below(a.serial, b.serial) || (!is_below(b.serial, a.serial) && a.offset < b.offset);
  });
  rows_.shrink_to_fit();
}

std::optional<CrlEntry> StoredCrl::find(const Certificate& certificate) const {
  const auto rows = std::ranges::equal_range(rows_, certificate.serial, is_below, &Row::serial);
  for (const Row& row : rows) {
    const Bytes issuer = issuers_[row.issuer];
    if (!issuer.empty() && same_name(issuer, certificate.issuer)) {
      return CrlEntries(crl_, row.offset).next();
    }
  }
  return std::nullopt;
}

Result<> CrlStore::add_crl(std::vector<std::uint8_t> der) {
  Result<std::unique_ptr<const StoredCrl>> list = StoredCrl::make(std::move(der));
  if (!list) {
    return std::unexpected(list.error());
  }
  lists_.push_back(*std::move(list));
  return {};
}

Result<> CrlStore::add_certificate(std::vector<std::uint8_t> der) {
  // Moving the vector afterwards does not move the bytes that the views lie in.
  const Result<Certificate> certificate = Certificate::parse(der);
  if (!certificate) {
    return std::unexpected(certificate.error());
  }
  ders_.push_back(std::move(der));
  certificates_.push_back(*certificate);
  return {};
}

void CrlStore::sort() {
  std::vector<std::pair<std::uint64_t, std::unique_ptr<const StoredCrl>>> sorted;
  sorted.reserve(lists_.size());
  for (auto& list : lists_) {
    const std::uint64_t hash = hash_name(list->crl().issuer);
    sorted.emplace_back(hash, std::move(list));
  }
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first
                              : b.second->crl().this_update < a.second->crl().this_update;
  });
  lists_.clear();
  for (auto& [hash, list] : sorted) {
    hashes_.push_back(hash);
    lists_.push_back(std::move(list));
  }
}

// Two names of one hash are next to impossible; whoever asks compares the names all the same.
std::span<const std::unique_ptr<const StoredCrl>> CrlStore::find(Bytes issuer) const {
  const auto [first, last] = std::ranges::equal_range(hashes_, hash_name(issuer));
  return std::span(lists_).subspan(static_cast<std::size_t>(first - hashes_.begin()),
                                   static_cast<std::size_t>(last - first));
}

}  // namespace handfast::x509

namespace handfast {

namespace {

using File = std::vector<std::uint8_t>;

Result<> add_pem(std::string_view text, x509::CrlStore& store) {
  der::PemScanner scanner(text);
  bool is_empty = true;
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    const bool is_list = block->label == "X509 CRL";
    if (!is_list && block->label != "CERTIFICATE") {
      continue;
    }
    Result<File> der = der::decode_pem(*block, limits::crl_pem_block);
    if (!der) {
      return std::unexpected(der.error());
    }
    const Result<> added =
        is_list ? store.add_crl(*std::move(der)) : store.add_certificate(*std::move(der));
    if (!added) {
      return added;
    }
    is_empty = false;
  }
  return is_empty ? Result<>(fail(Reason::pem_malformed)) : Result<>();
}

// A list or certificate has more than 127 bytes, so its second octet is none that text has.
bool is_der(const File& file) {
  return file.size() > 1 && file[0] == static_cast<std::uint8_t>(der::Tag::sequence) &&
         file[1] > 0x7f;
}

Result<> add_file(File file, x509::CrlStore& store) {
  if (!is_der(file)) {
    const void* const text = file.data();
    return add_pem({static_cast<const char*>(text), file.size()}, store);
  }
  if (Certificate::parse(file)) {
    return store.add_certificate(std::move(file));
  }
  return store.add_crl(std::move(file));
}

}  // namespace

Result<std::shared_ptr<const RevocationLists>> RevocationLists::parse(std::vector<File> files) {
  auto store = std::make_unique<x509::CrlStore>();
  for (File& file : files) {
    if (const Result<> added = add_file(std::move(file), *store); !added) {
      return std::unexpected(added.error());
    }
  }
  if (store->size() == 0) {
    return fail(Reason::pem_malformed);
  }
  store->sort();
  return std::shared_ptr<const RevocationLists>(new RevocationLists(std::move(store)));
}

RevocationLists::RevocationLists(std::unique_ptr<x509::CrlStore> store)
    : store_(std::move(store)) {}

RevocationLists::~RevocationLists() = default;

std::size_t RevocationLists::size() const { return store_->size(); }

}  // namespace handfast
