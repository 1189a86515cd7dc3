// What comes in with an import is checked as a whole, and what a database holds hangs nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/database.h"
#include "store/store.h"
#include "support/temporary_folder.h"

namespace vitrine::store {
namespace {

/// Puts values into a text between single quotes' worth of JSON: 'a' stands for "a".
std::string json(std::string text) {
  for (char& c : text)
    if (c == '\'') c = '"';
  return text;
}

class ImportTest : public ::testing::Test {
 protected:
  static std::string document(const std::string& conversations, const std::string& more = "") {
    return json("{'format':'vitrine-conversations','version':1,'conversations':" + conversations + more + "}");
  }
  static std::string message(const std::string& id, const std::string& parent, const std::string& role,
                             const std::string& more = "") {
    return fmt::format("{{'id':'{}','parent_id':'{}','role':'{}','parts':[{{'type':'text','text':'{}'}}]{}}}", id,
                       parent, role, id, more);
  }
  static std::string conversation(const std::string& messages, const std::string& more = "") {
    return "[{'id':'c'," + ("'messages':[" + messages + "]" + more) + "}]";
  }
  /// What is said of a document that is refused; nothing of it is taken.
  std::string error_of(const std::string& text) {
    const std::string before = store_.export_everything();
    std::string said = "none";
    try {
      store_.import(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
      said = error.message();
      EXPECT_EQ(store_.export_everything(), before);
    }
    return said;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "store.db";
  Store store_{file_};
};

TEST_F(ImportTest, FaultsOfFormAreRefusedWithTheirPlace) {
  const std::string good = "{'id':'a','messages':[]}";
  EXPECT_EQ(error_of(document("3")), "import: conversations has to be a list");
  EXPECT_EQ(error_of(document("null")), "import: conversations is missing");
  EXPECT_EQ(error_of(document("[" + good + ",{'messages':[]}]")), "import: conversations[1].id is missing");
  EXPECT_EQ(error_of(document("[7]")), "import: conversations[0] has to be an object");
  EXPECT_EQ(error_of(document("[{'id':'a'}]")), "import: conversations[0].messages is missing");
  EXPECT_EQ(error_of(document(conversation(message("m", "", "user") + ",{'id':5}"))),
            "import: conversations[0].messages[1].id has to be a string");
  EXPECT_EQ(error_of(document("[" + good + "]", ",'folders':[1]")), "import: folders[0] has to be an object");
  EXPECT_EQ(error_of(document("[" + good + "]", ",'folders':[{'id':'f','name':''}]")),
            "import: folders[0].name is missing or empty");
  EXPECT_EQ(error_of(document("[" + good + "," + good + "]")), "import: conversations[1].id stands twice (got 'a')");
  const auto of_message = [&](const std::string& more) {
    return error_of(document(conversation(message("m", "", "user", more))));
  };
  const std::string place = "import: conversations[0].messages[0].";
  EXPECT_EQ(of_message(",'created':-1"), place + "created has to be a whole number from 0 to 253402300799999");
  EXPECT_EQ(of_message(",'created':1e3"), place + "created has to be a whole number from 0 to 253402300799999");
  EXPECT_EQ(of_message(",'created':18446744073709551615"),
            place + "created has to be a whole number from 0 to 253402300799999");
  EXPECT_EQ(of_message(",'state':'odd'"),
            place + "state is unknown (got 'odd', expected one of done, running, stopped, failed)");
  EXPECT_EQ(of_message(",'usage':{'prompt_tokens':-3}"),
            place + "usage.prompt_tokens has to be a whole number from 0 to 1000000000000");
  EXPECT_EQ(of_message(",'dropped_turns':-3"),
            place + "dropped_turns has to be a whole number from 0 to 1000000000000");
  EXPECT_EQ(of_message(",'settings':[]"), place + "settings has to be an object");
  EXPECT_EQ(of_message(",'token_ids':[1,-1]"), place + "token_ids[1] is no token id");
  EXPECT_EQ(of_message(",'token_ids':[1],'log_probabilities':[-1,-2]"), place + "log_probabilities are 2, of 1 tokens");
  EXPECT_EQ(of_message(",'edited_from':'a b'"),
            place + "edited_from is no id (got 'a b', expected 1 to 64 letters, digits, '-' and '_')");
  const auto of_parts = [&](const std::string& role, const std::string& parts) {
    return error_of(document(conversation("{'id':'m','role':'" + role + "','parts':" + parts + "}")));
  };
  EXPECT_EQ(of_parts("user", "{}"), place + "parts has to be a list");
  EXPECT_EQ(of_parts("user", "[7]"), place + "parts[0] has to be an object");
  EXPECT_EQ(of_parts("user", "[{'type':'text','text':7}]"), place + "parts[0].text has to be a string");
  EXPECT_EQ(of_parts("user", "[{'type':'text'}]"), place + "parts[0].text is missing");
  EXPECT_EQ(of_parts("user", "[{'type':'reasoning','text':''}]"),
            place + "parts[0].type is unknown (got 'reasoning', expected one of text, attachment)");
  EXPECT_EQ(of_parts("assistant", "[{'type':'tool_call','name':'f'}]"), place + "parts[0].arguments is missing");
}

TEST_F(ImportTest, IdsThatRoutesCannotAddressAreRefused) {
  for (const std::string& id : {std::string(), std::string("../../x y?#"), std::string("a/b"), std::string("%41"),
                                std::string("."), std::string("é"), std::string(65, 'a')}) {
    EXPECT_TRUE(
        error_of(document("[{'id':'" + id + "','messages':[]}]")).starts_with("import: conversations[0].id is no id"))
        << id;
    EXPECT_TRUE(error_of(document(conversation(message(id, "", "user"))))
                    .starts_with("import: conversations[0].messages[0].id is no id"))
        << id;
    EXPECT_TRUE(error_of(document("[]", ",'folders':[{'id':'" + id + "','name':'a'}]"))
                    .starts_with("import: folders[0].id is no id"))
        << id;
  }
  EXPECT_EQ(error_of(document("[{'id':'" + std::string(64, 'a') + "','messages':[]}]")), "none");
}

TEST_F(ImportTest, WhatIsNoTreeIsRefused) {
  const auto of = [&](const std::string& messages) { return error_of(document(conversation(messages))); };
  const std::string place = "import: conversations[0].messages[";
  EXPECT_EQ(of(message("q", "q", "user")), place + "0].parent_id is the message itself");
  EXPECT_EQ(of(message("q", "a", "user") + "," + message("a", "q", "assistant")),
            place + "0].parent_id leads back to the message itself");
  EXPECT_EQ(of(message("r", "", "user") + "," + message("t", "b", "user") + "," + message("b", "p", "assistant") + "," +
               message("p", "d", "user") + "," + message("d", "p", "assistant")),
            place + "3].parent_id leads back to the message itself");
  EXPECT_EQ(of(message("q", "nowhere", "user")),
            place + "0].parent_id is no message of this conversation (got 'nowhere')");
  EXPECT_EQ(of(message("a", "", "assistant")), place + "0].parent_id is missing: an answer has a question");
  EXPECT_EQ(of(message("q", "", "user") + "," + message("p", "q", "user")),
            place + "1].parent_id is a message of the same role (user)");
  EXPECT_EQ(of(message("q", "", "system")),
            place + "0].role is unknown (got 'system', expected one of user, assistant)");
  EXPECT_EQ(of(message("q", "", "user") + "," + message("q", "", "user")), place + "1].id stands twice (got 'q')");
  EXPECT_EQ(error_of(document("[{'id':'c','messages':[" + message("q", "", "user") + "]},{'id':'d','messages':[" +
                              message("a", "q", "assistant") + "]}]")),
            "import: conversations[1].messages[0].parent_id is no message of this conversation (got 'q')");
  EXPECT_EQ(error_of(document("[{'id':'c','messages':[" + message("q", "", "user") + "]},{'id':'d','messages':[" +
                              message("q", "", "user") + "]}]")),
            "import: conversations[1].messages[0].id stands twice (got 'q')");
  EXPECT_EQ(error_of(document(conversation(message("q", "", "user"), ",'active_leaf':'z'"))),
            "import: conversations[0].active_leaf is no message of this conversation");
  // A parent may stand after what is below it.
  EXPECT_EQ(error_of(document(conversation(message("a", "q", "assistant") + "," + message("q", "", "user")))), "none");
  EXPECT_EQ(store_.path_to("a").size(), 2u);
}

TEST_F(ImportTest, MessagesOfAnotherConversationAreNotTakenAgain) {
  const std::string messages = message("q", "", "user");
  store_.import(document(conversation(messages)));
  EXPECT_EQ(error_of(document("[{'id':'x','messages':[" + messages + "]}]")),
            "import: conversations[0].messages[0].id is that of a message of another conversation (got 'q')");
}

TEST_F(ImportTest, EventsThatSayNothingAreRefused) {
  const std::string tree = conversation(message("q", "", "user") + "," + message("a", "q", "assistant") + "," +
                                        message("b", "q", "assistant"));
  const std::string other =
      "{'id':'d','messages':[" + message("p", "", "user") + "," + message("o", "p", "assistant") + "]}]";
  const std::string both = tree.substr(0, tree.size() - 1) + "," + other;
  const auto of = [&](const std::string& event) {
    return error_of(document(both, ",'events':[{'created':1," + event + "}]"));
  };
  const std::string place = "import: events[0].";
  EXPECT_EQ(of("'kind':'zzz','message_ids':['a']"),
            place + "kind is unknown (got 'zzz', expected one of thumb, choice, ranking, flag, edit, regenerate)");
  EXPECT_EQ(of("'message_ids':['a']"), place + "kind is missing");
  EXPECT_EQ(of("'kind':'thumb'"), place + "message_ids is missing");
  EXPECT_EQ(of("'kind':'thumb','message_ids':['a']"), place + "value is missing");
  EXPECT_EQ(of("'kind':'thumb','message_ids':['a'],'value':7"), place + "value has to be a whole number from -1 to 1");
  EXPECT_EQ(of("'kind':'thumb','message_ids':['a','b'],'value':1"), place + "message_ids are 2 (expected 1)");
  EXPECT_EQ(of("'kind':'choice','message_ids':['a'],'choice':'0'"), place + "message_ids are 1 (expected 2)");
  EXPECT_EQ(of("'kind':'choice','message_ids':['a','a'],'choice':'0'"), place + "message_ids has one of them twice");
  EXPECT_EQ(of("'kind':'choice','message_ids':['a','b'],'choice':'2'"),
            place + "choice is unknown (got '2', expected one of 0, 1, tie, both_bad)");
  EXPECT_EQ(of("'kind':'ranking','message_ids':['a','b'],'ranking':['a','o']"),
            place + "ranking has to name each of 'message_ids' once");
  EXPECT_EQ(of("'kind':'choice','message_ids':['a','o'],'choice':'0'"),
            place + "message_ids has a message of another conversation (got 'o')");
  EXPECT_EQ(of("'kind':'flag','message_ids':['a'],'conversation_id':'d'"),
            place + "message_ids has a message of another conversation (got 'a')");
  EXPECT_EQ(error_of(document(both, ",'events':[{'kind':'flag','message_ids':['a']}]")), place + "created is missing");
}

TEST_F(ImportTest, OfMessagesThatAreGoneOnlyTheJudgementIsTakenAndOfQuestionsNone) {
  const std::string tree = conversation(message("q", "", "user") + "," + message("a", "q", "assistant"));
  const ImportCounts counts = store_.import(document(
      tree,
      ",'events':[{'kind':'thumb','created':1,'message_ids':['gone'],'conversation_id':'x','value':1,'note':'lingers'},"
      "{'kind':'thumb','created':2,'message_ids':['q'],'value':1},"
      "{'kind':'thumb','created':3,'message_ids':['a'],'value':1,'reasons':['clear','so witty']}]"));
  EXPECT_EQ(counts.events, 2);
  EXPECT_EQ(counts.skipped, 1);
  const std::vector<FeedbackEvent> events = store_.events(INT64_MAX, 9);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].message_ids, std::vector<std::string>{"gone"});
  EXPECT_EQ(events[1].note, "");
  EXPECT_EQ(events[0].conversation_id, "c");
  EXPECT_EQ(events[0].reasons, R"(["clear"])");
  EXPECT_EQ(events[0].note, "so witty");  // words of a person are text that can be erased
}

TEST_F(ImportTest, DeepAndWideDocumentsAreRefusedAtOnce) {
  EXPECT_EQ(error_of(std::string(100'000, '[')), "import: the document is nested too deeply");
  std::string wide = "{'id':'a'";
  for (int i = 0; i < 200'000; ++i) wide += fmt::format(",'k{}':1", i);
  EXPECT_EQ(error_of(document("[" + wide + "}]")), "import: an object has more than 1000 members");
}

TEST_F(ImportTest, DatabaseThatLeadsAroundOrElsewhereIsWalkedOnce) {
  store_.import(document("[{'id':'c','messages':[" + message("q", "", "user") + "," + message("a", "q", "assistant") +
                         "," + message("s", "a", "user") + "," + message("b", "s", "assistant") +
                         "]},{'id':'d','messages':[" + message("p", "", "user") + "," + message("o", "p", "assistant") +
                         "]}]"));
  {
    Database database(file_);
    database.execute(
        "UPDATE messages SET parent_id = 'b' WHERE id = 'q'; UPDATE messages SET parent_id = 'o' WHERE id = 'p'");
    database.execute("UPDATE messages SET parent_id = 'a' WHERE id = 'p'");
  }
  EXPECT_EQ(store_.path_to("b").size(), 4u);
  EXPECT_EQ(store_.path_to("o").size(), 2u);  // not into the other conversation
  {
    Database database(file_);
    database.execute("UPDATE messages SET parent_id = 'p' WHERE id = 'p'");
  }
  EXPECT_EQ(store_.path_to("o").size(), 2u);
  store_.add_event({.kind = "thumb", .message_ids = {"b"}, .value = 1});
  for (const std::string_view format : export_formats())
    EXPECT_NO_THROW(store_.export_feedback(format, [](std::string_view) {})) << format;
  EXPECT_EQ(store_.messages("c").size(), 4u);
  store_.delete_message("a");  // all of it is below it
  EXPECT_TRUE(store_.messages("c").empty());
  store_.delete_conversation("d");
}

}  // namespace
}  // namespace vitrine::store
