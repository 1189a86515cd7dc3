#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "core/blocks.h"
#include "core/rng.h"
#include "io/gguf_reader.h"
#include "io/gguf_writer.h"
#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::put_file;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

const fs::path kGolden = fs::path(__FILE__).parent_path() / "../../tests/golden/gguf/by_reference.gguf";

/// Builds a file by hand, so that every number in it can be a lie.
struct HandMade {
  std::string bytes = "GGUF";

  template <typename T>
  HandMade& put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
    return *this;
  }
  HandMade& text(std::string_view value) {
    put<uint64_t>(value.size());
    bytes += value;
    return *this;
  }
  HandMade& head(uint64_t tensors, uint64_t entries, uint32_t version = 3) {
    return put(version).put(tensors).put(entries);
  }
  HandMade& tensor(std::string_view name, std::initializer_list<uint64_t> extents, uint32_t type, uint64_t offset) {
    text(name).put(static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) put(extent);
    return put(type).put(offset);
  }
  HandMade& data(size_t count, size_t alignment = 32) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment + count, '\1');
    return *this;
  }
  GgufHeader parse() const { return parse_gguf_header(std::as_bytes(std::span(bytes))); }
};

void expect_refused(const HandMade& file, std::string_view words, ErrorCode code = ErrorCode::kCorruptData) {
  try {
    file.parse();
    ADD_FAILURE() << "taken, expected: " << words;
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
    EXPECT_EQ(error.code(), code) << error.message();
  }
}

GgufMetadata sample_metadata() {
  GgufMetadata metadata;
  metadata.set("general.architecture", std::string("test"));
  metadata.set("z.first", uint8_t{1});
  metadata.set("a.second", int64_t{-5});
  metadata.set("flag", true);
  metadata.set("real", 0.25f);
  metadata.set("texts", GgufArray::of_texts({"one", "", "dr\xc3\xbc"}));
  metadata.set("ids", GgufArray::of_i32(std::vector<int32_t>{7, -7}));
  metadata.set("nested", GgufArray{.element_type = GgufType::kArray,
                                   .arrays = {GgufArray::of_texts({"x"}), GgufArray::of_f32(std::vector<float>{1})}});
  return metadata;
}

TEST(Gguf, EveryBlockTypeGivesTheBitsOfTheReferencePackage) {
  const GgufFile file(kGolden);
  int compared = 0;
  for (const BlockFormat& format : block_formats()) {
    if (format.dtype == DType::kF32) continue;
    const std::string name(dtype_name(format.dtype));
    const GgufTensor *tensor = file.find(name), *expected = file.find(name + ".expected");
    ASSERT_TRUE(tensor && expected) << name;
    EXPECT_EQ(tensor->type->dtype, format.dtype);
    const Tensor values = file.read_f32(*tensor), wanted = file.read_f32(*expected);
    ASSERT_EQ(values.shape(), Shape({2, 256})) << name;
    EXPECT_EQ(std::memcmp(values.data(), wanted.data(), static_cast<size_t>(values.num_bytes())), 0) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 12);
}

TEST(Gguf, MetadataOfEveryTypeIsReadAsTheReferencePackageWroteIt) {
  const GgufFile file(kGolden);
  const GgufMetadata& metadata = file.metadata();
  EXPECT_EQ(file.header().version, 3u);
  EXPECT_EQ(metadata.text("general.architecture"), "test");
  EXPECT_EQ(metadata.integer("test.uint8"), 200);
  EXPECT_EQ(metadata.integer("test.int8"), -5);
  EXPECT_EQ(metadata.integer("test.uint16"), 60000);
  EXPECT_EQ(metadata.integer("test.int16"), -300);
  EXPECT_EQ(metadata.integer("test.uint32"), 4000000000);
  EXPECT_EQ(metadata.integer("test.int32"), -70000);
  EXPECT_EQ(metadata.real("test.float32"), 0.5);
  EXPECT_TRUE(metadata.flag_or("test.bool", false));
  EXPECT_EQ(metadata.text("test.string"),
            "gr\xc3\xbc\xc3\x9f"
            "e");
  EXPECT_EQ(std::get<uint64_t>(*metadata.find("test.uint64")), uint64_t{1} << 63);
  EXPECT_THROW(metadata.integer("test.uint64"), Error) << "2^63 is no int64";
  EXPECT_EQ(metadata.integer("test.int64"), -(int64_t{1} << 62));
  EXPECT_EQ(metadata.real("test.float64"), 1e300);
  EXPECT_EQ(metadata.texts("test.texts"), (std::vector<std::string>{"a", "", "\xc3\xb6 b"}));
  EXPECT_EQ(metadata.array("test.integers").integers(), (std::vector<int64_t>{3, -1, 2}));
  EXPECT_EQ(metadata.array("test.reals").reals(), (std::vector<float>{0.25f, -8.0f}));
  ASSERT_EQ(metadata.array("test.nested").arrays.size(), 2u);
  EXPECT_EQ(metadata.array("test.nested").arrays[1].integers(), std::vector<int64_t>{3});
}

