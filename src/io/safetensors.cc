#include "io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"
#include "io/json_depth.h"

namespace vitrine::io {
namespace {

using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the bound of the format's reference implementation
constexpr int kMaxHeaderDepth = 4;
constexpr size_t kMaxNamedProblems = 16;
constexpr const char* kMetadataKey = "__metadata__";

struct FileDType {
  std::string_view name;
  int64_t bytes;
  std::optional<DType> dtype;
};

constexpr FileDType kFileDTypes[] = {
    {"F32", 4, DType::kF32},  {"BF16", 2, DType::kBF16}, {"F16", 2, DType::kF16},      {"I32", 4, DType::kI32},
    {"U8", 1, DType::kU8},    {"BOOL", 1, std::nullopt}, {"I8", 1, std::nullopt},      {"F8_E5M2", 1, std::nullopt},
    {"I16", 2, std::nullopt}, {"U16", 2, std::nullopt},  {"F8_E4M3", 1, std::nullopt}, {"U32", 4, std::nullopt},
    {"I64", 8, std::nullopt}, {"U64", 8, std::nullopt},  {"F64", 8, std::nullopt},     {"C64", 8, std::nullopt},
};

const FileDType* find_file_dtype(std::string_view name) {
  for (const FileDType& candidate : kFileDTypes)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

std::string_view file_dtype_name(DType dtype) {
  for (const FileDType& candidate : kFileDTypes)
    if (candidate.dtype == dtype) return candidate.name;
  throw Error(ErrorCode::kUnsupported, fmt::format("write safetensors: no element type for {}", dtype_name(dtype)));
}

Error corrupt_safetensors(const std::filesystem::path& path, const std::string& problem) {
  return Error(ErrorCode::kCorruptData, fmt::format("load '{}': {}", path.string(), problem),
               "the file is damaged or not a safetensors file: copy or download it again");
}

std::string quoted_problems(const std::vector<std::string>& problems) {
  std::string text = fmt::format(
      "{}", fmt::join(problems.begin(), problems.begin() + std::min(problems.size(), kMaxNamedProblems), "; "));
  if (problems.size() > kMaxNamedProblems) text += fmt::format("; and {} more", problems.size() - kMaxNamedProblems);
  return text;
}

/// An integer of the header, or nothing for any other kind of value, a negative or a huge one.
std::optional<int64_t> as_size(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<uint64_t>();
  if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return static_cast<int64_t>(number);
}

/// Fills `entry` from its JSON; returns what is wrong, or an empty text.
std::string parse_entry(const Json& value, int64_t data_bytes, SafetensorsEntry& entry) {
  if (!value.is_object()) return "is not an object";
  const auto dtype = value.find("dtype"), shape = value.find("shape"), offsets = value.find("data_offsets");
  if (dtype == value.end() || shape == value.end() || offsets == value.end())
    return "lacks dtype, shape or data_offsets";
  if (value.size() != 3) return "has unknown keys";
  if (!dtype->is_string()) return "has a dtype that is not text";
  entry.dtype = dtype->get<std::string>();
  const FileDType* type = find_file_dtype(entry.dtype);
  if (type == nullptr) return fmt::format("has unknown dtype '{}'", excerpt(entry.dtype));
  if (!shape->is_array()) return "has a shape that is not an array";
  int64_t num_bytes = type->bytes;
  bool overflow = false;
  for (const Json& extent : *shape) {
    const auto size = as_size(extent);
    if (!size) return "has an extent that is not a size";
    entry.extents.push_back(*size);
    overflow |= __builtin_mul_overflow(num_bytes, *size, &num_bytes);
  }
  if (overflow) return "has a size that overflows";
  if (!offsets->is_array() || offsets->size() != 2) return "has data_offsets that are not two numbers";
  const auto begin = as_size((*offsets)[0]), end = as_size((*offsets)[1]);
  if (!begin || !end) return "has data_offsets that are not sizes";
  if (*begin > *end || *end > data_bytes)
    return fmt::format("lies at bytes {}..{} of {} bytes of data", *begin, *end, data_bytes);
  if (*end - *begin != num_bytes)
    return fmt::format("takes {} bytes, expected {} from dtype and shape", *end - *begin, num_bytes);
  entry.begin_bytes = *begin;
  entry.end_bytes = *end;
  return "";
}

/// Parses the header; a name that stands twice in one object is refused, which plain parsing would let pass.
Json parse_strictly(std::string_view text) {
  if (text.empty() || text.front() != '{') throw Error(ErrorCode::kCorruptData, "the header is not a JSON object");
  if (json_nesting_depth(text) > kMaxHeaderDepth) throw Error(ErrorCode::kCorruptData, "the header is nested too deep");
  std::vector<std::set<std::string>> keys(kMaxHeaderDepth + 2);
  const auto see = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys[static_cast<size_t>(depth) + 1].clear();
    if (event == Json::parse_event_t::key && !keys[static_cast<size_t>(depth)].insert(value.get<std::string>()).second)
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("the header names '{}' twice", excerpt(value.get<std::string>())));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), see);
  } catch (const Json::exception&) {
    throw Error(ErrorCode::kCorruptData, "the header is not valid JSON");
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path), file_(path) {
  const size_t num_bytes = file_.size();
  if (num_bytes < 8)
    throw corrupt_safetensors(path_, fmt::format("the file ends before its header (got {} bytes)", num_bytes));
  uint64_t header_bytes = 0;
  file_.read(0, std::as_writable_bytes(std::span(&header_bytes, 1)));
  if (header_bytes > kMaxHeaderBytes || header_bytes > num_bytes - 8)
    throw corrupt_safetensors(path_,
                              fmt::format("the header claims {} bytes of a file of {}", header_bytes, num_bytes));
  data_begin_bytes_ = static_cast<int64_t>(header_bytes) + 8;
  data_bytes_ = static_cast<int64_t>(num_bytes) - data_begin_bytes_;
  std::string header(static_cast<size_t>(header_bytes), '\0');
  file_.read(8, std::as_writable_bytes(std::span(header)));
  try {
    parse_header(header);
    check_layout();
  } catch (const Error& error) {
    throw corrupt_safetensors(path_, error.message());
  }
}

