// One SQLite database: statements, transactions, migrations. Inside of store only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace vitrine::store {

class Database;

/// A statement with its values; the rows of one run. Errors of all: kIo, kCorruptData with SQLite's words.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int64_t value);
  Statement& bind(int value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(bool value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bind(const char* value) { return bind(std::string_view(value)); }
  Statement& bind(const std::string& value) { return bind(std::string_view(value)); }
  Statement& bind_blob(std::string_view value);
  Statement& bind_null();
  Statement& bind(const std::optional<int64_t>& value) { return value ? bind(*value) : bind_null(); }
  /// Null for an empty text.
  Statement& bind_or_null(std::string_view value) { return value.empty() ? bind_null() : bind(value); }

  /// The next row. False: there is none.
  bool step();
  /// Runs a statement that gives no rows.
  void run() {
    while (step()) {
    }
  }

  bool is_null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::optional<int64_t> optional_integer(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

/// Threads: one caller at a time.
class Database {
 public:
  /// Opens or makes a file with a write-ahead log, synced at every commit; deleted content is overwritten.
  /// Errors: kIo, kCorruptData for a file that is no database.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements without values.
  void execute(const std::string& sql);
  int64_t last_id() const;
  int64_t num_changes() const;
  /// Moves the log into the file and empties it.
  void checkpoint();
  [[noreturn]] void fail(std::string_view operation) const;
  sqlite3* handle() { return database_; }

 private:
  sqlite3* database_ = nullptr;
  std::string path_;
};

/// Begins; takes everything back unless commit() was called.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

/// Commits do not wait for the disk while it is there. Not within a transaction.
class UnsyncedWrites {
 public:
  explicit UnsyncedWrites(Database& database) : database_(database) {
    database_.execute("PRAGMA synchronous = NORMAL");
  }
  ~UnsyncedWrites();
  UnsyncedWrites(const UnsyncedWrites&) = delete;
  UnsyncedWrites& operator=(const UnsyncedWrites&) = delete;

 private:
  Database& database_;
};

/// Brings a database to the newest form. Errors: kMismatch for one that a later version wrote.
void migrate(Database& database);

}  // namespace vitrine::store