TEST(Gguf, MetadataThatIsMissingOrOfAnotherTypeIsNamed) {
  const GgufMetadata metadata = sample_metadata();
  EXPECT_EQ(metadata.integer_or("missing", 3), 3);
  EXPECT_THROW(metadata.integer("missing"), Error);
  EXPECT_THROW(metadata.integer("flag"), Error);
  EXPECT_THROW(metadata.text("real"), Error);
  EXPECT_THROW(metadata.texts("ids"), Error);
  EXPECT_THROW(metadata.array("texts").integers(), Error);
  try {
    metadata.integer_or("texts", 1);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "metadata 'texts' is 3 x text ['one', '', 'dr\xc3\xbc'] (expected a whole number)");
  }
}

TEST(Gguf, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  Rng rng(4, 4);
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const BlockFormat& format : block_formats()) {
    const Tensor tensor = Tensor::empty({3, 256}, format.dtype);
    for (int64_t i = 0; i < tensor.num_bytes(); ++i) tensor.data()[i] = static_cast<std::byte>(rng.next_below(100));
    tensors.emplace_back(dtype_name(format.dtype), tensor);
  }
  tensors.emplace_back("scalar", Tensor::from_floats(Shape{}, std::vector<float>{7}));
  tensors.emplace_back("cube", Tensor::from_ints({1, 2, 3}, std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  tensors.emplace_back("empty", Tensor::zeros({0, 5}));
  for (const uint32_t alignment : {32u, 8u, 4096u}) {
    GgufMetadata metadata = sample_metadata();
    metadata.set("general.alignment", alignment);
    write_gguf(folder / "m.gguf", metadata, tensors);
    const GgufFile file(folder / "m.gguf");
    EXPECT_EQ(file.metadata().entries(), metadata.entries());
    ASSERT_EQ(file.tensors().size(), tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Tensor& wanted = tensors[i].second;
      const Tensor got = file.mapped(file.tensors()[i]);
      EXPECT_EQ(file.tensors()[i].name, tensors[i].first);
      EXPECT_EQ(file.tensors()[i].begin_bytes % alignment, 0);
      EXPECT_EQ(got.shape(), wanted.shape());
      EXPECT_EQ(got.dtype(), wanted.dtype());
      EXPECT_EQ(std::memcmp(got.data(), wanted.data(), static_cast<size_t>(wanted.num_bytes())), 0);
    }
  }
}

TEST(Gguf, MappedTensorsOutliveTheirFileObject) {
  Tensor values;
  {
    const GgufFile file(kGolden);
    values = file.mapped(*file.find("q8_0.expected"));
  }
  EXPECT_TRUE(find_non_finite(values.floats()) == -1);
}

TEST(Gguf, AnUnfinishedFileLeavesTheOldOne) {
  const TemporaryFolder folder;
  put_file(folder / "m.gguf", "old");
  {
    GgufWriter writer(folder / "m.gguf", sample_metadata(), {{"a", {4}, DType::kF32}, {"b", {4}, DType::kF32}});
    const Tensor values = Tensor::zeros({4});
    writer.write("a", {values.data(), 16});
    EXPECT_THROW(writer.finish(), Error);
  }
  EXPECT_EQ(read_file(folder / "m.gguf"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}), 1);
}

TEST(Gguf, NamesAndShapesThatOtherProgramsRefuseAreNotWritten) {
  const TemporaryFolder folder;
  const auto refuse = [&](GgufTensorPlan plan) {
    EXPECT_THROW(GgufWriter(folder / "m.gguf", {}, {std::move(plan)}), Error);
  };
  refuse({"", {4}, DType::kF32});
  refuse({std::string(64, 'n'), {4}, DType::kF32});
  refuse({"odd", {2, 33}, DType::kQ8_0});
  refuse({"five", {1, 1, 1, 1, 1}, DType::kF32});
  refuse({"bytes", {4}, DType::kU8});
  EXPECT_THROW(GgufWriter(folder / "m.gguf", {}, {{"a", {4}}, {"a", {4}}}), Error);
}

