#include "serve/store_lock.h"

#include <fmt/format.h>

namespace vitrine::serve {

// A file of its own: SQLite has locks on the database, and closing any descriptor of that would let them go.
StoreLock::StoreLock(const std::filesystem::path& store_file)
    : lock_(FileLock::Place::kFile, store_file.string() + ".lock",
            Error(ErrorCode::kInvalidArgument,
                  fmt::format("serve: another server is at work with the store '{}'", store_file.string()),
                  "stop it, or give this one a store of its own with --store FILE")) {}

}  // namespace vitrine::serve
