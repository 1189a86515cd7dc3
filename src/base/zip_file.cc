#include "base/zip_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "base/error.h"

namespace vitrine {
namespace {

constexpr uint64_t kEndRecordBytes = 22, kMaxCommentBytes = 65535, kLocalHeaderBytes = 30, kCentralHeaderBytes = 46;
constexpr uint64_t kZip64LocatorBytes = 20, kZip64EndRecordBytes = 56;
constexpr uint32_t kLocalSignature = 0x04034b50, kCentralSignature = 0x02014b50, kEndSignature = 0x06054b50;
constexpr uint32_t kZip64LocatorSignature = 0x07064b50, kZip64EndSignature = 0x06064b50;
constexpr uint16_t kEncrypted = 1, kStored = 0, kDeflated = 8, kZip64Field = 1;
constexpr uint32_t kIn32Bits = 0xFFFFFFFF;   // "see the ZIP64 field"
constexpr uint64_t kMaxDeflateRatio = 1032;  // a match of 258 bytes takes two bits at least
constexpr uint64_t kMaxEntries = 1'000'000;
constexpr size_t kPieceBytes = 1 << 18;

[[noreturn]] void corrupt(const std::string& problem) {
  throw Error(ErrorCode::kCorruptData, "read zip archive: " + problem, "the archive is damaged: fetch it again");
}

/// Little-endian numbers at places that are checked.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, uint64_t at) : bytes_(bytes), at_(at) {}

  template <typename Number>
  Number take(const char* what) {
    require(sizeof(Number), what);
    Number number = 0;
    for (size_t i = 0; i < sizeof(Number); ++i)
      number = static_cast<Number>(number | static_cast<Number>(std::to_integer<uint64_t>(bytes_[at_ + i]) << (8 * i)));
    at_ += sizeof(Number);
    return number;
  }
  std::string_view text(uint64_t length, const char* what) {
    require(length, what);
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + at_;
    at_ += length;
    return {begin, length};
  }
  void skip(uint64_t length, const char* what) { text(length, what); }
  uint64_t at() const { return at_; }

 private:
  void require(uint64_t length, const char* what) const {
    if (at_ > bytes_.size() || length > bytes_.size() - at_)
      corrupt(fmt::format("{} lies beyond its end (offset {}, archive of {} bytes)", what, at_, bytes_.size()));
  }

  std::span<const std::byte> bytes_;
  uint64_t at_;
};

struct Directory {
  uint64_t offset = 0, num_bytes = 0, num_entries = 0;
};

uint32_t signature_at(std::span<const std::byte> bytes, uint64_t at) {
  return Reader(bytes, at).take<uint32_t>("a record");
}

uint64_t find_end_record(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndRecordBytes) corrupt(fmt::format("too short ({} bytes)", bytes.size()));
  const uint64_t last = bytes.size() - kEndRecordBytes;
  const uint64_t first = last > kMaxCommentBytes ? last - kMaxCommentBytes : 0;
  for (uint64_t at = last + 1; at-- > first;)
    if (signature_at(bytes, at) == kEndSignature &&
        Reader(bytes, at + 20).take<uint16_t>("a comment") == bytes.size() - at - kEndRecordBytes)
      return at;
  corrupt("no directory at its end");
}

Directory read_zip64_end(std::span<const std::byte> bytes, uint64_t end_record) {
  if (end_record < kZip64LocatorBytes) corrupt("no room for its ZIP64 locator");
  Reader locator(bytes, end_record - kZip64LocatorBytes);
  if (locator.take<uint32_t>("the ZIP64 locator") != kZip64LocatorSignature) corrupt("its ZIP64 locator is missing");
  locator.skip(4, "the ZIP64 locator");
  const auto at = locator.take<uint64_t>("the ZIP64 locator");
  Reader record(bytes, at);
  if (record.take<uint32_t>("the ZIP64 record") != kZip64EndSignature) corrupt("its ZIP64 record is missing");
  record.skip(kZip64EndRecordBytes - 4 - 32, "the ZIP64 record");
  const auto entries_here = record.take<uint64_t>("the ZIP64 record");
  Directory directory;
  directory.num_entries = record.take<uint64_t>("the ZIP64 record");
  directory.num_bytes = record.take<uint64_t>("the ZIP64 record");
  directory.offset = record.take<uint64_t>("the ZIP64 record");
  if (entries_here != directory.num_entries) corrupt("it is one of several volumes");
  return directory;
}

