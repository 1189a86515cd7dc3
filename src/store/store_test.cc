#include "store/store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "store/database.h"
#include "store/store_testing.h"

namespace vitrine::store {
namespace {

TEST_F(StoreTest, ReopenedDatabaseHasTheTreeWithAllThatIsKnownOfItsMessages) {
  StoredMessage answer{.id = "a",
                       .conversation_id = "c",
                       .parent_id = "q",
                       .role = "assistant",
                       .parts = text_parts("four"),
                       .stop_reason = "stop",
                       .model = "nano",
                       .model_hash = "beef",
                       .settings = R"({"temperature":0.5})",
                       .seed = 77,
                       .usage = MessageUsage{10, 4, 2, 1},
                       .milliseconds = 12,
                       .token_ids = {3, 1, 4},
                       .log_probabilities = {-0.5f, -1.5f, -2.5f},
                       .created = 5};
  {
    Store store(file());
    store.add_conversation({.id = "c", .title = "t", .created = 1, .updated = 1});
    store.add_message({.id = "q", .conversation_id = "c", .role = "user", .parts = text_parts("2+2"), .created = 4});
    store.add_message(answer);
  }
  Store store(file());
  const StoredMessage read = store.message("a");
  EXPECT_EQ(read.parts, answer.parts);
  EXPECT_EQ(read.seed, 77);
  EXPECT_EQ(read.model_hash, "beef");
  EXPECT_EQ(read.token_ids, answer.token_ids);
  EXPECT_EQ(read.log_probabilities, answer.log_probabilities);
  EXPECT_EQ(read.usage->cached_tokens, 4);
  EXPECT_EQ(store.conversation("c").active_leaf, "a");
  const std::vector<StoredMessage> path = store.path_to("a");
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[0].id, "q");
}

TEST_F(StoreTest, DeletedConversationIsInNoFileByteForByteAndItsEventsStayWithoutText) {
  Store store(file());
  converse(store, "keep", "harmless", "reply");
  converse(store, "gone", "xylophonequestion", "zanzibaranswer");
  store.add_event({.kind = "thumb", .created = 4, .message_ids = {"gone_a"}, .value = 1, .note = "quetzalnote"});
  ASSERT_TRUE(is_on_disk("xylophonequestion"));
  store.delete_conversation("gone");
  for (const char* const word : {"xylophonequestion", "zanzibaranswer", "quetzalnote", "xylophone", "zanzibar"})
    EXPECT_FALSE(is_on_disk(word)) << word;
  EXPECT_TRUE(is_on_disk("harmless"));
  EXPECT_TRUE(store.search("xylophonequestion", 10).empty());
  const std::vector<FeedbackEvent> events = store.events(INT64_MAX, 10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].message_ids, std::vector<std::string>{"gone_a"});
  EXPECT_EQ(events[0].note, "");
  EXPECT_EQ(events[0].excerpts, std::vector<std::string>{""});
}

TEST_F(StoreTest, DeletedMessageTakesWhatIsBelowItAlongAndItsText) {
  Store store(file());
  converse(store, "c", "question", "walrusanswer");
  store.add_message({.id = "q2",
                     .conversation_id = "c",
                     .parent_id = "c_a",
                     .role = "user",
                     .parts = text_parts("narwhalquestion"),
                     .created = 6});
  store.delete_message("c_a");
  EXPECT_EQ(store.messages("c").size(), 1u);
  EXPECT_EQ(store.conversation("c").active_leaf, "c_q");
  EXPECT_FALSE(is_on_disk("walrusanswer"));
  EXPECT_FALSE(is_on_disk("narwhalquestion"));
}

TEST_F(StoreTest, TitleMadeOfADeletedMessageIsInNoFileAndOneThatWasGivenStays) {
  Store store(file());
  const std::string question = "Where did Anneliese\\nhide the emeralds of the late duchess, and why did nobody look?";
  const auto begun = [&](const std::string& id, const std::string& title) {
    store.add_conversation({.id = id, .title = title, .created = 1, .updated = 1});
    store.add_message(
        {.id = id + "q", .conversation_id = id, .role = "user", .parts = text_parts(question), .created = 2});
  };
  begun("a", title_of_parts(text_parts(question)));
  begun("b", "Holidays");
  ASSERT_TRUE(is_on_disk("where did anneliese hide"));
  store.delete_message("aq");
  EXPECT_EQ(store.conversation("a").title, "");
  EXPECT_TRUE(store.search("where did anneliese hide", 9).size() == 1);  // of b
  store.delete_message("bq");
  EXPECT_EQ(store.conversation("b").title, "Holidays");
  for (const char* const word : {"anneliese", "emerald", "duchess"}) EXPECT_FALSE(is_on_disk(word)) << word;
}

