#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "core/rng.h"
#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::put_file;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

fs::path golden_folder() { return fs::path(__FILE__).parent_path() / "../../tests/golden/safetensors"; }

std::string file_of(std::string header, size_t data_bytes) {
  const uint64_t header_bytes = header.size();
  std::string text(reinterpret_cast<const char*>(&header_bytes), 8);
  return text + header + std::string(data_bytes, '\1');
}

/// One tensor of each type that Tensor has.
NamedTensors sample_tensors() {
  NamedTensors tensors;
  tensors.emplace_back("b.f32", Tensor::from_floats({2, 3}, std::vector<float>{0, 1, -2.5f, 3e38f, 1e-40f, -0.0f}));
  tensors.emplace_back("a.i32", Tensor::from_ints({4}, std::vector<int32_t>{1, -1, 2147483647, -2147483647 - 1}));
  tensors.emplace_back("c.u8", Tensor::zeros({3}, DType::kU8));
  std::memcpy(tensors.back().second.data(), "\0\x7f\xff", 3);
  tensors.emplace_back("d.bf16", Tensor::zeros({2, 2}, DType::kBF16));
  const uint16_t brain[4] = {0x3f80, 0xc000, 0x7f7f, 0x0001};
  std::memcpy(tensors.back().second.data(), brain, sizeof(brain));
  tensors.emplace_back("e.f16", Tensor::zeros({3}, DType::kF16));
  const uint16_t half[3] = {0x3c00, 0xc000, 0x7bff};
  std::memcpy(tensors.back().second.data(), half, sizeof(half));
  tensors.emplace_back("f.scalar", Tensor::from_floats(Shape{}, std::vector<float>{7}));
  tensors.emplace_back("g.empty", Tensor::zeros({0, 5}));
  return tensors;
}

void expect_same(const NamedTensors& got, const NamedTensors& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    const auto found = std::find_if(got.begin(), got.end(), [&](const auto& named) { return named.first == name; });
    ASSERT_NE(found, got.end()) << name;
    EXPECT_EQ(found->second.dtype(), tensor.dtype()) << name;
    ASSERT_EQ(found->second.shape(), tensor.shape()) << name;
    EXPECT_EQ(0, std::memcmp(found->second.data(), tensor.data(), static_cast<size_t>(tensor.num_bytes()))) << name;
  }
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  const Metadata metadata = {{"format", "pt"}, {"quote", "\"\\\n\xe2\x82\xac"}};
  write_safetensors(folder / "m.safetensors", sample_tensors(), metadata);
  const SafetensorsFile file(folder / "m.safetensors");
  EXPECT_EQ(file.metadata(), metadata);
  expect_same(file.read_all(), sample_tensors());
  EXPECT_EQ(file.find("nothing"), nullptr);
  EXPECT_THROW(file.read("nothing"), Error);
}

TEST(Safetensors, BytesDoNotDependOnTheOrderGiven) {
  const TemporaryFolder folder;
  NamedTensors tensors = sample_tensors();
  write_safetensors(folder / "a", tensors);
  std::reverse(tensors.begin(), tensors.end());
  write_safetensors(folder / "b", tensors);
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
}

TEST(Safetensors, EveryTensorIsAlignedInTheFile) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample_tensors());
  const SafetensorsFile file(folder / "a");
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, read_file(folder / "a").data(), 8);
  for (const SafetensorsEntry& entry : file.entries()) {
    const int64_t size = entry.dtype == "U8" ? 1 : entry.dtype.ends_with("F16") ? 2 : 4;
    EXPECT_EQ((8 + static_cast<int64_t>(header_bytes) + entry.begin_bytes) % size, 0) << entry.name;
  }
}

TEST(Safetensors, AFileThatGetsShorterWhileItIsOpenIsAnError) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", {{"x", Tensor::zeros({100000})}});
  const SafetensorsFile file(folder / "a");
  std::filesystem::resize_file(folder / "a", 5000);
  try {
    file.read("x");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(error.message().find("got shorter while it was read (it ends at byte 5000"), std::string::npos)
        << error.message();
  }
}