TEST(Gguf, VersionTwoIsRead) {
  const GgufHeader header = HandMade().head(1, 0, 2).tensor("a", {4, 2}, 0, 0).data(32).parse();
  EXPECT_EQ(header.version, 2u);
  EXPECT_EQ(header.tensors[0].shape, Shape({2, 4}));
}

TEST(Gguf, OtherVersionsAndOtherFilesAreRefused) {
  expect_refused(HandMade{.bytes = ""}, "ends within the magic number");
  expect_refused(HandMade{.bytes = "GGML0000"}, "does not begin with 'GGUF'");
  expect_refused(HandMade().head(0, 0, 1), "version 1", ErrorCode::kUnsupported);
  expect_refused(HandMade().head(0, 0, 9), "version 9");
  expect_refused(HandMade().head(0, 0, 0x03000000), "big-endian", ErrorCode::kUnsupported);
}

TEST(Gguf, CountsAndLengthsBeyondTheFileAreRefusedBeforeAnyAllocation) {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();
  expect_refused(HandMade().head(kHuge, 0), "number of tensors is 18446744073709551615");
  expect_refused(HandMade().head(0, uint64_t{1} << 40), "number of metadata entries");
  expect_refused(HandMade().head(0, 1).put<uint64_t>(kHuge).data(64), "metadata key 0 has a text of");
  expect_refused(HandMade().head(0, 1).text(std::string(70000, 'k')).data(64), "metadata key 0 has a text of 70000");
  expect_refused(HandMade().head(0, 1).text("k").put<uint32_t>(8).put<uint64_t>(kHuge - 7).data(64), "has a text of");
  for (const uint32_t type : {0u, 4u, 8u, 9u, 12u})
    expect_refused(HandMade().head(0, 1).text("k").put<uint32_t>(9).put(type).put<uint64_t>(uint64_t{1} << 61).data(64),
                   "the size of metadata 'k' is 2305843009213693952");
  expect_refused(HandMade().head(0, 1).text("k").put<uint32_t>(10).put<uint32_t>(0), "the file ends within");
}

TEST(Gguf, UnknownTypesDeepArraysAndDoubledKeysAreRefused) {
  expect_refused(HandMade().head(0, 1).text("k").put<uint32_t>(13).data(64), "unknown type (got 13");
  expect_refused(HandMade().head(0, 1).text("k").put<uint32_t>(7).put<uint8_t>(2).data(64), "neither true nor false");
  HandMade deep;
  deep.head(0, 1).text("k").put<uint32_t>(9);
  for (int i = 0; i < 2000; ++i) deep.put<uint32_t>(9).put<uint64_t>(1);
  expect_refused(deep.put<uint32_t>(0).put<uint64_t>(0), "nests arrays");
  HandMade twice;
  for (int i = 0; i < 2; ++i) (i ? twice : twice.head(0, 2)).text("k").put<uint32_t>(0).put<uint8_t>(1);
  expect_refused(twice.data(64), "'k' is empty or stands twice");
}

TEST(Gguf, TensorsThatLieOutsideTheFileOrOverflowAreRefused) {
  const uint64_t half = uint64_t{1} << 32, top = uint64_t{1} << 63;
  expect_refused(HandMade().head(1, 0).tensor("w", {half, half}, 0, 0).data(64), "more elements than can be counted");
  expect_refused(HandMade().head(1, 0).tensor("w", {half, half, half, half}, 0, 0).data(64), "more elements than");
  expect_refused(HandMade().head(1, 0).tensor("w", {top}, 0, 0).data(64), "more elements than");
  expect_refused(HandMade().head(1, 0).tensor("w", {uint64_t{1} << 62}, 0, 0).data(64), "a size that overflows");
  expect_refused(HandMade().head(1, 0).tensor("w", {top - 32}, 2, 0).data(64), "takes");
  expect_refused(HandMade().head(1, 0).tensor("w", {9}, 0, 0).data(35), "tensor 'w' takes 36 bytes");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 0, 64).data(64), "takes 16 bytes from offset 64");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 0, top).data(64), "an offset that overflows");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 0, top - 32).data(64), "from offset 9223372036854775776");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 0, 4).data(64), "expected a multiple of 32");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 0, 0), "but the file holds 0 bytes of data");
  expect_refused(HandMade().head(1, 0).tensor("w", {1, 1, 1, 1, 1}, 0, 0).data(64), "has 5 axes");
  expect_refused(HandMade().head(1, 0).text("w").put<uint32_t>(0xffffffff).data(64), "has 4294967295 axes");
  expect_refused(HandMade().head(1, 0).tensor("w", {33}, 8, 0).data(64), "rows of 33 elements");
  expect_refused(HandMade().head(1, 0).tensor("w", {16, 2}, 8, 0).data(64), "rows of 16 elements");
  expect_refused(HandMade().head(1, 0).tensor("w", {4}, 4, 0).data(64), "unknown element type (got 4,",
                 ErrorCode::kUnsupported);
}