Directory read_end(std::span<const std::byte> bytes) {
  const uint64_t at = find_end_record(bytes);
  Reader record(bytes, at + 4);
  const auto disk = record.take<uint16_t>("the end"), directory_disk = record.take<uint16_t>("the end");
  const auto entries_here = record.take<uint16_t>("the end");
  Directory directory{.num_entries = record.take<uint16_t>("the end")};
  directory.num_bytes = record.take<uint32_t>("the end");
  directory.offset = record.take<uint32_t>("the end");
  const bool is_zip64 =
      directory.num_entries == 0xFFFF || directory.num_bytes == kIn32Bits || directory.offset == kIn32Bits;
  if (is_zip64) {
    directory = read_zip64_end(bytes, at);
  } else if (disk != 0 || directory_disk != 0 || entries_here != directory.num_entries) {
    corrupt("it is one of several volumes");
  }
  if (directory.offset > at || directory.num_bytes > at - directory.offset)
    corrupt(
        fmt::format("its directory lies beyond its end (offset {}, {} bytes)", directory.offset, directory.num_bytes));
  if (directory.num_entries > std::min(kMaxEntries, directory.num_bytes / kCentralHeaderBytes))
    corrupt(fmt::format("it claims {} files in a directory of {} bytes", directory.num_entries, directory.num_bytes));
  return directory;
}

/// Puts the 64-bit values of the extra field in the place of those that say "see there".
void apply_zip64(std::span<const std::byte> extra, ZipEntry& entry, uint64_t& local_offset) {
  const bool wants[3] = {entry.num_bytes == kIn32Bits, entry.compressed_bytes == kIn32Bits, local_offset == kIn32Bits};
  uint64_t* const values[3] = {&entry.num_bytes, &entry.compressed_bytes, &local_offset};
  if (!wants[0] && !wants[1] && !wants[2]) return;
  for (Reader fields(extra, 0); fields.at() + 4 <= extra.size();) {
    const auto kind = fields.take<uint16_t>("an extra field"), length = fields.take<uint16_t>("an extra field");
    const uint64_t begin = fields.at();
    fields.skip(length, "an extra field");
    if (kind != kZip64Field) continue;
    Reader field(extra.subspan(begin, length), 0);
    for (int i = 0; i < 3; ++i)
      if (wants[i]) *values[i] = field.take<uint64_t>("a ZIP64 field");
    return;
  }
}

/// Where a file's data begin, from the header in front of them, which has to agree with the directory.
uint64_t data_offset(std::span<const std::byte> bytes, const ZipEntry& entry, uint64_t local_offset, uint16_t method) {
  Reader header(bytes, local_offset);
  if (header.take<uint32_t>("a file's header") != kLocalSignature)
    corrupt(fmt::format("'{}' has no header of its own", excerpt(entry.name)));
  header.skip(4, "a file's header");
  const auto local_method = header.take<uint16_t>("a file's header");
  header.skip(16, "a file's header");
  const auto name_length = header.take<uint16_t>("a file's header"), extra_length = header.take<uint16_t>("a header");
  if (local_method != method || header.text(name_length, "a file's name") != entry.name)
    corrupt(fmt::format("'{}' is something else in its own header", excerpt(entry.name)));
  header.skip(extra_length, "a file's extra field");
  return header.at();
}

/// One file of the directory; nothing for a folder.
std::optional<ZipEntry> read_entry(std::span<const std::byte> bytes, Reader& directory, uint64_t data_end,
                                   std::pair<uint64_t, uint64_t>& extent) {
  const char* const what = "the directory";
  if (directory.take<uint32_t>(what) != kCentralSignature) corrupt("its directory is damaged");
  directory.skip(4, what);
  const auto flags = directory.take<uint16_t>(what), method = directory.take<uint16_t>(what);
  directory.skip(4, what);
  ZipEntry entry{.crc32 = directory.take<uint32_t>(what)};
  entry.compressed_bytes = directory.take<uint32_t>(what);
  entry.num_bytes = directory.take<uint32_t>(what);
  const auto name_length = directory.take<uint16_t>(what), extra_length = directory.take<uint16_t>(what);
  const auto comment_length = directory.take<uint16_t>(what);
  directory.skip(8, what);
  uint64_t local_offset = directory.take<uint32_t>(what);
  entry.name = directory.text(name_length, what);
  const uint64_t extra_at = directory.at();
  directory.skip(extra_length, what);
  directory.skip(comment_length, what);
  apply_zip64(bytes.subspan(extra_at, extra_length), entry, local_offset);
  const std::string shown = excerpt(entry.name);
  const bool is_folder = entry.name.ends_with('/') && entry.num_bytes == 0;
  if (!is_safe_relative_path(is_folder ? std::string_view(entry.name).substr(0, entry.name.size() - 1) : entry.name))
    corrupt(fmt::format("the name '{}' leads out of its folder or is none", shown));
  if ((flags & kEncrypted) != 0)
    throw Error(ErrorCode::kUnsupported, fmt::format("read zip archive: '{}' is encrypted", shown));
  if (method != kStored && method != kDeflated)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("read zip archive: '{}' has method {} (expected stored or deflated)", shown, method));
  entry.is_deflated = method == kDeflated;
  entry.data_offset = data_offset(bytes, entry, local_offset, method);
  if (entry.data_offset > data_end || entry.compressed_bytes > data_end - entry.data_offset)
    corrupt(
        fmt::format("'{}' reaches beyond the data ({} bytes at {})", shown, entry.compressed_bytes, entry.data_offset));
  if (!entry.is_deflated && entry.compressed_bytes != entry.num_bytes)
    corrupt(fmt::format("'{}' is stored and has two sizes", shown));
  if (entry.is_deflated && entry.num_bytes / kMaxDeflateRatio > entry.compressed_bytes)
    corrupt(fmt::format("'{}' cannot grow from {} to {} bytes", shown, entry.compressed_bytes, entry.num_bytes));
  extent = {local_offset, entry.data_offset + entry.compressed_bytes};
  if (is_folder) return std::nullopt;
  return entry;
}

