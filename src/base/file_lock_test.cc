#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temporary_folder.h"

namespace vitrine {
namespace {

using testing::TemporaryFolder;

const Error& taken() {
  static const Error kTaken(ErrorCode::kMismatch, "it is taken", "wait");
  return kTaken;
}

TEST(FolderLock, ASecondOneIsRefusedUntilTheFirstEnds) {
  const TemporaryFolder folder;
  {
    const FolderLock first(folder.path(), "another training");
    try {
      const FolderLock second(folder.path(), "another training");
      ADD_FAILURE() << "two at once";
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("another training"), std::string::npos) << error.message();
    }
  }
  const FolderLock third(folder.path(), "another training");
}

TEST(FileLock, TakenOneIsSaidInTheWordsOfItsOwner) {
  const TemporaryFolder folder;
  for (const auto& [place, path] : {std::pair{FileLock::Place::kFolder, folder.path()},
                                    std::pair{FileLock::Place::kFile, folder / "new" / "lock"}}) {
    const FileLock first(place, path, taken());
    try {
      const FileLock second(place, path, taken());
      ADD_FAILURE() << "two at once";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kMismatch);
      EXPECT_EQ(error.message(), "it is taken");
    }
  }
  const FileLock again(FileLock::Place::kFolder, folder.path(), taken());
}

TEST(FileLock, FilesAreMadeForTheirOwnerAloneAndFoldersAreNot) {
  const TemporaryFolder folder;
  const FileLock lock(FileLock::Place::kFile, folder / "lock", taken());
  struct stat status {};
  ASSERT_EQ(stat((folder / "lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_THROW(FileLock(FileLock::Place::kFolder, folder / "none", taken()), Error);
  EXPECT_THROW(FileLock(FileLock::Place::kFile, folder / "lock" / "below", taken()), Error);
}

TEST(FileLock, EndsWithTheProgramThatHasIt) {
  const TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const FileLock lock(FileLock::Place::kFile, folder / "lock", taken());
    if (write(ends[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);
  EXPECT_THROW(FileLock(FileLock::Place::kFile, folder / "lock", taken()), Error);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_NO_THROW(FileLock(FileLock::Place::kFile, folder / "lock", taken()));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace vitrine