TEST(Gguf, ATensorWithoutElementsLiesInsideTheFileToo) {
  // Nothing has to follow the header, so what comes after its padding may lie past the end.
  const HandMade file = HandMade().head(1, 0).tensor("t", {3, 0}, 0, 0);
  const GgufTensor tensor = file.parse().tensors.at(0);
  EXPECT_LE(tensor.begin_bytes + tensor.num_bytes, static_cast<int64_t>(file.bytes.size()));
}

TEST(Gguf, OverlapsDoubledNamesAndBadAlignmentsAreRefused) {
  expect_refused(HandMade().head(2, 0).tensor("a", {16}, 0, 0).tensor("b", {16}, 0, 32).data(128),
                 "'a' and 'b' overlap");
  expect_refused(HandMade().head(2, 0).tensor("a", {8}, 0, 0).tensor("a", {8}, 0, 32).data(128), "stands twice");
  for (const uint32_t alignment : {0u, 1u, 4u, 24u, 1u << 31})
    expect_refused(HandMade().head(0, 1).text("general.alignment").put<uint32_t>(4).put(alignment).data(64),
                   "general.alignment is");
  expect_refused(HandMade().head(0, 1).text("general.alignment").put<uint32_t>(8).text("32").data(64),
                 "metadata 'general.alignment' is '32'");
}

/// Writes parts as llama.cpp does, the first without tensors, and says what went wrong when one is opened.
struct SplitFile {
  TemporaryFolder folder;

  fs::path path(int number, int count = 3) const {
    return folder / fmt::format("m-{:05}-of-{:05}.gguf", number, count);
  }
  void write(const fs::path& to, GgufValue number, GgufValue count, const std::vector<std::string>& names = {}) const {
    GgufMetadata metadata;
    metadata.set("split.no", std::move(number));
    metadata.set("split.count", std::move(count));
    metadata.set("split.tensors.count", int32_t{3});
    if (names.empty()) metadata.set("general.name", std::string("whole"));
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const std::string& name : names)
      tensors.emplace_back(name, Tensor::from_floats({2, 8}, std::vector<float>(16, static_cast<float>(name.back() - '0'))));
    write_gguf(to, metadata, tensors);
  }
  void write_all() const {
    write(path(1), uint16_t{0}, uint16_t{3});
    write(path(2), uint16_t{1}, uint16_t{3}, {"w1", "w2"});
    write(path(3), uint16_t{2}, uint16_t{3}, {"w3"});
  }
  Error problem_of(const fs::path& file) const {
    try {
      const GgufFile opened(file);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "nothing was thrown");
  }
};

TEST(Gguf, AnyPartOfASplitFileOpensAllOfIt) {
  const SplitFile split;
  split.write_all();
  for (const int number : {1, 2, 3}) {
    const GgufFile file(split.path(number));
    EXPECT_EQ(file.path(), split.path(1));
    EXPECT_EQ(file.num_parts(), 3u);
    EXPECT_EQ(file.metadata().text("general.name"), "whole");
    EXPECT_FALSE(file.metadata().has("split.count")) << "it would be written to a whole file";
    ASSERT_EQ(file.tensors().size(), 3u);
    for (const char* const name : {"w1", "w2", "w3"})
      for (const float value : file.read_f32(*file.find(name)).floats()) EXPECT_EQ(value, name[1] - '0');
  }
  Tensor kept = Tensor::empty({1});
  {
    const GgufFile file(split.path(1));
    kept = file.mapped(*file.find("w3"));
  }
  EXPECT_EQ(kept.f32()[15], 3.0f) << "a tensor keeps its part open";
  split.write(split.path(1, 1), uint16_t{0}, uint16_t{1}, {"w1"});
  EXPECT_EQ(GgufFile(split.path(1, 1)).num_parts(), 1u) << "the only part is the whole";
}

