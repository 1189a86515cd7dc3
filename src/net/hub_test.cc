#include "net/hub.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::net {
namespace {

const std::string kCommit(40, 'c');
const std::string kDigest(64, 'a');

std::string description(const std::string& siblings) {
  return R"({"sha":")" + kCommit + R"(","cardData":{"license":"apache-2.0"},"siblings":[)" + siblings + "]}";
}

std::string plain(const std::string& name) { return R"({"rfilename":")" + name + R"(","size":10,"blobId":"x"})"; }
std::string large(const std::string& name) {
  return R"({"rfilename":")" + name + R"(","size":10,"lfs":{"sha256":")" + kDigest +
         R"(","size":1000,"pointerSize":1}})";
}

std::vector<std::string> names_of(const RemoteModel& model) {
  std::vector<std::string> names;
  for (const RemoteFile& file : model.files) names.push_back(file.name);
  std::ranges::sort(names);
  return names;
}

ErrorCode code_of(const std::string& text, const HubAddress& address, std::string* hint = nullptr) {
  try {
    select_files(text, address, {});
  } catch (const Error& error) {
    if (hint != nullptr) *hint = error.hint();
    return error.code();
  }
  ADD_FAILURE() << "not refused: " << text;
  return ErrorCode::kInternal;
}

TEST(Hub, AFolderIsWhatAModelNeedsAndNothingElse) {
  const RemoteModel model =
      select_files(description(plain("config.json") + "," + plain("tokenizer.json") + "," + large("model.safetensors") +
                               "," + large("pytorch_model.bin") + "," + plain("README.md") + "," +
                               large("onnx/model.onnx") + "," + plain(".gitattributes") + "," + plain("train.py")),
                   {"o/n"}, {});
  EXPECT_EQ(names_of(model),
            (std::vector<std::string>{"README.md", "config.json", "model.safetensors", "tokenizer.json"}));
  EXPECT_EQ(model.licence, "apache-2.0");
  const auto weights = std::ranges::find(model.files, "model.safetensors", &RemoteFile::name);
  EXPECT_EQ(weights->sha256, kDigest);
  EXPECT_EQ(weights->num_bytes, 1000);
  EXPECT_EQ(weights->url, "https://huggingface.co/o/n/resolve/" + kCommit + "/model.safetensors");
}

TEST(Hub, ShardsComeWithTheirIndex) {
  const RemoteModel model =
      select_files(description(plain("config.json") + "," + plain("model.safetensors.index.json") + "," +
                               large("model-00001-of-00002.safetensors") + "," +
                               large("model-00002-of-00002.safetensors") + "," + large("consolidated.safetensors")),
                   {"o/n"}, {});
  EXPECT_EQ(names_of(model),
            (std::vector<std::string>{"config.json", "model-00001-of-00002.safetensors",
                                      "model-00002-of-00002.safetensors", "model.safetensors.index.json"}));
}

TEST(Hub, OneGgufFileIsTakenAndOneOfSeveralHasToBeNamed) {
  const std::string two = description(large("m-Q4_K_M.gguf") + "," + large("m-Q8_0.gguf"));
  EXPECT_EQ(names_of(select_files(description(large("m.gguf")), {"o/n"}, {})), std::vector<std::string>{"m.gguf"});
  EXPECT_EQ(names_of(select_files(two, {"o/n", "main", "", "q8_0"}, {})), std::vector<std::string>{"m-Q8_0.gguf"});
  EXPECT_EQ(names_of(select_files(two, {"o/n", "main", "m-Q4_K_M.gguf"}, {})),
            std::vector<std::string>{"m-Q4_K_M.gguf"});
  std::string hint;
  EXPECT_EQ(code_of(two, {"o/n"}, &hint), ErrorCode::kInvalidArgument);
  EXPECT_NE(hint.find("m-Q8_0.gguf"), std::string::npos) << hint;
  for (const HubAddress& missing : {HubAddress{"o/n", "main", "other.gguf"}, HubAddress{"o/n", "main", "", "Q2_K"}}) {
    EXPECT_EQ(code_of(two, missing, &hint), ErrorCode::kNotFound);
    EXPECT_EQ(hint, "its GGUF files: m-Q4_K_M.gguf, m-Q8_0.gguf");
  }
  EXPECT_EQ(code_of(description(plain("README.md")), {"o/n"}), ErrorCode::kNotFound);
}

