// A store in a folder of its own, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "store/store.h"
#include "support/temporary_folder.h"

namespace vitrine::store {

inline std::string text_parts(const std::string& text) { return R"([{"type":"text","text":")" + text + R"("}])"; }

class StoreTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "store.db"; }

  void converse(Store& store, const std::string& id, const std::string& question, const std::string& answer) {
    store.add_conversation({.id = id, .title = "about " + question, .created = 1, .updated = 1});
    store.add_message(
        {.id = id + "_q", .conversation_id = id, .role = "user", .parts = text_parts(question), .created = 2});
    store.add_message({.id = id + "_a",
                       .conversation_id = id,
                       .parent_id = id + "_q",
                       .role = "assistant",
                       .parts = text_parts(answer),
                       .model = "m",
                       .created = 3});
  }

  /// Whether a text stands in any file of the store, byte for byte.
  bool is_on_disk(const std::string& text) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::string bytes = read_file(entry.path());
      std::transform(bytes.begin(), bytes.end(), bytes.begin(), [](unsigned char c) { return std::tolower(c); });
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  testing::TemporaryFolder folder_;
};

}  // namespace vitrine::store
