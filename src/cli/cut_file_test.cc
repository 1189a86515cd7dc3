#include "cli/cut_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "cli/command.h"
#include "support/temporary_folder.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;
using testing::put_file;
using testing::TemporaryFolder;

struct Ended {
  int status;
  std::string out, err;
};

/// Runs a step in a process of its own, with the handler.
Ended run_apart(const TemporaryFolder& folder, bool is_json, const std::function<void()>& step) {
  const fs::path out = folder / "out.txt", err = folder / "err.txt";
  const pid_t child = ::fork();
  if (child == 0) {
    std::freopen(out.c_str(), "w", stdout);
    std::freopen(err.c_str(), "w", stderr);
    explain_cut_files(is_json);
    step();
    ::_exit(99);
  }
  Ended ended{};
  ::waitpid(child, &ended.status, 0);
  ended.out = read_file(out);
  ended.err = read_file(err);
  return ended;
}

char last_byte(const MappedFile& map) {
  return static_cast<char>(*const_cast<const volatile std::byte*>(&map.bytes().back()));
}

TEST(CutFile, IsNamedAndEndsTheProgramAsAnErrorDoes) {
  const TemporaryFolder folder;
  for (const bool is_json : {false, true}) {
    put_file(folder / "m\x1b.gguf", std::string(100000, 'x'));
    const Ended ended = run_apart(folder, is_json, [&] {
      const MappedFile map(folder / "m\x1b.gguf");
      fs::resize_file(folder / "m\x1b.gguf", 10);
      last_byte(map);
    });
    EXPECT_TRUE(WIFEXITED(ended.status));
    EXPECT_EQ(WEXITSTATUS(ended.status), kFailed);
    EXPECT_EQ(ended.err.find("error: read '"), 0u) << ended.err;
    EXPECT_NE(ended.err.find("/m?.gguf': the file got shorter while it was read"), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find("\nhint: "), std::string::npos) << ended.err;
    EXPECT_EQ(ended.out.find("{\"error\"") == 0, is_json) << ended.out;
  }
}

TEST(CutFile, TakesWhatWasBeingWrittenWithIt) {
  const TemporaryFolder folder;
  put_file(folder / "in", std::string(100000, 'x'));
  put_file(folder / "kept", "");
  const Ended ended = run_apart(folder, false, [&] {
    DurableFile file(folder / "new.gguf");
    file.write("half");
    DurableFile written(folder / "whole.gguf");
    written.write("whole");
    written.commit();
    const fs::path made = temporary_name(folder / "model");
    fs::create_directories(made);
    const NotedPath note(NotedPath::Kind::kTemporary, made);
    for (int i = 0; i < 300; ++i) put_file(made / ("model-" + std::to_string(i) + ".safetensors"), "half");
    const MappedFile map(folder / "in");
    fs::resize_file(folder / "in", 10);
    last_byte(map);
  });
  EXPECT_EQ(WEXITSTATUS(ended.status), kFailed);
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.push_back(entry.path().filename().string());
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{"err.txt", "in", "kept", "out.txt", "whole.gguf"}));
}

TEST(CutFile, OtherFaultsEndTheProgramAsUsual) {
  const TemporaryFolder folder;
  const Ended sent = run_apart(folder, false, [] { ::raise(SIGBUS); });
  EXPECT_TRUE(WIFSIGNALED(sent.status) && WTERMSIG(sent.status) == SIGBUS);
  put_file(folder / "in", std::string(100000, 'x'));
  const Ended unknown = run_apart(folder, false, [&] {
    MappedFile map(folder / "in");
    const int copy = ::open((folder / "in").c_str(), O_RDONLY);
    void* const other = ::mmap(nullptr, 100000, PROT_READ, MAP_PRIVATE, copy, 0);
    map = MappedFile();  // its note goes with it
    fs::resize_file(folder / "in", 10);
    [[maybe_unused]] const volatile char byte = static_cast<const volatile char*>(other)[99999];
  });
  EXPECT_TRUE(WIFSIGNALED(unknown.status) && WTERMSIG(unknown.status) == SIGBUS);
  EXPECT_EQ(unknown.err, "");
}

}  // namespace
}  // namespace vitrine::cli
