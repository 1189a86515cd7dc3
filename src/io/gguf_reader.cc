#include "io/gguf_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <unordered_set>

#include "base/error.h"
#include "base/gguf_part_name.h"
#include "core/blocks.h"

namespace vitrine::io {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF data are little-endian");

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr int kMaxArrayDepth = 4;
constexpr size_t kMaxNameBytes = 65535;  // the specification's bound for keys
// The fewest bytes that one of these can take in a file: what bounds the counts that a header claims.
constexpr size_t kMinTensorBytes = 8 + 4 + 4 + 8, kMinEntryBytes = 8 + 4 + 1;
constexpr int64_t kMaxAlignment = 1 << 20;
constexpr int64_t kMaxParts = 1000;

Error corrupt_gguf(const std::string& problem) {
  return Error(ErrorCode::kCorruptData, problem, "the file is damaged or not a GGUF file: copy or download it again");
}

/// Reads front to back and never past the end.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t left() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(size_t count, std::string_view what) {
    if (count > left())
      throw corrupt_gguf(fmt::format("the file ends within {} (got {} bytes from byte {} on, expected {})", what,
                                     left(), position_, count));
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }

  template <typename T>
  T number(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
    return value;
  }

  /// A count of things that take at least `min_bytes` each, which must fit the rest of the file.
  size_t count(size_t min_bytes, std::string_view what) {
    const auto value = number<uint64_t>(what);
    if (value > left() / min_bytes)
      throw corrupt_gguf(fmt::format("{} is {}, more than the file can hold ({} bytes are left)", what, value, left()));
    return static_cast<size_t>(value);
  }

  std::string text(std::string_view what, size_t max_bytes = std::numeric_limits<size_t>::max()) {
    const auto length = number<uint64_t>(what);
    if (length > left() || length > max_bytes)
      throw corrupt_gguf(
          fmt::format("{} has a text of {} bytes (expected at most {})", what, length, std::min(left(), max_bytes)));
    const auto bytes = take(static_cast<size_t>(length), what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

GgufType read_type(Cursor& cursor, const std::string& what) {
  const auto number = cursor.number<uint32_t>(what);
  if (number > static_cast<uint32_t>(GgufType::kF64))
    throw corrupt_gguf(fmt::format("{} has a value of unknown type (got {}, expected 0 to 12)", what, number));
  return static_cast<GgufType>(number);
}

GgufArray read_array(Cursor& cursor, const std::string& what, int depth) {
  if (depth > kMaxArrayDepth)
    throw corrupt_gguf(fmt::format("{} nests arrays more than {} deep", what, kMaxArrayDepth));
  GgufArray array{.element_type = read_type(cursor, what)};
  const int64_t scalar_bytes = gguf_scalar_bytes(array.element_type);
  if (scalar_bytes > 0) {
    const size_t count = cursor.count(static_cast<size_t>(scalar_bytes), fmt::format("the size of {}", what));
    const auto bytes = cursor.take(count * static_cast<size_t>(scalar_bytes), what);
    array.scalars.assign(bytes.begin(), bytes.end());
  } else if (array.element_type == GgufType::kText) {
    const size_t count = cursor.count(8, fmt::format("the size of {}", what));
    array.texts.reserve(count);
    for (size_t i = 0; i < count; ++i) array.texts.push_back(cursor.text(what));
  } else {
    const size_t count = cursor.count(12, fmt::format("the size of {}", what));
    for (size_t i = 0; i < count; ++i) array.arrays.push_back(read_array(cursor, what, depth + 1));
  }
  return array;
}

bool read_flag(Cursor& cursor, const std::string& what) {
  const auto byte = cursor.number<uint8_t>(what);
  if (byte > 1) throw corrupt_gguf(fmt::format("{} is neither true nor false (got {})", what, byte));
  return byte == 1;
}

GgufValue read_value(Cursor& cursor, const std::string& what) {
  switch (read_type(cursor, what)) {
    case GgufType::kU8:
      return cursor.number<uint8_t>(what);
    case GgufType::kI8:
      return cursor.number<int8_t>(what);
    case GgufType::kU16:
      return cursor.number<uint16_t>(what);
    case GgufType::kI16:
      return cursor.number<int16_t>(what);
    case GgufType::kU32:
      return cursor.number<uint32_t>(what);
    case GgufType::kI32:
      return cursor.number<int32_t>(what);
    case GgufType::kF32:
      return cursor.number<float>(what);
    case GgufType::kBool:
      return read_flag(cursor, what);
    case GgufType::kText:
      return cursor.text(what);
    case GgufType::kArray:
      return read_array(cursor, what, 1);
    case GgufType::kU64:
      return cursor.number<uint64_t>(what);
    case GgufType::kI64:
      return cursor.number<int64_t>(what);
    case GgufType::kF64:
      return cursor.number<double>(what);
  }
  throw corrupt_gguf(what + " has no type");
}

GgufMetadata read_metadata(Cursor& cursor, size_t count) {
  GgufMetadata metadata;
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < count; ++i) {
    std::string key = cursor.text(fmt::format("metadata key {}", i), kMaxNameBytes);
    if (key.empty() || !seen.insert(key).second)
      throw corrupt_gguf(fmt::format("metadata key '{}' is empty or stands twice", excerpt(key)));
    GgufValue value = read_value(cursor, fmt::format("metadata '{}'", excerpt(key)));
    metadata.append(std::move(key), std::move(value));
  }
  return metadata;
}

int64_t checked_alignment(const GgufMetadata& metadata) {
  const int64_t alignment = metadata.integer_or("general.alignment", kGgufDefaultAlignment);
  if (alignment < 8 || alignment > kMaxAlignment || (alignment & (alignment - 1)) != 0)
    throw corrupt_gguf(
        fmt::format("general.alignment is {} (expected a power of two from 8 to {})", alignment, kMaxAlignment));
  return alignment;
}

/// Extents and type of one tensor, and from both its size; the offset is still relative to the data.
GgufTensor read_tensor(Cursor& cursor, size_t index) {
  GgufTensor tensor{.name = cursor.text(fmt::format("the name of tensor {}", index), kMaxNameBytes)};
  const std::string what = fmt::format("tensor '{}'", excerpt(tensor.name));
  const auto axes = cursor.number<uint32_t>(what);
  if (axes > uint32_t{kGgufMaxAxes})
    throw corrupt_gguf(fmt::format("{} has {} axes (expected at most {})", what, axes, kGgufMaxAxes));
  int64_t extents[kGgufMaxAxes] = {}, num_elements = 1;
  bool overflow = false;
  for (uint32_t axis = 0; axis < axes; ++axis) {
    const auto extent = cursor.number<uint64_t>(what);
    overflow |= extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    extents[axes - 1 - axis] = overflow ? 0 : static_cast<int64_t>(extent);
    overflow |= __builtin_mul_overflow(num_elements, extents[axes - 1 - axis], &num_elements);
  }
  if (overflow) throw corrupt_gguf(what + " has more elements than can be counted");
  tensor.shape = Shape(std::span<const int64_t>(extents, axes));
  const auto type_id = cursor.number<uint32_t>(what);
  tensor.type = find_gguf_tensor_type(type_id);
  if (tensor.type == nullptr)
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{} has an unknown element type (got {}, expected a number that ggml gives to one)", what, type_id),
        "the file is damaged, or newer than this build: get it again, or take one of another type");
  const int64_t columns = axes ? tensor.shape.last() : 1;
  if (columns % tensor.type->block_elements != 0)
    throw corrupt_gguf(fmt::format("{} has rows of {} elements (expected a multiple of {} for {})", what, columns,
                                   tensor.type->block_elements, tensor.type->name));
  if (__builtin_mul_overflow(num_elements / tensor.type->block_elements, tensor.type->block_bytes, &tensor.num_bytes))
    throw corrupt_gguf(what + " has a size that overflows");
  const auto offset = cursor.number<uint64_t>(what);
  if (offset > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    throw corrupt_gguf(fmt::format("{} has an offset that overflows (got {})", what, offset));
  tensor.begin_bytes = static_cast<int64_t>(offset);
  return tensor;
}

/// Turns offsets into places in the file; each must lie inside it, aligned.
void place_tensors(std::vector<GgufTensor>& tensors, int64_t data_begin, int64_t file_bytes, int64_t alignment) {
  for (GgufTensor& tensor : tensors) {
    const int64_t offset = tensor.begin_bytes, data_bytes = std::max<int64_t>(0, file_bytes - data_begin);
    if (offset % alignment != 0)
      throw corrupt_gguf(fmt::format("tensor '{}' lies at offset {} (expected a multiple of {})", excerpt(tensor.name),
                                     offset, alignment));
    if (offset > data_bytes || tensor.num_bytes > data_bytes - offset)
      throw corrupt_gguf(
          fmt::format("tensor '{}' takes {} bytes from offset {} on, but the file holds {} bytes of data",
                      excerpt(tensor.name), tensor.num_bytes, offset, data_bytes));
    // Past the end where the file ends with the header and no tensor has elements.
    tensor.begin_bytes = std::min(data_begin + offset, file_bytes);
  }
}

void check_apart(const std::vector<GgufTensor>& tensors) {
  std::unordered_set<std::string_view> names;
  std::vector<const GgufTensor*> by_place;
  for (const GgufTensor& tensor : tensors) {
    if (tensor.name.empty() || !names.insert(tensor.name).second)
      throw corrupt_gguf(fmt::format("tensor name '{}' is empty or stands twice", excerpt(tensor.name)));
    if (tensor.num_bytes > 0) by_place.push_back(&tensor);
  }
  std::sort(by_place.begin(), by_place.end(),
            [](const GgufTensor* a, const GgufTensor* b) { return a->begin_bytes < b->begin_bytes; });
  for (size_t i = 1; i < by_place.size(); ++i)
    if (by_place[i]->begin_bytes < by_place[i - 1]->begin_bytes + by_place[i - 1]->num_bytes)
      throw corrupt_gguf(
          fmt::format("tensors '{}' and '{}' overlap", excerpt(by_place[i - 1]->name), excerpt(by_place[i]->name)));
}

void check_version(uint32_t version) {
  if (version == 2 || version == 3) return;
  if (version == 0x02000000 || version == 0x03000000)
    throw Error(ErrorCode::kUnsupported, "the file is big-endian", "convert it on the machine that wrote it");
  throw Error(version == 1 ? ErrorCode::kUnsupported : ErrorCode::kCorruptData,
              fmt::format("GGUF version {} (expected 2 or 3)", version),
              "download a current file of this model, or convert it again");
}

/// What a header says of the part that its file is; a whole file is the only one.
struct SplitPlace {
  int64_t number = 0, count = 1;

  explicit SplitPlace(const GgufMetadata& metadata) : count(metadata.integer_or("split.count", 1)) {
    if (count > 1) number = metadata.integer_or("split.no", 0);
    if (count < 0 || count > kMaxParts || number < 0 || number >= std::max<int64_t>(count, 1))
      throw corrupt_gguf(
          fmt::format("split.no is {} of a split.count of {} (expected at most {} parts, counted from 0)", number,
                      count, kMaxParts));
  }
  bool is_whole() const { return count <= 1; }
};

/// Where the parts are, by the name of one. Errors: kInvalidArgument.
GgufPartName require_part_name(const std::filesystem::path& path, const SplitPlace& place) {
  const std::optional<GgufPartName> name = read_gguf_part_name(path.filename().string());
  if (name && name->count == place.count && name->number == place.number + 1) return *name;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("it is part {} of {} of a split GGUF file, but its name does not say so", place.number + 1,
                  place.count),
      fmt::format("the parts lie side by side as NAME-{:05}-of-{:05}.gguf and so on: give them those names back", 1,
                  place.count));
}

