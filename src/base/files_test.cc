#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using testing::put_file;
using testing::TemporaryFolder;

size_t num_entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(DurableFile, ANewFileIsThereWholeOrNotAtAll) {
  const TemporaryFolder folder;
  for (const bool is_old_there : {false, true}) {
    if (is_old_there) put_file(folder / "a", "old");
    for (int failing = 1;; ++failing) {
      int number = 0;
      set_file_hook([&](FileOperation, const fs::path&) {
        if (++number == failing) throw Error(ErrorCode::kIo, "no space left");
      });
      bool is_written = true;
      try {
        write_file_durably(folder / "a", "new");
      } catch (const Error& error) {
        is_written = false;
        EXPECT_EQ(error.code(), ErrorCode::kIo);
      }
      set_file_hook({});
      if (is_written) {
        EXPECT_GT(failing, 3);  // a write, a sync and a rename at least
        break;
      }
      const bool is_there = fs::exists(folder / "a");
      EXPECT_TRUE(is_old_there ? is_there : true);
      if (is_there) {
        const std::string content = read_file(folder / "a");
        EXPECT_TRUE(content == "new" || (is_old_there && content == "old")) << content;
      }
      EXPECT_EQ(num_entries(folder.path()), is_there ? 1u : 0u);  // no temporary file is left
      if (is_old_there) put_file(folder / "a", "old");
      if (!is_old_there) fs::remove(folder / "a");
    }
    EXPECT_EQ(read_file(folder / "a"), "new");
  }
}