TEST_F(StoreTest, DeletingEverythingLeavesNoText) {
  Store store(file());
  converse(store, "c", "gnuquestion", "emuanswer");
  store.put_response("r", "", R"({"text":"yakresponse"})");
  store.delete_everything();
  for (const char* const word : {"gnuquestion", "emuanswer", "yakresponse"}) EXPECT_FALSE(is_on_disk(word)) << word;
  EXPECT_TRUE(store.conversations(std::nullopt, INT64_MAX, 10).empty());
}

TEST_F(StoreTest, EventsCanNeitherBeChangedNorRemoved) {
  {
    Store store(file());
    converse(store, "c", "q", "a");
    store.add_event({.kind = "thumb", .created = 1, .message_ids = {"c_a"}, .value = 1, .note = "said"});
  }
  Database database(file());
  EXPECT_THROW(database.execute("UPDATE events SET note_id = 99"), Error);
  EXPECT_THROW(database.execute("DELETE FROM events"), Error);
  EXPECT_THROW(database.execute("UPDATE events SET value = -1"), Error);
  EXPECT_THROW(database.execute("UPDATE events SET reasons = '[\"style\"]'"), Error);
}

TEST_F(StoreTest, LatestThumbCountsAndCanBeTakenBack) {
  Store store(file());
  converse(store, "c", "q", "a");
  const auto thumb = [&](int64_t value) {
    store.add_event(
        {.kind = "thumb", .created = value + 5, .message_ids = {"c_a"}, .value = value, .reasons = R"(["style"])"});
  };
  thumb(1);
  thumb(-1);
  EXPECT_EQ(store.message("c_a").thumb, -1);
  EXPECT_EQ(store.counts().thumbs_up, 0);
  EXPECT_EQ(store.counts().thumbs_down, 1);
  thumb(0);
  EXPECT_EQ(store.message("c_a").thumb, 0);
  EXPECT_EQ(store.counts().thumbs_down, 0);
  EXPECT_EQ(store.counts().events, 3);
}

TEST_F(StoreTest, SearchFindsBeginningsOfWordsWhateverTheirCaseAndNoOperators) {
  Store store(file());
  converse(store, "c", "Où est la bibliothèque?", "Tout droit.");
  ASSERT_EQ(store.search("BIBLIOTHEQ", 10).size(), 2u);  // the message, and the title
  EXPECT_NE(store.search("biblio", 10)[0].snippet.find("\x01"), std::string::npos);
  for (const char* const query : {"\"", "a OR", "NEAR(", "*", "body:x", "-", "(", "' OR 1=1 --", ""})
    EXPECT_NO_THROW(store.search(query, 10)) << query;
}

TEST_F(StoreTest, SearchFindsWordsOfOtherScriptsAndSpellings) {
  Store store(file());
  const std::pair<const char*, std::vector<const char*>> kFound[] = {
      {"今天天气很好", {"天气", "今天", "很好", "气", "天天"}},
      {"昨日カタカナを書いた。ひらがな", {"カタカナ", "書い", "ひら"}},
      {"Meine Straße in GROẞBURG", {"strasse", "Straße", "STRASSE", "grossburg"}},
      {"הלכתי מהבית ולספריה", {"בית", "הבית", "מהבית", "ספריה", "הלכתי", "ספר"}},
      {"ذهبت إلى المدرسة", {"مدرسة", "المدرسة"}},
      {"Mein iPhone手机坏了 gestern", {"iphone", "手机", "坏了", "gest"}},
      {"วันนี้อากาศดี", {"อากาศ"}},
      {"Grüße an Šárka", {"grusse", "grüsse", "sarka"}},
  };
  int number = 0;
  for (const auto& [text, queries] : kFound) {
    const std::string id = "c" + std::to_string(number++);
    store.add_conversation({.id = id, .title = "t", .created = 1, .updated = 1});
    store.add_message({.id = id + "m", .conversation_id = id, .role = "user", .parts = text_parts(text), .created = 2});
    for (const char* const query : queries) {
      const std::vector<SearchHit> hits = store.search(query, 10);
      ASSERT_EQ(hits.size(), 1u) << query;
      EXPECT_EQ(hits[0].message_id, id + "m") << query;
    }
  }
  for (const char* const query : {"气天", "天好", "花", "trasse"})
    EXPECT_TRUE(store.search(query, 10).empty()) << query;
  EXPECT_NE(store.search("天气", 1)[0].snippet.find("今天\x01天气\x02很好"), std::string::npos)
      << store.search("天气", 1)[0].snippet;
  EXPECT_NE(store.search("בית", 1)[0].snippet.find("\x01מהבית\x02"), std::string::npos);
  store.delete_conversation("c0");
  store.delete_conversation("c3");
  for (const char* const text : {"今天", "天气", "很", "בית", "ספריה"}) EXPECT_FALSE(is_on_disk(text)) << text;
  EXPECT_EQ(store.search("手机", 10).size(), 1u);
}