/// The header of part `number`, its tensors marked as its own. Errors: kMismatch for a part of something else.
GgufHeader read_part(const MappedFile& map, int64_t number, int64_t count) {
  GgufHeader header = parse_gguf_header(map.bytes());
  const SplitPlace place(header.metadata);
  if (place.number != number || place.count != count)
    throw Error(
        ErrorCode::kMismatch,
        fmt::format("the file is part {} of {} (expected {} of {})", place.number + 1, place.count, number + 1, count),
        "the parts of several models are mixed up, or one was renamed: download them again");
  for (GgufTensor& tensor : header.tensors) tensor.part = static_cast<size_t>(number);
  return header;
}

void check_all_there(const std::vector<GgufTensor>& tensors, const GgufMetadata& metadata) {
  std::unordered_set<std::string_view> names;
  for (const GgufTensor& tensor : tensors)
    if (!names.insert(tensor.name).second)
      throw Error(ErrorCode::kMismatch, fmt::format("tensor '{}' stands in two of its parts", excerpt(tensor.name)),
                  "the parts of several models are mixed up: download them again");
  const auto found = static_cast<int64_t>(tensors.size());
  if (const int64_t all = metadata.integer_or("split.tensors.count", found); all != found)
    throw Error(ErrorCode::kMismatch, fmt::format("its parts hold {} tensors (expected {})", found, all),
                "the parts of several models are mixed up: download them again");
}