void SafetensorsFile::parse_header(std::string_view header) {
  const Json json = parse_strictly(header);
  std::vector<std::string> problems;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadataKey) {
      if (!value.is_object()) problems.push_back("__metadata__ is not an object");
      for (const auto& [key, text] : value.items()) {
        if (text.is_string())
          metadata_[key] = text.get<std::string>();
        else
          problems.push_back(fmt::format("metadata '{}' is not text", excerpt(key)));
      }
      continue;
    }
    SafetensorsEntry entry{.name = name};
    const std::string problem = parse_entry(value, data_bytes_, entry);
    if (!problem.empty()) problems.push_back(fmt::format("tensor '{}' {}", excerpt(name), problem));
    entries_.push_back(std::move(entry));  // the parser's object is sorted by name
  }
  if (!problems.empty()) throw Error(ErrorCode::kCorruptData, quoted_problems(problems));
}

void SafetensorsFile::check_layout() const {
  std::vector<const SafetensorsEntry*> by_offset;
  for (const SafetensorsEntry& entry : entries_) by_offset.push_back(&entry);
  std::stable_sort(by_offset.begin(), by_offset.end(), [](const auto* a, const auto* b) {
    return std::pair(a->begin_bytes, a->end_bytes) < std::pair(b->begin_bytes, b->end_bytes);
  });
  std::vector<std::string> problems;
  int64_t end = 0;
  for (const SafetensorsEntry* entry : by_offset) {
    if (entry->begin_bytes < end) problems.push_back(fmt::format("tensor '{}' overlaps another", excerpt(entry->name)));
    if (entry->begin_bytes > end) problems.push_back(fmt::format("a gap precedes tensor '{}'", excerpt(entry->name)));
    end = std::max(end, entry->end_bytes);
  }
  if (end != data_bytes_) problems.push_back(fmt::format("{} bytes of data belong to no tensor", data_bytes_ - end));
  if (!problems.empty()) throw Error(ErrorCode::kCorruptData, quoted_problems(problems));
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const SafetensorsEntry& entry, std::string_view key) { return entry.name < key; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

void SafetensorsFile::read_bytes(const SafetensorsEntry& entry, std::span<std::byte> target) const {
  VITRINE_CHECK(static_cast<int64_t>(target.size()) == entry.end_bytes - entry.begin_bytes,
                "safetensors: the room is not the tensor's");
  file_.read(static_cast<size_t>(data_begin_bytes_ + entry.begin_bytes), target);
}

Tensor SafetensorsFile::read(std::string_view name) const {
  const SafetensorsEntry* entry = find(name);
  if (entry == nullptr)
    throw Error(ErrorCode::kNotFound, fmt::format("load '{}': no tensor '{}'", path_.string(), excerpt(name)));
  const auto dtype = find_file_dtype(entry->dtype)->dtype;
  if (!dtype)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("load '{}': tensor '{}' has dtype {}, which cannot be computed with", path_.string(),
                            excerpt(name), entry->dtype),
                "convert the tensor to F32, BF16, F16, I32 or U8");
  if (entry->extents.size() > static_cast<size_t>(Shape::kMaxRank))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("load '{}': tensor '{}' has {} axes, expected at most {}", path_.string(), excerpt(name),
                            entry->extents.size(), Shape::kMaxRank));
  const Tensor tensor = Tensor::empty(Shape(entry->extents), *dtype);
  read_bytes(*entry, {tensor.data(), static_cast<size_t>(tensor.num_bytes())});
  return tensor;
}

