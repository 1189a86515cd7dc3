#include "net/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace vitrine::net {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMaxOriginBytes = 1 << 16;

fs::path with_suffix(fs::path path, const char* suffix) {
  path += suffix;
  return path;
}

[[noreturn]] void fail(const char* operation, const fs::path& path) {
  throw Error(ErrorCode::kIo, fmt::format("{} '{}': {}", operation, path.string(), std::strerror(errno)),
              "choose a folder that you may write to, with --out");
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

PartialFile::PartialFile(const fs::path& target, const std::string& url, const std::string& sha256,
                         const StopQuestion& should_stop)
    : target_(target), path_(with_suffix(target, ".part")), origin_path_(with_suffix(target, ".part.json")) {
  open_locked();
  try {
    appender_ = std::make_unique<FileAppender>(path_);
    if (read_origin(url, sha256))
      read_content(should_stop);
    else
      truncate();
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

PartialFile::~PartialFile() {
  if (num_bytes_ == 0 && !is_gone_) discard();  // nothing to go on from: a server that refused leaves no trace
  ::close(lock_);
}

void PartialFile::open_locked() {
  lock_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (lock_ < 0) fail("create", path_);
  struct stat opened {
  }, named{};
  // The other process may have finished in between: then our descriptor is of its finished file.
  const bool is_ours = ::flock(lock_, LOCK_EX | LOCK_NB) == 0 && ::fstat(lock_, &opened) == 0 &&
                       ::lstat(path_.c_str(), &named) == 0 && opened.st_ino == named.st_ino && S_ISREG(opened.st_mode);
  if (is_ours) return;
  ::close(lock_);
  throw Error(ErrorCode::kIo, fmt::format("fetch to '{}': another process is fetching this file", target_.string()),
              "wait for it, or end it");
}

bool PartialFile::read_origin(const std::string& url, const std::string& sha256) {
  std::error_code error;
  const auto size = fs::file_size(origin_path_, error);
  if (error || size > kMaxOriginBytes) return false;
  const Json json = Json::parse(read_file(origin_path_), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  origin_ = {text_of(json, "url"), text_of(json, "validator"), text_of(json, "sha256")};
  const bool is_same_content = !sha256.empty() && origin_.sha256 == sha256;
  const bool contradicts = !sha256.empty() && !origin_.sha256.empty() && origin_.sha256 != sha256;
  return origin_.url == url && !contradicts && (is_same_content || !origin_.validator.empty());
}

void PartialFile::read_content(const StopQuestion& should_stop) {
  const FileReader file(path_);
  file.read_all([&](std::span<const std::byte> piece) {
    if (should_stop && should_stop()) throw Error(ErrorCode::kInterrupted, "interrupted");
    hash_.update(piece.data(), piece.size());
  });
  num_bytes_ = static_cast<int64_t>(file.size());
}

void PartialFile::truncate() {
  if (::ftruncate(lock_, 0) != 0) fail("empty", path_);
  num_bytes_ = 0;
  hash_ = Sha256();
}

void PartialFile::restart(const PartialOrigin& origin) {
  truncate();
  origin_ = origin;
  const Json json{{"url", origin.url}, {"validator", origin.validator}, {"sha256", origin.sha256}};
  write_file_durably(origin_path_, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void PartialFile::append(std::span<const std::byte> bytes) {
  appender_->append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  hash_.update(bytes.data(), bytes.size());
  num_bytes_ += static_cast<int64_t>(bytes.size());
}

void PartialFile::sync() {
  if (::fsync(lock_) != 0) fail("sync", path_);
}

void PartialFile::finish() {
  sync();
  rename_durably(path_, target_);
  is_gone_ = true;
  std::error_code ignored;
  fs::remove(origin_path_, ignored);
}

void PartialFile::discard() {
  is_gone_ = true;
  std::error_code ignored;
  fs::remove(path_, ignored);
  fs::remove(origin_path_, ignored);
}

}  // namespace vitrine::net
