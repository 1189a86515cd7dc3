#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

FileHook& file_hook() {
  static FileHook hook;
  return hook;
}

void announce(FileOperation operation, const fs::path& path) {
  if (file_hook()) file_hook()(operation, path);
}

[[noreturn]] void fail(const char* operation, const fs::path& path, int number) {
  const ErrorCode code = number == ENOENT   ? ErrorCode::kNotFound
                         : number == ENOMEM ? ErrorCode::kOutOfMemory
                                            : ErrorCode::kIo;
  std::string hint;
  if (number == EFBIG) hint = "the file would be larger than the system allows: see `ulimit -f`";
  if (number == ENOSPC || number == EDQUOT) hint = "the disk is full: free some space, then run the same command again";
  if (number == ENOMEM) hint = "end other programs, or raise the limit on memory (see `ulimit -v`)";
  if (number == ENOENT) hint = "check the path";
  if (number == EACCES || number == EROFS)
    hint = std::string_view(operation) == "open" ? "you have no right to read it: see `ls -l`"
                                                 : "choose a folder that you may write to";
  throw Error(code, fmt::format("{} '{}': {}", operation, path.string(), std::strerror(number)), hint);
}

void write_all(int descriptor, const char* data, size_t num_bytes, const fs::path& path) {
  constexpr size_t kMaxChunk = size_t{1} << 26;  // so that a hook, and a signal, get a turn during a large write
  while (num_bytes > 0) {
    announce(FileOperation::kWrite, path);
    const ssize_t written = ::write(descriptor, data, std::min(num_bytes, kMaxChunk));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write", path, errno);
    }
    data += written;
    num_bytes -= static_cast<size_t>(written);
  }
}

constexpr size_t kMostOfAStream = size_t{1} << 30;

/// A descriptor to read from, of anything but a folder.
struct OpenedFile {
  int descriptor;
  struct stat status {};

  explicit OpenedFile(const fs::path& path, int flags = 0)
      : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)) {
    if (descriptor < 0) fail("open", path, errno);
    if (::fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode)) return;
    const int number = S_ISDIR(status.st_mode) ? EISDIR : errno;
    ::close(descriptor);
    fail("open", path, number);
  }
  ~OpenedFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  bool is_regular() const { return S_ISREG(status.st_mode); }
};

/// Opens a regular file. Anything else is not opened: that can wait for ever or, of a device, have effects of its own.
int open_regular(const char* operation, const fs::path& path, size_t& size) {
  const auto require_regular = [&](const struct stat& status) {
    if (S_ISREG(status.st_mode)) return;
    if (S_ISDIR(status.st_mode)) fail("open", path, EISDIR);
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} '{}': it is no regular file", operation, path.string()),
                "write its content to a file first, and give that file's name");
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("open", path, errno);
  require_regular(status);
  OpenedFile file(path, O_NONBLOCK);  // it may have become another thing meanwhile
  require_regular(file.status);
  size = static_cast<size_t>(file.status.st_size);
  return std::exchange(file.descriptor, -1);
}

constexpr int kMaxLinks = 40;  // as many as Linux follows

/// Where a file that is put in a path's place has to lie: behind links. A device or a pipe must not be replaced.
fs::path renamable(fs::path path) {
  std::error_code error;
  for (int links = 0; links < kMaxLinks && fs::is_symlink(path, error); ++links)
    path = path.parent_path() / fs::read_symlink(path, error);
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("write '{}': it is no regular file", path.string()),
                "give the name of a file");
  return path;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

constexpr std::string_view kTemporaryMark = ".tmp-";

/// The process in NAME.tmp-PROCESS; 0: it is no such name.
pid_t process_of(std::string_view name, std::string_view target) {
  if (!name.starts_with(target)) return 0;
  name.remove_prefix(target.size());
  if (!name.starts_with(kTemporaryMark)) return 0;
  name.remove_prefix(kTemporaryMark.size());
  pid_t process = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
  const bool is_plain = error == std::errc() && end == name.data() + name.size() && name.front() != '0';
  return is_plain && process > 0 ? process : 0;
}

}  // namespace

