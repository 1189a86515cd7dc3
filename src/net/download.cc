#include "net/download.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "base/sha256.h"
#include "net/partial_file.h"
#include "net/url.h"

namespace vitrine::net {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSpareDiskBytes = 64 << 20;
constexpr int64_t kDiskQuestionBytes = 256 << 20;  // where the size is unknown, the disk is asked again after this much
constexpr std::string_view kGgufMagic = "GGUF";

std::string megabytes(int64_t num_bytes) { return fmt::format("{:.1f} MB", static_cast<double>(num_bytes) / 1e6); }

/// Thrown out of a transfer when the head shows that the file need not be fetched.
struct AlreadyThere {};

/// "bytes 5-9/10" as its first byte and the whole size; either may be missing (-1).
struct ContentRange {
  int64_t first = -1, total = -1;
};

ContentRange parse_content_range(std::string_view text) {
  ContentRange range;
  if (!text.starts_with("bytes ")) return range;
  text.remove_prefix(6);
  const auto number = [](std::string_view digits) {
    int64_t value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : -1;
  };
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return range;
  range.first = number(text.substr(0, std::min(text.find('-'), slash)));
  range.total = number(text.substr(slash + 1));
  return range;
}

/// A strong ETag, or the date; what If-Range may name. Source: RFC 9110, section 13.1.5.
std::string validator_of(const HttpHead& head) {
  const std::string etag = head.header("etag");
  if (etag.size() > 2 && etag.front() == '"' && etag.size() < 512) return etag;
  return head.header("last-modified").substr(0, 64);
}

/// One download, over as many transfers as it takes.
class Download {
 public:
  Download(const RemoteFile& file, const fs::path& target, const DownloadOptions& options)
      : file_(file),
        target_(target),
        options_(options),
        url_(parse_url(file.url)),
        sha256_(file.sha256),
        expected_bytes_(file.num_bytes) {}

  DownloadResult run() {
    if (is_there()) return there(sha256_, !sha256_.empty());
    part_ = std::make_unique<PartialFile>(target_, url_.text(), sha256_, options_.transfer.should_stop);
    resumed_at_ = furthest_bytes_ = part_->size();
    try {
      fetch_whole();
    } catch (const AlreadyThere&) {
      part_->discard();
      return there(sha256_of_file(target_), false);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      part_->sync();
      throw Error(ErrorCode::kInterrupted, fmt::format("interrupted while fetching '{}'", target_.filename().string()),
                  fmt::format("{} are kept: the same command goes on from there", megabytes(part_->size())));
    }
    const std::string digest = part_->sha256();
    const int64_t num_bytes = part_->size();
    part_->finish();
    return {num_bytes, digest, !sha256_.empty(), false, resumed_at_};
  }

 private:
  bool is_there() const {
    std::error_code error;
    if (sha256_.empty() || !fs::is_regular_file(target_, error)) return false;
    return sha256_of_file(target_, options_.transfer.should_stop) == sha256_;
  }

  DownloadResult there(const std::string& sha256, bool is_verified) const {
    return {static_cast<int64_t>(fs::file_size(target_)), sha256, is_verified, true, 0};
  }

  void fetch_whole() {
    for (;;) {
      while (!is_complete_) attempt();
      if (target_.extension() == ".gguf" && part_->size() < static_cast<int64_t>(kGgufMagic.size()))
        reject(fmt::format("what came is no GGUF file (got {} bytes)", part_->size()));
      if (expected_bytes_ && part_->size() != *expected_bytes_)
        reject(fmt::format("{} bytes came, and {} were expected", part_->size(), *expected_bytes_));
      const std::string got = part_->sha256();
      if (sha256_.empty() || got == sha256_) return;
      // What an earlier try left may be what is wrong: once more from the start.
      if (resumed_at_ == 0) reject(fmt::format("its checksum is wrong (got {}, expected {})", got, sha256_));
      start_anew();
    }
  }

  [[noreturn]] void reject(const std::string& problem) {
    part_->discard();
    throw Error(ErrorCode::kCorruptData, fmt::format("fetch '{}': {}", excerpt(url_.text(), 300), problem),
                "what came was dropped: try again, or take it from another place");
  }

  void start_anew() {
    forget();
    part_->restart({url_.text(), "", sha256_});
    is_complete_ = false;
  }

