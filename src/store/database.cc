#include "store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.h"
#include "store/search_tokenizer.h"

namespace vitrine::store {

Database::Database(const std::filesystem::path& path) : path_(path.string()) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  if (sqlite3_open_v2(path_.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                      nullptr) != SQLITE_OK) {
    const std::string why = database_ ? sqlite3_errmsg(database_) : "no memory";
    sqlite3_close(database_);
    throw Error(ErrorCode::kIo, fmt::format("open '{}': {}", path_, why), "check the folder and its permissions");
  }
  // Conversations are nobody else's.
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  sqlite3_busy_timeout(database_, 5000);
  try {
    register_search_tokenizer(database_);
    execute(
        "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(database_); }

void Database::fail(std::string_view operation) const {
  const int code = sqlite3_errcode(database_);
  const bool is_corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  throw Error(is_corrupt ? ErrorCode::kCorruptData : ErrorCode::kIo,
              fmt::format("store '{}': {} ({})", path_, sqlite3_errmsg(database_), operation),
              is_corrupt ? "the file is damaged, or no database: move it away" : "");
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("execute");
}

int64_t Database::last_id() const { return sqlite3_last_insert_rowid(database_); }
int64_t Database::num_changes() const { return sqlite3_changes(database_); }

void Database::checkpoint() {
  if (sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
    fail("checkpoint");
}

Transaction::~Transaction() {
  if (!is_open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {  // the transaction ended by itself
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  is_open_ = false;
}

UnsyncedWrites::~UnsyncedWrites() {
  try {
    database_.execute("PRAGMA synchronous = FULL");
  } catch (const Error&) {  // there is no memory; the next to set it does
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
      SQLITE_OK)
    database.fail("prepare");
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int64_t value) {
  if (sqlite3_bind_int64(statement_, next_++, value) != SQLITE_OK) database_.fail("bind");
  return *this;
}
Statement& Statement::bind(double value) {
  if (sqlite3_bind_double(statement_, next_++, value) != SQLITE_OK) database_.fail("bind");
  return *this;
}
Statement& Statement::bind(std::string_view value) {
  if (sqlite3_bind_text64(statement_, next_++, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8) != SQLITE_OK)
    database_.fail("bind");
  return *this;
}
Statement& Statement::bind_blob(std::string_view value) {
  if (sqlite3_bind_blob64(statement_, next_++, value.data(), value.size(), SQLITE_TRANSIENT) != SQLITE_OK)
    database_.fail("bind");
  return *this;
}
Statement& Statement::bind_null() {
  if (sqlite3_bind_null(statement_, next_++) != SQLITE_OK) database_.fail("bind");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail("step");
  return false;
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string Statement::text(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}
std::optional<int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::filesystem::path real_store_file(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;
  std::error_code error;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, error); ++i) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  const std::filesystem::path found = std::filesystem::weakly_canonical(absolute, error);
  return error ? absolute : found;
}

}  // namespace vitrine::store