TEST(FileReader, WhatIsNoRegularFileIsNotOpened) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const auto code = [](const auto& step) {
    try {
      step();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  // Opening a FIFO that nobody writes to would wait for ever.
  for (const fs::path& path : {folder / "fifo", fs::path("/dev/zero")}) {
    EXPECT_EQ(code([&] { MappedFile{path}; }), ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(code([&] { FileReader{path}; }), ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(code([&] { read_regular_file(path); }), ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(code([&] { read_small_text(path); }), ErrorCode::kInvalidArgument) << path;
  }
  EXPECT_EQ(code([&] { FileReader(folder / "none"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code([&] { FileReader{folder.path()}; }), ErrorCode::kIo);
}

TEST(FileReader, GivesEveryByteInOrderAndRefusesThoseThatAreGone) {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; content.size() < 3'000'001; ++i) content += std::to_string(i);
  put_file(folder / "a", content);
  const FileReader file(folder / "a");
  std::string got;
  file.read_all(
      [&](std::span<const std::byte> piece) { got.append(reinterpret_cast<const char*>(piece.data()), piece.size()); });
  EXPECT_TRUE(got == content);
  EXPECT_TRUE(read_regular_file(folder / "a") == content);
  fs::resize_file(folder / "a", 2'000'000);
  EXPECT_THROW(file.read_all([](auto) {}), Error);
  put_file(folder / "a", "");
  EXPECT_EQ(read_regular_file(folder / "a"), "");
}

TEST(NotedPath, FindsAMappedFileByAnAddressWhileItIsMapped) {
  const TemporaryFolder folder;
  put_file(folder / "a", std::string(10000, 'x'));
  char path[kMaxNotedPath] = {};
  const std::byte* address = nullptr;
  {
    MappedFile first(folder / "a");
    const MappedFile map = std::move(first);
    address = map.bytes().data();
    EXPECT_TRUE(find_mapped_file(address + 9999, path));
    EXPECT_EQ(path, (folder / "a").string());
    EXPECT_FALSE(find_mapped_file(address + 10000, path));
  }
  EXPECT_FALSE(find_mapped_file(address, path));
}

TEST(NotedPath, MoreThanThereIsRoomForAreLeftOut) {
  const TemporaryFolder folder;
  put_file(folder / "a", "x");
  std::vector<MappedFile> maps;
  for (int i = 0; i < 300; ++i) maps.emplace_back(folder / "a");
  char path[kMaxNotedPath] = {};
  EXPECT_TRUE(find_mapped_file(maps.front().bytes().data(), path));
  EXPECT_FALSE(find_mapped_file(maps.back().bytes().data(), path));
  maps.clear();
  const MappedFile map(folder / "a");
  EXPECT_TRUE(find_mapped_file(map.bytes().data(), path));
}

TEST(AbandonedFiles, OfProcessesThatAreGoneAreRemovedAndNothingElse) {
  const TemporaryFolder folder;
  const pid_t gone = [] {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    int status = 0;
    ::waitpid(child, &status, 0);
    return child;
  }();
  const std::string own = std::to_string(::getpid()), dead = std::to_string(gone);
  const std::vector<std::string> stay = {"x.gguf",
                                         "x.gguf.tmp-" + own,
                                         "x.gguf.tmp-",
                                         "x.gguf.tmp-1",
                                         "x.gguf.tmp-0" + dead,
                                         "x.gguf.tmp-" + dead + "a",
                                         "y.gguf.tmp-" + dead,
                                         "x.gguf.old.tmp-" + dead,
                                         "x.gguf.tmp--" + dead};
  for (const std::string& name : stay) put_file(folder / name, "x");
  put_file(folder / ("x.gguf.tmp-" + dead), "x");
  remove_abandoned(folder / "x.gguf");
  for (const std::string& name : stay) EXPECT_TRUE(fs::exists(folder / name)) << name;
  EXPECT_FALSE(fs::exists(folder / ("x.gguf.tmp-" + dead)));
  fs::create_directories(folder / ("m.tmp-" + dead + "/inner"));
  remove_abandoned(folder / "m");
  EXPECT_FALSE(fs::exists(folder / ("m.tmp-" + dead)));
  EXPECT_EQ(num_entries(folder.path()), stay.size());
  remove_abandoned(folder / "nowhere/x");
}

TEST(ReadSmallText, RefusesWhatIsTooLargeAndWhatHasANulByte) {
  const TemporaryFolder folder;
  put_file(folder / "a", "12345");
  EXPECT_EQ(read_small_text(folder / "a", 5), "12345");
  EXPECT_THROW(read_small_text(folder / "a", 4), Error);
  put_file(folder / "b", std::string("{}\0{}", 5));
  try {
    read_small_text(folder / "b");
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_NE(error.message().find("a NUL byte stands at 2"), std::string::npos) << error.message();
  }
}

TEST(DurableFile, WithoutACommitTheOldContentStays) {
  const TemporaryFolder folder;
  put_file(folder / "a", "old");
  { DurableFile(folder / "a").write("new"); }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(num_entries(folder.path()), 1u);
}

TEST(DurableFile, PipesFoldersAndDevicesAreNeverReplaced) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  fs::create_directory(folder / "folder");
  for (const fs::path& path : {folder / "pipe", folder / "folder", fs::path("/dev/null")}) {
    try {
      write_file_durably(path, "new");
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(path.string()), std::string::npos) << error.message();
    }
    EXPECT_FALSE(fs::is_regular_file(path));
  }
}

TEST(DurableFile, ALinkIsFollowedAndStays) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  put_file(folder / "elsewhere/a", "old");
  fs::create_symlink(folder / "elsewhere/a", folder / "link");
  fs::create_symlink("elsewhere/b", folder / "to-nothing");
  write_file_durably(folder / "link", "new");
  write_file_durably(folder / "to-nothing", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "elsewhere/a"), "new");
  EXPECT_EQ(read_file(folder / "elsewhere/b"), "new");
}

TEST(MappedFile, MissingFilesAndFoldersAreRefusedByName) {
  const TemporaryFolder folder;
  for (const fs::path& path : {folder / "missing", folder.path()}) {
    try {
      read_file(path);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(path.string()), std::string::npos) << error.message();
    }
  }
  put_file(folder / "empty", "");
  EXPECT_EQ(read_file(folder / "empty"), "");
}

TEST(ReadFile, APipeIsReadToItsEndAndCannotBeMapped) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const std::string text(200000, 'x');
  std::thread writer([&] { std::ofstream(folder / "pipe") << text; });
  EXPECT_EQ(read_file(folder / "pipe"), text);
  writer.join();
  EXPECT_THROW(MappedFile("/dev/null"), Error);
}

TEST(MappedFile, TooLittleAddressSpaceIsOutOfMemoryAndNoFaultOfTheFile) {
  const TemporaryFolder folder;
  put_file(folder / "large", "");
  fs::resize_file(folder / "large", uintmax_t{1} << 36);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  const rlimit less{.rlim_cur = rlim_t{1} << 35, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &less), 0);
  try {
    MappedFile map(folder / "large");
    ADD_FAILURE() << "mapped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory) << error.message();
  }
  ::setrlimit(RLIMIT_AS, &before);
}

TEST(LineAppender, EveryLineIsOneWrite) {
  const TemporaryFolder folder;
  int writes = 0;
  set_file_hook([&](FileOperation operation, const fs::path&) { writes += operation == FileOperation::kWrite; });
  LineAppender(folder / "log").append("one");
  LineAppender(folder / "log").append("two");
  set_file_hook({});
  EXPECT_EQ(writes, 2);
  EXPECT_EQ(read_file(folder / "log"), "one\ntwo\n");
}

}  // namespace
}  // namespace vitrine