TEST(Safetensors, RefusesNamesThatCannotBeWritten) {
  const Tensor one = Tensor::zeros({1});
  const ByteSink nowhere = [](const void*, size_t) {};
  for (const char* name : {"", "__metadata__", "\xff"})
    EXPECT_THROW(write_safetensors(nowhere, {{name, one}}), Error) << name;
  EXPECT_THROW(write_safetensors(nowhere, {{"x", one}, {"x", one}}), Error);
}

TEST(Safetensors, TypesThatWeCannotComputeWithFailOnlyWhenRead) {
  const TemporaryFolder folder;
  put_file(folder / "m", file_of(R"({"mask":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                                 R"("w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                                 12));
  const SafetensorsFile file(folder / "m");
  EXPECT_NO_THROW(file.read("w"));
  try {
    file.read("mask");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("'mask' has dtype I64"), std::string::npos) << error.message();
  }
}

struct HostileCase {
  const char* what;
  std::string header;
  size_t data_bytes;
  const char* message;  // must be part of the error
};

std::string tensor_text(const std::string& inner) { return "{\"w\":{" + inner + "}}"; }

std::vector<HostileCase> hostile_cases() {
  const std::string good = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
  return {
      {"empty header", "", 0, "not a JSON object"},
      {"not JSON", "hello", 0, "not a JSON object"},
      {"array", "[]", 0, "not a JSON object"},
      {"leading space", " {}", 0, "not a JSON object"},
      {"cut short", "{\"w\":", 0, "not valid JSON"},
      {"trailing text", "{} {}", 0, "not valid JSON"},
      {"invalid UTF-8", "{\"\xff\":{}}", 0, "not valid JSON"},
      {"deep nesting", "{\"w\":" + std::string(100000, '['), 0, "nested too deep"},
      {"deep objects", "{\"w\":{\"a\":{\"a\":{\"a\":{}}}}}", 0, "nested too deep"},
      {"tensor is a number", "{\"w\":1}", 0, "'w' is not an object"},
      {"no dtype", tensor_text(R"("shape":[2],"data_offsets":[0,8])"), 8, "lacks dtype"},
      {"no shape", tensor_text(R"("dtype":"F32","data_offsets":[0,8])"), 8, "lacks dtype"},
      {"no offsets", tensor_text(R"("dtype":"F32","shape":[2])"), 8, "lacks dtype"},
      {"further key", tensor_text(good + R"(,"more":1)"), 8, "unknown keys"},
      {"dtype is a number", tensor_text(R"("dtype":1,"shape":[2],"data_offsets":[0,8])"), 8, "dtype that is not text"},
      {"unknown dtype", tensor_text(R"("dtype":"Q4","shape":[2],"data_offsets":[0,8])"), 8, "unknown dtype 'Q4'"},
      {"shape is text", tensor_text(R"("dtype":"F32","shape":"2","data_offsets":[0,8])"), 8, "not an array"},
      {"negative extent", tensor_text(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), 8, "extent"},
      {"fractional extent", tensor_text(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), 8, "extent"},
      {"huge extent", tensor_text(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])"), 8, "extent"},
      {"extent beyond 64 bits", tensor_text(R"("dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8])"), 8,
       "extent"},
      {"overflowing product", tensor_text(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), 8,
       "overflows"},
      {"overflow hidden by a zero",
       tensor_text(R"("dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0])"), 0,
       "overflows"},
      {"three offsets", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,9])"), 8, "not two numbers"},
      {"negative offset", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])"), 8, "not sizes"},
      {"text offset", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":["0",8])"), 8, "not sizes"},
      {"offsets reversed", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), 8, "lies at bytes 8..0"},
      {"beyond the file", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 7, "lies at bytes 0..8"},
      {"far beyond the file",
       tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807])"), 8,
       "lies at bytes"},
      {"too few bytes", tensor_text(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 8, "takes 4 bytes"},
      {"too many bytes", tensor_text(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), 8, "takes 8 bytes"},
      {"trailing data", tensor_text(good), 9, "1 bytes of data belong to no tensor"},
      {"gap at the start", tensor_text(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8,
       "gap precedes tensor 'w'"},
      {"overlap",
       R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
       5, "'b' overlaps"},
      {"same place twice",
       R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
       4, "'b' overlaps"},
      {"doubled name", "{\"w\":{" + good + "},\"w\":{" + good + "}}", 8, "names 'w' twice"},
      {"doubled key", tensor_text(good + R"(,"dtype":"F32")"), 8, "names 'dtype' twice"},
      {"metadata is an array", R"({"__metadata__":["x"]})", 0, "__metadata__"},
      {"metadata of numbers", R"({"__metadata__":{"x":1}})", 0, "metadata 'x' is not text"},
  };
}