  /// Before what is there is dropped. A first time what comes next counts as progress from its beginning; a server that
  /// makes us begin again and again has to bring more than ever before.
  void forget() {
    resumed_at_ = 0;
    if (part_->size() > 0 && ++restarts_ == 1) furthest_bytes_ = 0;
  }

  void attempt() {
    if (expected_bytes_ && part_->size() > *expected_bytes_) start_anew();
    if (expected_bytes_ && part_->size() == *expected_bytes_ && part_->size() > 0) {
      is_complete_ = true;
      return;
    }
    const int64_t before = part_->size();
    try {
      transfer();
      // A server may send less of a range than was asked for: then the rest is asked for next.
      is_complete_ = !takes_body_ || total_ < 0 || part_->size() >= total_;
      if (!is_complete_ && part_->size() <= before)
        throw TransientError(ErrorCode::kIo, fmt::format("fetch '{}': nothing came", excerpt(url_.text(), 300)),
                             "try again");
    } catch (const TransientError& failure) {
      const bool made_progress = part_->size() > furthest_bytes_;
      furthest_bytes_ = std::max(furthest_bytes_, part_->size());
      retries_.wait(failure, made_progress);
    }
  }

  void transfer() {
    HttpRequest request{.url = file_.url,
                        .headers = {{"Accept-Encoding", "identity"}},
                        .authorization = file_.authorization,
                        .stall_seconds = options_.transfer.stall_seconds,
                        .should_stop = options_.transfer.should_stop};
    asked_from_ = part_->size();
    if (asked_from_ > 0) {
      request.headers.push_back({"Range", fmt::format("bytes={}-", asked_from_)});
      // Where the checksum is known it decides; a validator may differ from one server of a hub to the next.
      if (sha256_.empty()) request.headers.push_back({"If-Range", part_->origin().validator});
    }
    takes_body_ = true;
    http_get(request,
             {.on_head = [&](const HttpHead& head, const HttpExchange& redirects) { take_head(head, redirects); },
              .on_body = [&](std::span<const std::byte> piece) { take_body(piece); }});
  }

  void take_head(const HttpHead& head, const HttpExchange& redirects) {
    const std::string encoding = head.header("content-encoding");
    if (!encoding.empty() && encoding != "identity")
      reject(fmt::format("the server packs it ('{}') though it was not asked to", excerpt(encoding)));
    if (head.status == 416) return take_unsatisfied(head);
    learn_from(redirects.empty() ? head : redirects.front());
    const ContentRange range = parse_content_range(head.header("content-range"));
    if (head.status == 206 && !continues(head, range)) {
      start_anew();
      throw TransientError(
          ErrorCode::kIo,
          fmt::format("fetch '{}': the server sent another part than asked for", excerpt(url_.text(), 300)),
          "the server cannot resume: try again");
    }
    total_ = head.status == 206 ? range.total : head.content_length().value_or(-1);
    require_plausible_total();
    if (head.status == 200) {
      if (is_same_size_there()) throw AlreadyThere();
      forget();
      part_->restart({url_.text(), validator_of(head), sha256_});
    }
    const int64_t missing = total_ >= 0 ? total_ - part_->size() : 0;
    require_free_bytes(folder(), missing, fmt::format("fetch '{}'", target_.filename().string()));
    report();
  }

  /// Whether a part goes on where ours ends, in the same file. Some servers do not look at If-Range.
  bool continues(const HttpHead& head, const ContentRange& range) const {
    if (asked_from_ == 0 || range.first != asked_from_) return false;
    const std::string validator = validator_of(head);
    return !sha256_.empty() || validator.empty() || validator == part_->origin().validator;
  }

  /// "Nothing lies behind what you have": then it is whole, or something else than before.
  void take_unsatisfied(const HttpHead& head) {
    takes_body_ = false;
    const ContentRange range = parse_content_range(head.header("content-range"));
    if (asked_from_ > 0 && range.total == asked_from_) return;
    start_anew();
    throw TransientError(
        ErrorCode::kIo,
        fmt::format("fetch '{}': status 416, the file on the server is another one", excerpt(url_.text(), 300)),
        "try again");
  }

  /// Hubs say size and checksum of a large file in the answer that redirects to its storage.
  void learn_from(const HttpHead& first) {
    std::string etag = first.header("x-linked-etag");
    std::erase(etag, '"');
    if (const std::string digest = normalized_sha256(etag); sha256_.empty() && !digest.empty()) sha256_ = digest;
  }