/// What is read together is written as one file.
void forget_split(GgufMetadata& metadata) {
  for (const char* const key : {"split.no", "split.count", "split.tensors.count"}) metadata.remove(key);
}

}  // namespace

GgufHeader parse_gguf_header(std::span<const std::byte> file) {
  Cursor cursor(file);
  if (cursor.number<uint32_t>("the magic number") != kMagic) throw corrupt_gguf("the file does not begin with 'GGUF'");
  GgufHeader header{.version = cursor.number<uint32_t>("the version")};
  check_version(header.version);
  const size_t num_tensors = cursor.count(kMinTensorBytes, "the number of tensors");
  const size_t num_entries = cursor.count(kMinEntryBytes, "the number of metadata entries");
  header.metadata = read_metadata(cursor, num_entries);
  header.alignment_bytes = checked_alignment(header.metadata);
  for (size_t i = 0; i < num_tensors; ++i) header.tensors.push_back(read_tensor(cursor, i));
  const auto end = static_cast<int64_t>(cursor.position());
  const int64_t data_begin = (end + header.alignment_bytes - 1) / header.alignment_bytes * header.alignment_bytes;
  place_tensors(header.tensors, data_begin, static_cast<int64_t>(file.size()), header.alignment_bytes);
  check_apart(header.tensors);
  return header;
}