TEST(Safetensors, RefusesHostileHeadersByName) {
  const TemporaryFolder folder;
  for (const HostileCase& hostile : hostile_cases()) {
    put_file(folder / "m", file_of(hostile.header, hostile.data_bytes));
    try {
      const SafetensorsFile file(folder / "m");
      ADD_FAILURE() << hostile.what;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << hostile.what;
      EXPECT_NE(error.message().find(hostile.message), std::string::npos) << hostile.what << ": " << error.message();
    }
  }
}

TEST(Safetensors, NamesEveryFailingTensor) {
  const TemporaryFolder folder;
  put_file(folder / "m", file_of(R"({"one":{},"two":5,"three":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1));
  try {
    const SafetensorsFile file(folder / "m");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("'one'"), std::string::npos);
    EXPECT_NE(error.message().find("'two'"), std::string::npos);
    EXPECT_EQ(error.message().find("'three'"), std::string::npos);
  }
}

TEST(Safetensors, RefusesHeaderLengthsThatTheFileCannotHold) {
  const TemporaryFolder folder;
  for (const uint64_t claim : {uint64_t{3}, uint64_t{100'000'001}, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{7}}) {
    put_file(folder / "m", std::string(reinterpret_cast<const char*>(&claim), 8) + "{}");
    EXPECT_THROW(SafetensorsFile(folder / "m"), Error) << claim;
  }
  for (size_t size = 0; size < 8; ++size) {
    put_file(folder / "m", std::string(size, '\0'));
    EXPECT_THROW(SafetensorsFile(folder / "m"), Error) << size;
  }
  EXPECT_THROW(SafetensorsFile(folder / "missing"), Error);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  write_safetensors(folder / "whole", sample_tensors(), {{"a", "b"}});
  const std::string whole = read_file(folder / "whole");
  for (size_t size = 0; size < whole.size(); ++size) {
    put_file(folder / "m", whole.substr(0, size));
    EXPECT_THROW(SafetensorsFile(folder / "m"), Error) << size;
  }
}

TEST(Safetensors, RandomDamageNeverDoesMoreThanThrow) {
  const TemporaryFolder folder;
  write_safetensors(folder / "whole", sample_tensors(), {{"a", "b"}});
  const std::string whole = read_file(folder / "whole");
  Rng rng(1, 0);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (uint64_t i = 0; i <= rng.next_below(4); ++i)
      damaged[rng.next_below(damaged.size())] = static_cast<char>(rng.next_u32());
    put_file(folder / "m", damaged);
    try {
      SafetensorsFile(folder / "m").read_all();
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal);
    }
  }
}

TEST(Safetensors, ReadsAFileOfTheReferenceImplementation) {
  const SafetensorsFile file(golden_folder() / "by_reference.safetensors");
  EXPECT_EQ(file.metadata(), (Metadata{{"made_by", "reference"}}));
  const Tensor ramp = file.read("ramp");
  ASSERT_EQ(ramp.shape(), (Shape{3, 4}));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(ramp.f32()[i], static_cast<float>(i) / 4);
  EXPECT_EQ(file.read("ids").i32()[2], -3);
  EXPECT_EQ(f32_from_f16(reinterpret_cast<const uint16_t*>(file.read("half").data())[1]), -1.5f);
  EXPECT_THROW(file.read("wide"), Error);
}

TEST(Safetensors, TheReferenceImplementationReadsOurFiles) {
  const char* chosen = std::getenv("VITRINE_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  if (std::system((python + " -c 'import safetensors, numpy' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "needs Python with safetensors and numpy";
  const TemporaryFolder folder;
  write_safetensors(folder / "m.safetensors", sample_tensors(), {{"format", "pt"}});
  const std::string command =
      python + " " + (golden_folder() / "check.py").string() + " " + (folder / "m.safetensors").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace vitrine::io