/// zlib's state, freed whatever happens.
struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      throw Error(ErrorCode::kOutOfMemory, "read zip archive: no memory to inflate with");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

using Sink = std::function<void(std::span<const std::byte>)>;

void inflate_entry(std::span<const std::byte> data, const ZipEntry& entry, const Sink& sink) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  const auto piece = std::make_unique<std::byte[]>(kPieceBytes);
  uint64_t given = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const size_t taken = std::min(data.size(), kPieceBytes);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(data.data()));
      stream.avail_in = static_cast<uInt>(taken);
      data = data.subspan(taken);
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.get());
    stream.avail_out = kPieceBytes;
    status = inflate(&stream, Z_NO_FLUSH);
    const uint64_t made = kPieceBytes - stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) corrupt(fmt::format("'{}' does not inflate", excerpt(entry.name)));
    if (made > entry.num_bytes - given)
      corrupt(fmt::format("'{}' holds more than the {} bytes that it claims", excerpt(entry.name), entry.num_bytes));
    if (made > 0) sink({piece.get(), made});
    given += made;
    if (status == Z_OK && made == 0 && stream.avail_in == 0 && data.empty())
      corrupt(fmt::format("'{}' is cut off", excerpt(entry.name)));
  }
  if (given != entry.num_bytes || stream.avail_in > 0 || !data.empty())
    corrupt(fmt::format("'{}' has {} bytes and claims {}", excerpt(entry.name), given, entry.num_bytes));
}

}  // namespace

bool is_safe_relative_path(std::string_view path) {
  if (path.empty() || path.size() > 4096) return false;
  for (const char c : path)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\' || c == ':') return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    begin = end + 1;
  }
  return true;
}

ZipFile::ZipFile(std::span<const std::byte> bytes) : bytes_(bytes) {
  const Directory end = read_end(bytes);
  Reader directory(bytes.first(end.offset + end.num_bytes), end.offset);
  std::vector<std::pair<uint64_t, uint64_t>> extents(end.num_entries);
  std::set<std::string_view> names;
  entries_.reserve(end.num_entries);
  for (uint64_t i = 0; i < end.num_entries; ++i)
    if (auto entry = read_entry(bytes, directory, end.offset, extents[i])) entries_.push_back(std::move(*entry));
  std::ranges::sort(extents);
  for (size_t i = 1; i < extents.size(); ++i)
    if (extents[i].first < extents[i - 1].second) corrupt("two of its files lie in one place");
  std::ranges::sort(entries_, {}, &ZipEntry::data_offset);
  for (const ZipEntry& entry : entries_)
    if (!names.insert(entry.name).second) corrupt(fmt::format("'{}' is there twice", excerpt(entry.name)));
}

const ZipEntry* ZipFile::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &ZipEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

void ZipFile::extract(const ZipEntry& entry, const Sink& sink) const {
  const auto data = bytes_.subspan(entry.data_offset, entry.compressed_bytes);
  uLong checksum = crc32(0, nullptr, 0);
  const Sink checked = [&](std::span<const std::byte> piece) {
    checksum = crc32(checksum, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size()));
    sink(piece);
  };
  if (entry.is_deflated) {
    inflate_entry(data, entry, checked);
  } else {
    for (size_t at = 0; at < data.size(); at += kPieceBytes)
      checked(data.subspan(at, std::min(kPieceBytes, data.size() - at)));
  }
  if (checksum != entry.crc32)
    corrupt(fmt::format("the checksum of '{}' is wrong (got {:08x}, expected {:08x})", excerpt(entry.name), checksum,
                        entry.crc32));
}

}  // namespace vitrine
