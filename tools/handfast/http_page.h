// The pages that the server writes itself: folder listings and errors.
#pragma once

#include "handfast/http_folder.h"
#include "handfast/http_path.h"
#include "handfast/http_request.h"

#include <string>
#include <string_view>

namespace handfast::http {

/// The listing of a folder.
[[nodiscard]] std::string listing_page(const Path& path, const Listing& listing);

/// A page that names `status` and says in a sentence what to do.
[[nodiscard]] std::string error_page(Status status);

/// Text for HTML, in content and in quoted attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

/// "4.1 kB"
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace handfast::http
