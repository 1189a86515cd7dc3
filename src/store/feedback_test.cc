// Judgements are of answers, with reasons that are names.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "store/database.h"
#include "store/feedback_reasons.h"
#include "store/store.h"
#include "support/temporary_folder.h"

namespace vitrine::store {
namespace {

class FeedbackTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "store.db"; }

  static void converse(Store& store) {
    store.add_conversation({.id = "c", .created = 1, .updated = 1});
    store.add_message({.id = "q", .conversation_id = "c", .role = "user", .created = 2});
    store.add_message({.id = "a", .conversation_id = "c", .parent_id = "q", .role = "assistant", .created = 3});
    store.add_message({.id = "b", .conversation_id = "c", .parent_id = "q", .role = "assistant", .created = 4});
  }
  /// As the second form had them: any reason, and judgements of questions.
  void write_second_form() const {
    {
      Store store(file());
      converse(store);
      store.add_conversation({.id = "d", .created = 1, .updated = 1});
      store.add_message({.id = "x", .conversation_id = "d", .role = "user", .created = 2});
      store.add_message({.id = "y", .conversation_id = "d", .parent_id = "x", .role = "assistant", .created = 3});
      store.add_event({.kind = "thumb", .created = 1, .message_ids = {"a"}, .value = 1, .note = "said"});
      store.add_event({.kind = "thumb", .created = 2, .message_ids = {"b"}, .value = -1});
      store.add_event({.kind = "flag", .created = 3, .message_ids = {"y"}});
      store.delete_conversation("d");
    }
    Database database(file());
    database.execute(R"sql(
      DROP TABLE drafts; DROP TRIGGER events_stay_2; DROP VIEW judgements; DROP INDEX messages_number;
      UPDATE events SET reasons = '["zebraqux why","style"]' WHERE id = 1;
      UPDATE events SET reasons = '["wrong","platypus"]' WHERE id = 2;
      UPDATE events SET reasons = '["okapi"]' WHERE id = 3;
      INSERT INTO events (kind, created, conversation_id, message_ids, models, value, reasons)
        VALUES ('thumb', 4, 'c', '["q"]', '[""]', 1, '[]');
      INSERT INTO events (kind, created, conversation_id, message_ids, models, choice, reasons)
        VALUES ('choice', 5, 'c', '["a","q"]', '["",""]', '0', '[]');
      CREATE TRIGGER events_stay_2 BEFORE UPDATE ON events
        WHEN (NEW.note_id IS NOT NULL AND OLD.note_id IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
      PRAGMA user_version = 2;)sql");
  }
  bool is_on_disk(const std::string& text) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (read_file(entry.path()).find(text) != std::string::npos) return true;
    return false;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(FeedbackTest, OnlyAnswersAreJudgedAndOnlyForKnownReasons) {
  Store store(file());
  converse(store);
  EXPECT_THROW(store.add_event({.kind = "thumb", .message_ids = {"q"}, .value = 1}), Error);
  EXPECT_THROW(store.add_event({.kind = "choice", .message_ids = {"a", "q"}, .choice = "0"}), Error);
  EXPECT_THROW(store.add_event({.kind = "thumb", .message_ids = {"a"}, .value = 1, .reasons = R"(["so witty"])"}),
               Error);
  EXPECT_TRUE(store.events(INT64_MAX, 9).empty());
  for (const std::string_view reason : feedback_reasons())
    store.add_event(
        {.kind = "thumb", .message_ids = {"a"}, .value = 1, .reasons = "[\"" + std::string(reason) + "\"]"});
  EXPECT_EQ(store.events(INT64_MAX, 99).size(), feedback_reasons().size());
}

TEST_F(FeedbackTest, WordsThatAnEarlierFormTookForReasonsBecomeNotesAndGoWithTheirConversation) {
  write_second_form();
  ASSERT_TRUE(is_on_disk("okapi"));
  Store store(file());
  const std::vector<FeedbackEvent> events = store.events(INT64_MAX, 9);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[4].reasons, R"(["style"])");
  EXPECT_EQ(events[4].note, "said\nzebraqux why");
  EXPECT_EQ(events[3].reasons, R"(["wrong"])");
  EXPECT_EQ(events[3].note, "platypus");
  EXPECT_EQ(events[2].reasons, "[]");
  EXPECT_EQ(events[2].note, "");
  EXPECT_FALSE(is_on_disk("okapi"));  // its conversation had been deleted
  ASSERT_TRUE(is_on_disk("platypus"));
  store.delete_conversation("c");
  for (const char* const word : {"zebraqux", "platypus", "said"}) EXPECT_FALSE(is_on_disk(word)) << word;
}

TEST_F(FeedbackTest, JudgementsOfQuestionsThatAnEarlierFormTookAreKeptAndCountForNothing) {
  write_second_form();
  Store store(file());
  EXPECT_EQ(store.events(INT64_MAX, 9).size(), 5u);
  const FeedbackCounts counts = store.counts();
  EXPECT_EQ(std::tuple(counts.thumbs_up, counts.thumbs_down, counts.first), std::tuple(1, 1, 0));
  EXPECT_EQ(store.message("q").thumb, 0);
  for (const auto& [format, lines] : {std::pair("unpaired", 2), {"preference", 1}, {"sft", 1}}) {
    int found = 0;
    store.export_feedback(format, [&](std::string_view) { ++found; });
    EXPECT_EQ(found, lines) << format;
  }
  Store other(folder_ / "other.db");
  const ImportCounts taken = other.import(store.export_everything());
  EXPECT_EQ(taken.events, 3);
  EXPECT_EQ(taken.skipped, 2);
}

TEST_F(FeedbackTest, EveryPathToAStoreIsTheSame) {
  const std::filesystem::path real = std::filesystem::canonical(folder_.path()) / "store.db";
  std::filesystem::create_directory(folder_ / "deep");
  std::filesystem::create_symlink(folder_ / "store.db", folder_ / "link.db");
  std::filesystem::create_symlink("../link.db", folder_ / "deep" / "again.db");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "other");
  for (const bool is_there : {false, true}) {
    if (is_there) Store store(file());
    for (const char* const path :
         {"store.db", "link.db", "deep/again.db", "deep/../store.db", "other/link.db", "other/deep/again.db"})
      EXPECT_EQ(real_store_file(folder_ / path), real) << path << is_there;
  }
  EXPECT_EQ(real_store_file(folder_ / "none" / "new.db"), real.parent_path() / "none" / "new.db");
}

}  // namespace
}  // namespace vitrine::store