TEST(Gguf, PartsThatAreMissingMixedUpOrMisnamedAreRefusedByTheirName) {
  const SplitFile split;
  split.write_all();
  const auto expect_problem = [&](const fs::path& file, ErrorCode code, std::string_view words) {
    const Error error = split.problem_of(file);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
  };
  fs::remove(split.path(2));
  expect_problem(split.path(1), ErrorCode::kNotFound, "part 2 of 3 is missing ('m-00002-of-00003.gguf')");
  fs::copy_file(split.path(3), split.path(2));
  expect_problem(split.path(1), ErrorCode::kMismatch, "'m-00002-of-00003.gguf': the file is part 3 of 3 (expected 2 of 3)");
  expect_problem(split.path(2), ErrorCode::kInvalidArgument, "part 3 of 3 of a split GGUF file, but its name");
  split.write(split.path(2), uint16_t{1}, uint16_t{4}, {"w1"});
  expect_problem(split.path(1), ErrorCode::kMismatch, "part 2 of 4 (expected 2 of 3)");
  split.write(split.path(2), uint16_t{1}, uint16_t{3}, {"w1", "w3"});
  expect_problem(split.path(1), ErrorCode::kMismatch, "tensor 'w3' stands in two of its parts");
  split.write(split.path(2), uint16_t{1}, uint16_t{3}, {"w1"});
  expect_problem(split.path(1), ErrorCode::kMismatch, "its parts hold 2 tensors (expected 3)");
  fs::resize_file(split.path(2), 40);
  expect_problem(split.path(1), ErrorCode::kCorruptData, "'m-00002-of-00003.gguf': ");
  const fs::path other = split.folder / "other.gguf";
  split.write(other, uint16_t{0}, uint16_t{3});
  expect_problem(other, ErrorCode::kInvalidArgument, "its name does not say so");
  for (const auto& [number, count] : {std::pair<int64_t, int64_t>{0, std::numeric_limits<int64_t>::max()},
                                      {0, -1}, {3, 3}, {-1, 3}, {std::numeric_limits<int64_t>::min(), 2}}) {
    split.write(other, number, count);
    expect_problem(other, ErrorCode::kCorruptData, "split.no is");
  }
  split.write(other, uint16_t{0}, std::string("3"));
  expect_problem(other, ErrorCode::kCorruptData, "split.count");
}

TEST(Gguf, TensorsOfTypesThatWeDoNotComputeWithAreListedButNotRead) {
  const TemporaryFolder folder;
  put_file(folder / "m.gguf", HandMade().head(1, 0).tensor("w", {256, 2}, 23, 0).data(272).bytes);
  const GgufFile file(folder / "m.gguf");
  EXPECT_EQ(file.tensors()[0].type->name, "iq4_xs");
  EXPECT_THROW(file.read_f32(file.tensors()[0]), Error);
}

TEST(Gguf, NanWeightsAreReportedWithTensorAndElement) {
  const TemporaryFolder folder;
  const Tensor values = Tensor::zeros({2, 8});
  values.f32()[11] = std::numeric_limits<float>::quiet_NaN();
  write_gguf(folder / "m.gguf", {}, {{"w", values}});
  const GgufFile file(folder / "m.gguf");
  try {
    file.read_f32(file.tensors()[0]);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("tensor 'w': element 11 is nan"), std::string::npos) << error.message();
  }
}

TEST(Gguf, EveryTruncationAndEveryFlippedByteIsAnErrorOrStaysInBounds) {
  const std::string whole = read_file(kGolden).substr(0, 4000);
  for (size_t length = 0; length < 1800; length += 7)
    EXPECT_THROW(parse_gguf_header(std::as_bytes(std::span(whole.data(), length))), Error) << length;
  std::string bytes = read_file(kGolden);
  Rng rng(9, 9);
  for (int i = 0; i < 3000; ++i) {
    const size_t at = rng.next_below(1800);
    const char before = bytes[at];
    bytes[at] = static_cast<char>(rng.next_below(256));
    try {
      const auto file = std::as_bytes(std::span(bytes));
      for (const GgufTensor& tensor : parse_gguf_header(file).tensors)
        EXPECT_LE(tensor.begin_bytes + tensor.num_bytes, static_cast<int64_t>(bytes.size()));
    } catch (const Error&) {
    }
    bytes[at] = before;
  }
}

}  // namespace
}  // namespace vitrine::io