GgufFile::GgufFile(const std::filesystem::path& path) : path_(path) {
  try {
    maps_.push_back(std::make_shared<const MappedFile>(path));
    header_ = parse_gguf_header(maps_.front()->bytes());
    add_parts();
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
}

/// Opens what the given file is a part of.
void GgufFile::add_parts() {
  const SplitPlace given(header_.metadata);
  if (given.is_whole()) return forget_split(header_.metadata);
  const GgufPartName name = require_part_name(path_, given);
  maps_.clear();
  path_ = path_.parent_path() / name.first();
  for (int64_t number = 0; number < given.count; ++number) {
    const std::string file_name = name.file(number + 1);
    const std::filesystem::path file = path_.parent_path() / file_name;
    std::error_code error;
    if (!std::filesystem::exists(file, error))
      throw Error(ErrorCode::kNotFound,
                  fmt::format("part {} of {} is missing ('{}')", number + 1, given.count, file_name),
                  "download it into the same folder");
    try {
      maps_.push_back(std::make_shared<const MappedFile>(file));
      GgufHeader part = read_part(*maps_.back(), number, given.count);
      if (number == 0)
        header_ = std::move(part);
      else
        std::ranges::move(part.tensors, std::back_inserter(header_.tensors));
    } catch (const Error& problem) {
      throw problem.wrapped(fmt::format("'{}'", file_name));
    }
  }
  check_all_there(header_.tensors, header_.metadata);
  forget_split(header_.metadata);
}

GgufFile::~GgufFile() {
  for (size_t part = 0; part < maps_.size(); ++part) {
    auto end = static_cast<int64_t>(maps_[part]->bytes().size());
    for (const GgufTensor& tensor : header_.tensors)
      if (tensor.part == part) end = std::min(end, tensor.begin_bytes);
    maps_[part]->release_pages(maps_[part]->bytes().first(static_cast<size_t>(end)));
  }
}

const GgufTensor* GgufFile::find(std::string_view name) const {
  for (const GgufTensor& tensor : header_.tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

std::span<const std::byte> GgufFile::bytes(const GgufTensor& tensor) const {
  return maps_[tensor.part]->bytes().subspan(static_cast<size_t>(tensor.begin_bytes),
                                             static_cast<size_t>(tensor.num_bytes));
}

Tensor GgufFile::mapped(const GgufTensor& tensor) const {
  if (!tensor.type->dtype)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("load '{}': tensor '{}' is {}, which cannot be computed with", path_.string(),
                            excerpt(tensor.name), tensor.type->name),
                "take a file of type q8_0, q6_k, q5_k, q4_k, q4_0, f16, bf16 or f32");
  return Tensor::borrowed(tensor.shape, *tensor.type->dtype, bytes(tensor), maps_[tensor.part]);
}

std::function<void()> GgufFile::releaser(const GgufTensor& tensor) const {
  return [map = maps_[tensor.part], part = bytes(tensor)] { map->release_pages(part); };
}

Tensor GgufFile::read_f32(const GgufTensor& tensor) const {
  const Tensor source = mapped(tensor), values = Tensor::empty(tensor.shape);
  const auto place = [&] { return fmt::format("load '{}': tensor '{}'", path_.string(), excerpt(tensor.name)); };
  try {
    dequantize(source.dtype(), bytes(tensor), values.floats());
  } catch (const Error& error) {
    throw error.wrapped(place());
  }
  if (const int64_t bad = find_non_finite(values.floats()); bad >= 0)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: element {} is {} (expected a finite number)", place(), bad, values.f32()[bad]),
                "the file is damaged, or the model's training diverged: download it again");
  return values;
}

}  // namespace vitrine::io