/// A store as the first version wrote it, with a conversation in it.
void write_first_form(const std::filesystem::path& file) {
  { Store store(file); }
  Database database(file);
  database.execute(R"sql(
    DROP TABLE drafts; DROP TABLE search; DROP VIEW judgements; DROP INDEX messages_number;
    CREATE VIRTUAL TABLE search USING fts5(body, message_id UNINDEXED, conversation_id UNINDEXED,
      tokenize = 'unicode61 remove_diacritics 2');
    INSERT INTO texts VALUES (1, '[{"type":"text","text":"今天天气很好"}]');
    INSERT INTO conversations VALUES ('c', 'Straße', NULL, '', NULL, '{}', 'm', 0, 1, 1);
    INSERT INTO messages (id, conversation_id, role, text_id, state, settings, dropped_turns, created, number)
      VALUES ('m', 'c', 'user', 1, 'done', '{}', 0, 1, 1);
    INSERT INTO search VALUES ('今天天气很好', 'm', 'c'), ('Straße', '', 'c');
    PRAGMA user_version = 1;)sql");
}

TEST_F(StoreTest, SearchOfAnEarlierFormIsMadeAnewWithAllThatIsThere) {
  write_first_form(file());
  Store store(file());
  ASSERT_EQ(store.search("天气", 10).size(), 1u);
  ASSERT_EQ(store.search("strasse", 10).size(), 1u);
  EXPECT_EQ(store.search("strasse", 10)[0].message_id, "");
  store.delete_conversation("c");
  for (const char* const text : {"今天", "天气", "stra"}) EXPECT_FALSE(is_on_disk(text)) << text;
}