NamedTensors SafetensorsFile::read_all() const {
  NamedTensors tensors;
  for (const SafetensorsEntry& entry : entries_) tensors.emplace_back(entry.name, read(entry.name));
  return tensors;
}

void write_safetensors(const ByteSink& sink, const NamedTensors& tensors, const Metadata& metadata) {
  std::vector<const std::pair<std::string, Tensor>*> order;
  for (const auto& named : tensors) order.push_back(&named);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const int64_t a_bytes = dtype_block_bytes(a->second.dtype()), b_bytes = dtype_block_bytes(b->second.dtype());
    return a_bytes != b_bytes ? a_bytes > b_bytes : a->first < b->first;
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::set<std::string_view> names;
  int64_t offset = 0;
  for (const auto* named : order) {
    const auto& [name, tensor] = *named;
    if (name.empty() || name == kMetadataKey || !names.insert(name).second)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("write safetensors: the name '{}' is empty, reserved or given twice", excerpt(name)));
    VITRINE_CHECK(tensor.defined(), "write_safetensors: tensor '" + name + "' has no elements");
    const auto extents = tensor.shape().extents();
    header[name] = {{"dtype", file_dtype_name(tensor.dtype())},
                    {"shape", std::vector<int64_t>(extents.begin(), extents.end())},
                    {"data_offsets", {offset, offset + tensor.num_bytes()}}};
    offset += tensor.num_bytes();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::kInvalidArgument, "write safetensors: a name or metadata text is not UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t header_bytes = text.size();
  sink(&header_bytes, 8);
  sink(text.data(), text.size());
  for (const auto* named : order)
    if (named->second.num_bytes() > 0) sink(named->second.data(), static_cast<size_t>(named->second.num_bytes()));
}

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata) {
  DurableFile file(path);
  write_safetensors([&](const void* data, size_t num_bytes) { file.write(data, num_bytes); }, tensors, metadata);
  file.commit();
}

}  // namespace vitrine::io