TEST(Hub, PickledWeightsAloneAreRefusedWithWhatIsRead) {
  std::string hint;
  const std::string pickled = plain("config.json") + "," + large("pytorch_model.bin");
  EXPECT_EQ(code_of(description(pickled), {"o/n"}, &hint), ErrorCode::kUnsupported);
  EXPECT_NE(hint.find("safetensors or GGUF"), std::string::npos) << hint;
  EXPECT_EQ(names_of(select_files(description(pickled + "," + large("m.gguf")), {"o/n"}, {})),
            std::vector<std::string>{"m.gguf"});
}

TEST(Hub, ALongListOfFilesIsCut) {
  std::string many;
  for (int i = 0; i < 99; ++i) many += (i ? "," : "") + large("m-" + std::to_string(i) + ".gguf");
  std::string hint;
  EXPECT_EQ(code_of(description(many), {"o/n", "main", "", "Q2_K"}, &hint), ErrorCode::kNotFound);
  EXPECT_NE(hint.find("m-11.gguf, …"), std::string::npos) << hint;
}

TEST(Hub, ASplitGgufFileIsOneChoiceAndComesWithAllItsParts) {
  using Names = std::vector<std::string>;
  const auto parts = [](const std::string& name) {
    return large(name + "-00001-of-00002.gguf") + "," + large(name + "-00002-of-00002.gguf");
  };
  const Names both{"m-00001-of-00002.gguf", "m-00002-of-00002.gguf"};
  EXPECT_EQ(names_of(select_files(description(parts("m")), {"o/n"}, {})), both);
  const std::string mixed = description(parts("Q8_0/m-Q8_0") + "," + large("m-Q4_0.gguf"));
  for (const HubAddress& split :
       {HubAddress{"o/n", "main", "", "Q8_0"}, HubAddress{"o/n", "main", "Q8_0/m-Q8_0-00002-of-00002.gguf"}})
    EXPECT_EQ(names_of(select_files(mixed, split, {})),
              (Names{"Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"}));
  EXPECT_EQ(names_of(select_files(mixed, {"o/n", "main", "", "Q4_0"}, {})), Names{"m-Q4_0.gguf"});
  std::string hint;
  EXPECT_EQ(code_of(mixed, {"o/n"}, &hint), ErrorCode::kInvalidArgument);
  EXPECT_NE(hint.find("Q8_0/m-Q8_0-00001-of-00002.gguf, m-Q4_0.gguf"), std::string::npos) << hint;
  EXPECT_EQ(hint.find("00002-of-00002"), std::string::npos) << hint;
  EXPECT_EQ(code_of(description(large("m-00001-of-00002.gguf")), {"o/n"}), ErrorCode::kNotFound) << "a part is missing";
  EXPECT_EQ(code_of(description(large("m-00002-of-00002.gguf")), {"o/n"}), ErrorCode::kNotFound);
}

TEST(Hub, HostileDescriptionsAreRefused) {
  for (const std::string& text :
       {std::string("<html>"), std::string("[]"), std::string("{}"), std::string("{\"siblings\":3}"),
        std::string("{\"siblings\":["), std::string(100'000, '['), std::string("\xff\xfe")})
    EXPECT_EQ(code_of(text, {"o/n"}), ErrorCode::kCorruptData) << text.substr(0, 20);
  EXPECT_EQ(code_of(description(large("../../evil.gguf")), {"o/n"}), ErrorCode::kCorruptData);
  EXPECT_EQ(code_of(description(R"({"rfilename":7},{"rfilename":null},8,"x")"), {"o/n"}), ErrorCode::kNotFound);
  // Sizes and checksums that are none count as unknown.
  const RemoteModel model =
      select_files(description(R"({"rfilename":"m.gguf","size":-5,"lfs":{"sha256":"zz","size":"1"}})"), {"o/n"}, {});
  EXPECT_FALSE(model.files.front().num_bytes.has_value());
  EXPECT_EQ(model.files.front().sha256, "");
}

TEST(Hub, TheTokenGoesOverHttpsOrStaysOnThisMachine) {
  const auto authorization = [](const std::string& endpoint) {
    return select_files(description(large("m.gguf")), {"o/n"}, {endpoint, "secret"}).files.front().authorization;
  };
  EXPECT_EQ(authorization("https://huggingface.co"), "Bearer secret");
  EXPECT_EQ(authorization("http://127.0.0.1:8000"), "Bearer secret");
  EXPECT_EQ(authorization("http://mirror.example"), "");
}

}  // namespace
}  // namespace vitrine::net