  void require_plausible_total() {
    if (expected_bytes_ && total_ >= 0 && total_ != *expected_bytes_)
      reject(fmt::format("the server has {} bytes, and {} were expected", total_, *expected_bytes_));
    if (std::max(total_, int64_t{0}) > options_.max_bytes) throw_too_large(total_);
    if (total_ >= 0 && total_ < part_->size())
      reject(fmt::format("the server has {} bytes, and {} are here", total_, part_->size()));
  }

  [[noreturn]] void throw_too_large(int64_t num_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("fetch '{}': too large (got {} bytes or more, allowed {})", excerpt(url_.text(), 300),
                            num_bytes, options_.max_bytes),
                "--max-size allows more");
  }

  bool is_same_size_there() const {
    std::error_code error;
    if (!sha256_.empty() || file_.is_always_fetched || total_ <= 0 || !fs::is_regular_file(target_, error) ||
        static_cast<int64_t>(fs::file_size(target_, error)) != total_)
      return false;
    return file_.fetched_sha256.empty() ||
           sha256_of_file(target_, options_.transfer.should_stop) == file_.fetched_sha256;
  }

  void take_body(std::span<const std::byte> piece) {
    if (!takes_body_) return;
    require_magic(piece);
    const int64_t before = part_->size(), after = before + static_cast<int64_t>(piece.size());
    if (after > options_.max_bytes) throw_too_large(after);
    if (total_ >= 0 && after > total_)
      reject(fmt::format("the server sends more than the {} bytes that it has", total_));
    if (expected_bytes_ && after > *expected_bytes_)
      reject(fmt::format("the server sends more than the {} bytes that were expected", *expected_bytes_));
    if (total_ < 0 && before / kDiskQuestionBytes != after / kDiskQuestionBytes)
      require_free_bytes(folder(), kDiskQuestionBytes, fmt::format("fetch '{}'", target_.filename().string()));
    part_->append(piece);
    report();
  }

  /// A page that says "not found" with status 200 must not become a model.
  void require_magic(std::span<const std::byte> piece) {
    if (target_.extension() != ".gguf" || part_->size() >= static_cast<int64_t>(kGgufMagic.size())) return;
    const std::string_view expected = kGgufMagic.substr(static_cast<size_t>(part_->size()));
    const std::string_view got(reinterpret_cast<const char*>(piece.data()), std::min(piece.size(), expected.size()));
    if (!expected.starts_with(got)) reject(fmt::format("what comes is no GGUF file (it begins '{}')", excerpt(got)));
  }

  void report() const {
    if (options_.on_progress) options_.on_progress(part_->size(), total_ >= 0 ? total_ : expected_bytes_.value_or(0));
  }

  fs::path folder() const { return target_.has_parent_path() ? target_.parent_path() : fs::path("."); }

  const RemoteFile& file_;
  const fs::path& target_;
  const DownloadOptions& options_;
  const Url url_;
  std::string sha256_;
  std::optional<int64_t> expected_bytes_;
  Retries retries_{options_.transfer};
  std::unique_ptr<PartialFile> part_;
  int64_t resumed_at_ = 0, asked_from_ = 0, total_ = -1;
  int64_t furthest_bytes_ = 0, restarts_ = 0;
  bool is_complete_ = false, takes_body_ = true;
};

}  // namespace

void require_free_bytes(const fs::path& folder, int64_t num_bytes, const std::string& what) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return;  // then writing will tell
  const auto free_bytes = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (num_bytes + kSpareDiskBytes <= free_bytes) return;
  throw Error(
      ErrorCode::kIo,
      fmt::format("{}: the disk of '{}' has too little room ({} are needed, and {} to spare; {} are free)", what,
                  folder.string(), megabytes(num_bytes), megabytes(kSpareDiskBytes), megabytes(free_bytes)),
      "free some space, or choose another disk with --out or VITRINE_HOME");
}

std::string sha256_of_file(const fs::path& path, const StopQuestion& should_stop) {
  Sha256 hash;
  FileReader(path).read_all([&](std::span<const std::byte> piece) {
    if (should_stop && should_stop()) throw Error(ErrorCode::kInterrupted, "interrupted");
    hash.update(piece.data(), piece.size());
  });
  return hash.hex();
}

DownloadResult download(const RemoteFile& file, const fs::path& target, const DownloadOptions& options) {
  return Download(file, target, options).run();
}

}  // namespace vitrine::net