TEST_F(StoreTest, ExportsAreWhatTheTrainersRead) {
  Store store(file());
  store.add_conversation({.id = "c", .title = "t", .system_prompt = "Be kind.", .created = 1, .updated = 1});
  store.add_message({.id = "q", .conversation_id = "c", .role = "user", .parts = text_parts("hi"), .created = 2});
  for (const char* const id : {"good", "bad"})
    store.add_message({.id = id,
                       .conversation_id = "c",
                       .parent_id = "q",
                       .role = "assistant",
                       .parts = text_parts(id),
                       .created = 3});
  store.add_event({.kind = "choice", .created = 4, .message_ids = {"bad", "good"}, .choice = "1"});
  store.add_event({.kind = "thumb", .created = 5, .message_ids = {"good"}, .value = 1});
  const auto lines = [&](std::string_view format) {
    std::string all;
    store.export_feedback(format, [&](std::string_view line) { all += std::string(line) + "\n"; });
    return all;
  };
  const std::string prompt = R"("prompt":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"}])";
  EXPECT_EQ(lines("preference"),
            "{" + prompt +
                R"(,"chosen":[{"role":"assistant","content":"good"}],"rejected":[{"role":"assistant",)"
                R"("content":"bad"}]})"
                "\n");
  EXPECT_EQ(lines("unpaired"),
            "{" + prompt + R"(,"completion":[{"role":"assistant","content":"good"}],"label":true})" + "\n");
  EXPECT_EQ(lines("sft"), R"({"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"},)"
                          R"({"role":"assistant","content":"good"}]})"
                          "\n");
  EXPECT_THROW(lines("csv"), Error);
  // With tools every line has them, as a text: those of the server where the conversation called some.
  store.add_message(
      {.id = "called",
       .conversation_id = "c",
       .parent_id = "q",
       .role = "assistant",
       .parts = R"([{"type":"tool_call","id":"1","name":"f","arguments":"{}"},)"
                R"({"type":"tool_result","call_id":"1","name":"f","text":"7"},{"type":"text","text":"It is 7."}])",
       .created = 6});
  store.add_event({.kind = "thumb", .created = 7, .message_ids = {"called"}, .value = 1});
  std::vector<std::string> shown;
  store.export_feedback("sft", [&](std::string_view line) { shown.emplace_back(line); }, R"([{"type":"function"}])");
  ASSERT_EQ(shown.size(), 2u);
  std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  EXPECT_TRUE(shown[0].ends_with(R"(,"tools":"[]"})")) << shown[0];
  EXPECT_TRUE(shown[1].ends_with(
      R"({"role":"tool","name":"f","tool_call_id":"1","content":"7"},{"role":"assistant","content":"It is 7."}],)"
      R"("tools":"[{\"type\":\"function\"}]"})"))
      << shown[1];
}

TEST_F(StoreTest, ExportedCallsHaveObjectsAsArgumentsAndIdsThatTellThemApart) {
  Store store(file());
  store.add_conversation({.id = "c", .title = "t", .created = 1, .updated = 1});
  store.add_message({.id = "q", .conversation_id = "c", .role = "user", .parts = text_parts("hi"), .created = 2});
  const auto call = [](const std::string& id, const std::string& arguments) {
    return R"({"type":"tool_call","id":")" + id + R"(","name":"f","arguments":")" + arguments + R"("})";
  };
  const auto result = [](const std::string& id, const std::string& text) {
    return R"({"type":"tool_result","call_id":")" + id + R"(","name":"f","text":")" + text + R"("})";
  };
  const std::string object = R"({\"x\":1})";
  store.add_message({.id = "a",
                     .conversation_id = "c",
                     .parent_id = "q",
                     .role = "assistant",
                     .parts = "[" + call("", object) + "," + call("", object) + "," + result("", "1") + "," +
                              result("", "2") + "," + call("k", object) + "," + result("k", "3") + "]",
                     .created = 3});
  store.add_message(
      {.id = "q2", .conversation_id = "c", .parent_id = "a", .role = "user", .parts = text_parts("go on")});
  store.add_message({.id = "a2",
                     .conversation_id = "c",
                     .parent_id = "q2",
                     .role = "assistant",
                     .parts = "[" + call("k", object) + "," + result("k", "4") + "," + call("", object) + "," +
                              result("", "5") + "]"});
  store.add_event({.kind = "thumb", .message_ids = {"a2"}, .value = 1});
  store.add_message({.id = "cut",
                     .conversation_id = "c",
                     .parent_id = "q",
                     .role = "assistant",
                     .parts = "[" + call("", R"({\"x\":)") + "]"});
  store.add_event({.kind = "thumb", .message_ids = {"cut"}, .value = 1});
  std::vector<std::string> lines;
  store.export_feedback("sft", [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_EQ(lines.size(), 1u);  // a call that was cut off is nothing to learn from
  const auto made = [](const std::string& id) {
    return R"({"id":")" + id + R"(","type":"function","function":{"name":"f","arguments":{"x":1}}})";
  };
  const auto told = [](const std::string& id, const std::string& text) {
    return R"({"role":"tool","name":"f","tool_call_id":")" + id + R"(","content":")" + text + R"("})";
  };
  const std::string said = R"({"role":"assistant","content":"","tool_calls":[)";
  EXPECT_EQ(lines[0], R"({"messages":[{"role":"user","content":"hi"},)" + said + made("call_1") + "," + made("call_2") +
                          "]}," + told("call_1", "1") + "," + told("call_2", "2") + "," + said + made("k") + "]}," +
                          told("k", "3") + R"(,{"role":"user","content":"go on"},)" + said + made("call_3") + "]}," +
                          told("call_3", "4") + "," + said + made("call_4") + "]}," + told("call_4", "5") + "]}");
}

TEST_F(StoreTest, AnswerWithoutAWordIsExportedAsOneUnlessItFailed) {
  Store store(file());
  converse(store, "c", "hi", "hello");
  const auto answer = [&](const std::string& id, const std::string& state) {
    store.add_message({.id = id, .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .state = state});
    store.add_event({.kind = "thumb", .message_ids = {id}, .value = -1});
    store.add_event({.kind = "choice", .message_ids = {"c_a", id}, .choice = "0"});
  };
  answer("ended", "done");
  answer("broken", "failed");
  const auto lines = [&](std::string_view format) {
    std::vector<std::string> all;
    store.export_feedback(format, [&](std::string_view line) { all.emplace_back(line); });
    return all;
  };
  const std::string prompt = R"({"prompt":[{"role":"user","content":"hi"}],)";
  const std::string empty = R"([{"role":"assistant","content":""}])";
  EXPECT_EQ(lines("unpaired"), std::vector{prompt + R"("completion":)" + empty + R"(,"label":false})"});
  EXPECT_EQ(lines("preference"),
            std::vector{prompt + R"("chosen":[{"role":"assistant","content":"hello"}],"rejected":)" + empty + "}"});
}

TEST_F(StoreTest, PairsAreAsShownWithTiesAndBothBad) {
  Store store(file());
  converse(store, "c", "hi", "hello");
  for (const char* const choice : {"1", "tie", "both_bad", "0"}) {
    const std::string id = std::string("b") + choice;
    store.add_message({.id = id,
                       .conversation_id = "c",
                       .parent_id = "c_q",
                       .role = "assistant",
                       .parts = text_parts("hey"),
                       .model = "n"});
    store.add_event({.kind = "choice", .message_ids = {id, "c_a"}, .choice = choice});
  }
  std::vector<std::string> pairs, preferences;
  store.export_feedback("pairs", [&](std::string_view line) { pairs.emplace_back(line); });
  store.export_feedback("preference", [&](std::string_view line) { preferences.emplace_back(line); });
  ASSERT_EQ(pairs.size(), 4u);
  const std::string judgements[] = {"second", "tie", "both_bad", "first"};
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(pairs[i], R"({"prompt":[{"role":"user","content":"hi"}],"first":[{"role":"assistant","content":"hey"}],)"
                        R"("second":[{"role":"assistant","content":"hello"}],"judgement":")" +
                            judgements[i] + R"(","origin":"choice","first_model":"n","second_model":"m"})");
  ASSERT_EQ(preferences.size(), 2u);
  EXPECT_NE(preferences[0].find(R"("chosen":[{"role":"assistant","content":"hello"}])"), std::string::npos);
  EXPECT_NE(preferences[1].find(R"("chosen":[{"role":"assistant","content":"hey"}])"), std::string::npos);
}

TEST_F(StoreTest, OfJudgementsOfTheSameAnswersTheLatestCounts) {
  Store store(file());
  converse(store, "c", "hi", "hello");
  store.add_message(
      {.id = "b", .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .parts = text_parts("hey")});
  store.add_event({.kind = "choice", .message_ids = {"b", "c_a"}, .choice = "1"});
  store.add_event({.kind = "ranking", .message_ids = {"b", "c_a"}, .ranking = {"c_a", "b"}});
  store.add_event({.kind = "choice", .message_ids = {"b", "c_a"}, .choice = "0", .reasons = R"(["clear"])"});
  store.add_event({.kind = "ranking", .message_ids = {"b", "c_a"}, .ranking = {"b", "c_a"}});
  const auto counts = store.counts();
  EXPECT_EQ(std::tuple(counts.first, counts.second, counts.rankings), std::tuple(1, 0, 1));
  EXPECT_EQ(store.events(INT64_MAX, 10).size(), 4u);  // all of them are kept
  for (const char* const format : {"pairs", "preference"}) {
    std::vector<std::string> lines;
    store.export_feedback(format, [&](std::string_view line) { lines.emplace_back(line); });
    ASSERT_EQ(lines.size(), 2u) << format;
    for (const std::string& line : lines) EXPECT_LT(line.find("hey"), line.find("hello")) << line;
  }
}

TEST_F(StoreTest, WhatIsExportedIsImportedOnceAndTheSame) {
  std::string exported;
  {
    Store store(file());
    store.add_folder({.id = "f", .name = "Work", .position = 1});
    converse(store, "c", "question", "answer");
    store.add_event({.kind = "thumb", .created = 9, .message_ids = {"c_a"}, .value = 1, .note = "nice"});
    exported = store.export_everything();
  }
  Store other(folder_ / "other.db");
  const ImportCounts counts = other.import(exported);
  EXPECT_EQ(counts.conversations, 1);
  EXPECT_EQ(counts.messages, 2);
  EXPECT_EQ(counts.events, 1);
  EXPECT_EQ(other.export_everything(), exported);
  EXPECT_EQ(other.import(exported).skipped, 2);
  for (const char* const bad :
       {"", "[]", "{}", R"({"format":"vitrine-conversations","version":1})", "{\"format\":1}",
        R"({"format":"vitrine-conversations","version":1,"conversations":[{"id":1}]})",
        R"({"format":"vitrine-conversations","version":1,"conversations":[{"id":"x","messages":[{}]}]})"})
    EXPECT_THROW(other.import(bad), Error) << bad;
  EXPECT_EQ(other.export_everything(), exported);  // nothing of a bad file stays
}

TEST_F(StoreTest, ErasedNotesComeBackWithAnImportAndNothingElseOfEventsChanges) {
  Store store(file());
  converse(store, "c", "question", "answer");
  store.add_event({.kind = "thumb", .created = 9, .message_ids = {"c_a"}, .value = 1, .note = "nice"});
  store.add_event({.kind = "thumb", .created = 9, .message_ids = {"c_a"}, .value = -1, .note = "bad"});
  store.add_event({.kind = "thumb", .created = 10, .message_ids = {"c_a"}, .value = 0});
  const std::string exported = store.export_everything();
  const std::vector<FeedbackEvent> before = store.events(INT64_MAX, 9);
  for (const bool all : {false, true}) {
    if (all)
      store.delete_everything();
    else
      store.delete_conversation("c");
    EXPECT_EQ(store.events(INT64_MAX, 9)[2].note, "");
    const ImportCounts counts = store.import(exported);
    EXPECT_EQ(counts.events, 2);
    EXPECT_EQ(counts.skipped, 1);
    EXPECT_EQ(store.export_everything(), exported);
    const std::vector<FeedbackEvent> after = store.events(INT64_MAX, 9);
    ASSERT_EQ(after.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(after[i].id, before[i].id);
      EXPECT_EQ(after[i].note, before[i].note);
      EXPECT_EQ(after[i].value, before[i].value);
    }
    const ImportCounts again = store.import(exported);
    EXPECT_EQ(again.events, 0);
    EXPECT_EQ(again.skipped, 4);
  }
}

TEST_F(StoreTest, DatabaseOfALaterVersionIsRefused) {
  { Store store(file()); }
  { Database(file()).execute("PRAGMA user_version = 99"); }
  EXPECT_THROW(Store{file()}, Error);
}

TEST_F(StoreTest, AnswerThatWasBeingWrittenIsMarkedAfterACrash) {
  Store store(file());
  converse(store, "c", "q", "a");
  store.add_message(
      {.id = "r", .conversation_id = "c", .parent_id = "c_q", .role = "assistant", .state = "running", .created = 4});
  EXPECT_EQ(store.close_running("stopped"), 1);
  EXPECT_EQ(store.message("r").state, "failed");
}

/// Writes events until it is killed, and says each number that it was given.
[[noreturn]] void write_events(const std::filesystem::path& file, int descriptor) {
  Store store(file);
  for (;;) {
    const int64_t id =
        store.add_event({.kind = "thumb", .created = 1, .message_ids = {"c_a"}, .value = 1, .note = "note"});
    if (write(descriptor, &id, sizeof id) != sizeof id) _exit(1);
  }
}

TEST_F(StoreTest, NoAcknowledgedEventIsLostBy200KillsDuringWrites) {
  {
    Store store(file());
    converse(store, "c", "q", "a");
  }
  int64_t acknowledged = 0;
  for (int round = 0; round < 200; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      write_events(file(), ends[1]);
    }
    close(ends[1]);
    int64_t id = 0;
    for (int wanted = 1 + round % 3; wanted > 0 && read(ends[0], &id, sizeof id) == sizeof id; --wanted)
      acknowledged = id;
    usleep(static_cast<useconds_t>(round * 37 % 1500));
    kill(child, SIGKILL);
    while (read(ends[0], &id, sizeof id) == sizeof id) acknowledged = id;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself in round " << round;
  }
  Store store(file());
  const std::vector<FeedbackEvent> events = store.events(INT64_MAX, 1'000'000);
  ASSERT_FALSE(events.empty());
  EXPECT_GE(events.front().id, acknowledged);
  EXPECT_EQ(static_cast<int64_t>(events.size()), events.front().id);  // none is missing in between
  EXPECT_GE(acknowledged, 200);
}

}  // namespace
}  // namespace vitrine::store