fs::path temporary_name(const fs::path& target) {
  fs::path name = target;
  name += fmt::format("{}{}", kTemporaryMark, ::getpid());
  return name;
}

void remove_abandoned(const fs::path& target) {
  std::error_code error;
  std::vector<fs::path> abandoned;
  for (fs::directory_iterator at(folder_of(target), error), end; !error && at != end; at.increment(error)) {
    const pid_t process = process_of(at->path().filename().string(), target.filename().string());
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) abandoned.push_back(at->path());
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

void set_file_hook(FileHook hook) { file_hook() = std::move(hook); }

std::string read_file(const fs::path& path) {
  const OpenedFile file(path);
  std::string text;
  text.reserve(static_cast<size_t>(file.status.st_size));
  std::vector<char> part(size_t{1} << 16);
  for (;;) {
    const ssize_t count = ::read(file.descriptor, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path, errno);
    if (count == 0) return text;
    text.append(part.data(), static_cast<size_t>(count));
    if (!file.is_regular() && text.size() > kMostOfAStream)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("read '{}': it gives more than 1 GiB", path.string()),
                  "give the name of a file");
  }
}

std::string read_regular_file(const fs::path& path) {
  const FileReader file(path);
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

std::string read_small_text(const fs::path& path, size_t max_bytes) {
  std::error_code error;
  if (const auto size = fs::file_size(path, error); !error && size > max_bytes)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("read '{}': it is too large (got {} bytes, at most {} are expected)", path.string(), size,
                            max_bytes),
                "the file is damaged, or another one of that name: get it again");
  std::string text = read_regular_file(path);
  if (const size_t at = text.find('\0'); at != std::string::npos)
    throw Error(ErrorCode::kCorruptData, fmt::format("read '{}': a NUL byte stands at {}", path.string(), at),
                "the file is damaged: get it again");
  return text;
}

FileReader::FileReader(const fs::path& path) : path_(path) { descriptor_ = open_regular("read", path, size_); }

FileReader::~FileReader() { ::close(descriptor_); }

void FileReader::read(size_t offset, std::span<std::byte> target) const {
  for (size_t done = 0; done < target.size();) {
    const ssize_t count =
        ::pread(descriptor_, target.data() + done, target.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path_, errno);
    if (count == 0)
      throw Error(ErrorCode::kIo,
                  fmt::format("read '{}': it got shorter while it was read (it ends at byte {}, expected {} bytes)",
                              path_.string(), offset + done, size_),
                  "another program is writing to it: let it end, then run the same command again");
    done += static_cast<size_t>(count);
  }
}

void FileReader::read_all(const std::function<void(std::span<const std::byte>)>& take) const {
  constexpr size_t kPiece = size_t{1} << 20;
  std::vector<std::byte> piece(std::min(kPiece, size_));
  for (size_t at = 0; at < size_; at += piece.size()) {
    piece.resize(std::min(piece.size(), size_ - at));
    read(at, piece);
    take(piece);
  }
}

