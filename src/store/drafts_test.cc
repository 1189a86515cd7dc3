// What running answers say so far.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "base/error.h"
#include "store/database.h"
#include "store/store_testing.h"

namespace vitrine::store {
namespace {

using Drafts = StoreTest;

TEST_F(Drafts, DraftOutlivesAKillOfTheProcessAndIsSearchedAfterIt) {
  {
    Store store(file());
    converse(store, "c", "q", "a");
    store.add_message(
        {.id = "r", .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .state = "running", .created = 4});
  }
  const pid_t child = fork();
  if (child == 0) {
    Store store(file());
    store.append_draft("r", std::vector<DraftPiece>{{"text", "dropped"}});
    store.save_draft("r", text_parts("first turn"));
    store.append_draft("r", std::vector<DraftPiece>{{"reasoning", "hm"}, {"text", "half"}});
    store.append_draft("r", std::vector<DraftPiece>{{"text", "way there"}});
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const std::string parts = R"([{"type":"text","text":"first turn"},{"type":"reasoning","text":"hm"},)"
                            R"({"type":"text","text":"halfway there"}])";
  Store store(file());
  EXPECT_EQ(store.message("r").parts, parts);  // while it counts as running
  EXPECT_TRUE(store.search("there", 9).empty());
  EXPECT_EQ(store.close_running("killed"), 1);
  EXPECT_EQ(store.message("r").parts, parts);
  ASSERT_EQ(store.search("there", 9).size(), 1u);
  EXPECT_THROW(store.save_draft("r", text_parts("late")), Error);  // it is over
  EXPECT_THROW(store.append_draft("r", std::vector<DraftPiece>{{"text", "late"}}), Error);
}

TEST_F(Drafts, DraftsAreErasedWithTheirAnswerAndReplacedByItsEnd) {
  Store store(file());
  converse(store, "c", "q", "a");
  const auto begin = [&](const std::string& id, const std::string& word) {
    store.add_message(
        {.id = id, .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .state = "running", .created = 4});
    store.append_draft(id, std::vector<DraftPiece>{{"text", word}, {"reasoning", word + "thought"}});
    EXPECT_TRUE(is_on_disk(word));
  };
  begin("one", "quokkaone");
  store.update_message({.id = "one", .conversation_id = "c", .parts = text_parts("the end"), .state = "done"});
  EXPECT_EQ(store.message("one").parts, text_parts("the end"));
  begin("two", "quokkatwo");
  store.delete_message("two");
  begin("three", "quokkathree");
  store.delete_conversation("c");
  for (const char* const word : {"quokkaone", "quokkatwo", "quokkathree"}) EXPECT_FALSE(is_on_disk(word)) << word;
  converse(store, "c", "q", "a");
  begin("four", "quokkafour");
  store.delete_everything();
  EXPECT_FALSE(is_on_disk("quokkafour"));
}

TEST_F(Drafts, AppendingToALongDraftWritesNoMoreThanToAShortOne) {
  Store store(file());
  converse(store, "c", "q", "a");
  store.add_message(
      {.id = "r", .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .state = "running", .created = 4});
  const auto log_bytes = [&] { return static_cast<int64_t>(std::filesystem::file_size(file().string() + "-wal")); };
  const auto written = [&](const std::string& text) {
    const int64_t before = log_bytes();
    store.append_draft("r", std::vector<DraftPiece>{{"text", text}});
    return log_bytes() - before;
  };
  const int64_t few = written("a few words");
  EXPECT_GT(few, 0);
  written(std::string(600'000, 'x'));
  for (int i = 0; i < 5; ++i) EXPECT_LE(written("a few words"), few + 4 * 4200) << i;  // some pages of the tables more
  EXPECT_EQ(store.message("r").parts.size(), text_parts("").size() + 6 * 11 + 600'000);
}

TEST_F(Drafts, OnlyDraftsAreWrittenWithoutWaitingForTheDisk) {
  Database database(file());
  const auto level = [&] {
    Statement row(database, "PRAGMA synchronous");
    row.step();
    return row.integer(0);
  };
  EXPECT_EQ(level(), 2);
  {
    const UnsyncedWrites unsynced(database);
    EXPECT_EQ(level(), 1);
  }
  EXPECT_EQ(level(), 2);
}

}  // namespace
}  // namespace vitrine::store