MappedFile::MappedFile(const fs::path& path) {
  const int descriptor = open_regular("map", path, size_);
  void* const mapped = size_ > 0 ? ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0) : nullptr;
  const int number = errno;
  ::close(descriptor);
  if (mapped == MAP_FAILED) fail("map", path, number);
  data_ = static_cast<const std::byte*>(mapped);
  if (size_ > 0) note_ = NotedPath(NotedPath::Kind::kMapped, path, mapped, size_);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release_pages(std::span<const std::byte> part) const {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)), begin = reinterpret_cast<uintptr_t>(part.data());
  const uintptr_t first = (begin + page - 1) / page * page, last = (begin + part.size()) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), note_(std::move(other.note_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  note_ = std::move(other.note_);
  return *this;
}

DurableFile::DurableFile(fs::path target) : target_(renamable(std::move(target))), temporary_(target_) {
  temporary_ = temporary_name(target_);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("create", temporary_, errno);
  note_ = NotedPath(NotedPath::Kind::kTemporary, temporary_);
}

DurableFile::~DurableFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void DurableFile::write(const void* data, size_t num_bytes) {
  write_all(descriptor_, static_cast<const char*>(data), num_bytes, temporary_);
}

void DurableFile::commit() {
  announce(FileOperation::kSync, temporary_);
  if (::fsync(descriptor_) != 0) fail("sync", temporary_, errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("close", temporary_, errno);
  announce(FileOperation::kRename, target_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename onto", target_, errno);
  temporary_.clear();
  sync_folder(folder_of(target_));
}

SyncedFile::SyncedFile(fs::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("create", path_, errno);
}

SyncedFile::~SyncedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SyncedFile::write(const void* data, size_t num_bytes) {
  write_all(descriptor_, static_cast<const char*>(data), num_bytes, path_);
}

void SyncedFile::finish() {
  announce(FileOperation::kSync, path_);
  if (::fsync(descriptor_) != 0) fail("sync", path_, errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("close", path_, errno);
}

void sync_folder(const fs::path& folder) {
  announce(FileOperation::kSync, folder);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail("open folder", folder, errno);
  const int status = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (status != 0) fail("sync folder", folder, number);
}

void rename_durably(const fs::path& from, const fs::path& to) {
  announce(FileOperation::kRename, to);
  if (::rename(from.c_str(), to.c_str()) != 0) fail("rename onto", to, errno);
  sync_folder(folder_of(to));
}

void exchange_durably(const fs::path& from, const fs::path& to) {
  announce(FileOperation::kRename, to);
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail("exchange with", to, errno);
    fs::path aside = from;
    aside += ".old";
    if (::rename(to.c_str(), aside.c_str()) != 0) fail("set aside", to, errno);
    if (::rename(from.c_str(), to.c_str()) != 0) fail("rename onto", to, errno);
  }
  sync_folder(folder_of(to));
}

void write_file_durably(const fs::path& path, std::string_view content) {
  DurableFile file(path);
  file.write(content);
  file.commit();
}

FileAppender::FileAppender(const fs::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("open for appending", path, errno);
}

FileAppender::~FileAppender() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileAppender::append(std::string_view bytes) { write_all(descriptor_, bytes.data(), bytes.size(), path_); }

void LineAppender::append(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  file_.append(whole);
}

FooterFile::FooterFile(fs::path path, std::string_view header, std::string footer)
    : path_(std::move(path)), footer_(std::move(footer)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0644);
  if (descriptor_ < 0) fail("create", path_, errno);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(ErrorCode::kInvalidArgument, fmt::format("create '{}': not a regular file", path_.string()),
                "give the name of a file on disk");
  }
  try {
    append(header);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

FooterFile::~FooterFile() { ::close(descriptor_); }

void FooterFile::write_at_end(std::string_view bytes) {
  announce(FileOperation::kWrite, path_);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, body_bytes_ + static_cast<int64_t>(done));
    if (written < 0 && errno != EINTR) fail("write", path_, errno);
    done += written > 0 ? static_cast<size_t>(written) : 0;
  }
}

void FooterFile::append(std::string_view bytes) {
  try {
    write_at_end(std::string(bytes) + footer_);
  } catch (...) {
    // The old footer's place is on the disk already, so this can work even where the disk is full.
    [[maybe_unused]] const bool is_restored =
        ::pwrite(descriptor_, footer_.data(), footer_.size(), body_bytes_) == static_cast<ssize_t>(footer_.size()) &&
        ::ftruncate(descriptor_, size()) == 0;
    throw;
  }
  body_bytes_ += static_cast<int64_t>(bytes.size());
}

}  // namespace vitrine
