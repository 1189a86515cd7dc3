#include <gtest/gtest.h>

#include "base/error.h"
#include "schema/test_support.h"

namespace vitrine::schema {
namespace {

void check(const std::string& grammar_text, const std::vector<std::string>& good, const std::vector<std::string>& bad) {
  const Grammar grammar = compile_gbnf(grammar_text);
  for (const std::string& text : good) EXPECT_TRUE(takes(grammar, text)) << grammar_text << "\nrefuses " << text;
  for (const std::string& text : bad) EXPECT_FALSE(takes(grammar, text)) << grammar_text << "\ntakes " << text;
}

TEST(Gbnf, LiteralsSetsAndQuantifiers) {
  check("root ::= \"ab\" [0-9]+ (\"x\" | \"y\")? \"\\n\"", {"ab1\n", "ab12x\n"}, {"ab\n", "ab1", "ab1z\n"});
  check("root ::= [^a-c\\]\\\\]{2,3}", {"de", "xyz", "é€"}, {"d", "ad", "]]", "\\\\", "wxyz"});
  check("root ::= [a-]* \"\\x41\\u00e9\\U0001F600\"", {"a-aAé😀", "Aé😀"}, {"Aé"});
  check("root ::= \"a\"{3} \"b\"{2,} \"c\"{,2}", {"aaabb", "aaabbbcc"}, {"aab", "aaabbccc"});
  check("root ::= . \"x\"", {"ax", "\nx", "😀x"}, {"x", "abx"});
  check("root ::= \"\" | \"a\"", {"", "a"}, {"aa"});
}

TEST(Gbnf, RulesCommentsAndLines) {
  check(
      "# a list\nroot ::= item (\",\" item)*   # more\n\nitem ::=\n  word |\n  number\nword ::= [a-z]+\nnumber ::= "
      "\"-\"? [0-9]+\n",
      {"a", "a,-1,b"}, {"a,", "-", "A"});
  check("root ::= (\n  \"a\"\n  | \"b\"\n)+", {"ab"}, {""});
  check("root ::= my_rule-2\r\nmy_rule-2 ::= \"x\"", {"x"}, {"y"});
}

TEST(Gbnf, ManyWordsAreFewPlacesAtOnce) {
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += (i == 0 ? "\"w" : " | \"w") + std::to_string(i) + "\"";
  check("root ::= " + words, {"w0", "w3", "w2999", "w19999"}, {"w", "w20000", "w00"});
  check("root ::= \"hello \" (" + words + ") \"!\"", {"hello w7!", "hello w12345!"}, {"hello !", "hello w7"});
}

TEST(Gbnf, GrammarsThatBeginInTooManyWaysAreRefused) {
  std::string rules, alternatives;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "r" + std::to_string(i);
    rules += name + " ::= \"(\" " + name + " \")\" | \"" + name + "\"\n";
    alternatives += (i == 0 ? "" : " | ") + name;
  }
  try {
    compile_gbnf("root ::= " + alternatives + "\n" + rules);
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("too ambiguous"), std::string::npos) << error.message();
  }
}

TEST(Gbnf, RecursionNests) {
  check("root ::= \"(\" root \")\" | \"x\"", {"x", "((x))"}, {"(x", "((x)", "()"});
  check("root ::= e\ne ::= t (\"+\" t)*\nt ::= [0-9]+ | \"(\" e \")\"", {"1+2", "(1+(2+3))+4"}, {"1+", "(1", "()"});
  check("root ::= a\na ::= \"a\" a \"b\" | \"\"", {"", "aabb"}, {"aab", "ba"});
  check("root ::= (\"a\" root \"b\"){0,2} \"c\"", {"c", "acbc", "aacbcbc"}, {"ab", "acb"});
}

TEST(Gbnf, AGrammarOfJsonTakesJson) {
  const char* json =
      "root ::= object\n"
      "value ::= object | array | string | number | (\"true\" | \"false\" | \"null\") ws\n"
      "object ::= \"{\" ws (string \":\" ws value (\",\" ws string \":\" ws value)*)? \"}\" ws\n"
      "array ::= \"[\" ws (value (\",\" ws value)*)? \"]\" ws\n"
      "string ::= \"\\\"\" ([^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" ([\"\\\\bfnrt] | \"u\" [0-9a-fA-F]{4}))* \"\\\"\" ws\n"
      "number ::= (\"-\"? ([0-9] | [1-9] [0-9]{0,15})) (\".\" [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws\n"
      "ws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n";
  check(json, {"{}", "{\"a\": [1, 2.5e3, {\"b\":null}], \"c\": \"x\\n\\u00e9\"}"},
        {"[]", "{\"a\":}", "{\"a\":01}", "{a:1}"});
}

TEST(Gbnf, BrokenGrammarsAreRefused) {
  for (const char* text : {"",
                           "root",
                           "root ::=",
                           "root ::= a",
                           "x ::= \"a\"",
                           "root ::= \"a",
                           "root ::= [a",
                           "root ::= (\"a\"",
                           "root ::= \"a\")",
                           "root ::= \"a\"\nroot ::= \"b\"",
                           "root ::= [b-a]",
                           "root ::= \"a\"{3,1}",
                           "root ::= \"a\"{",
                           "root ::= \"\\q\"",
                           "root ::= \"\\xg0\"",
                           "root := \"a\"",
                           "root ::= *",
                           "root ::= \"\\uD800\"",
                           "\xff",
                           "root ::= root",
                           "root ::= root \"a\" | \"b\"",
                           "root ::= a\na ::= b\nb ::= a \"x\"",
                           "root ::= x root\nx ::= \"\"",
                           "root ::= \"a\" root",
                           "root ::= (x?)*\nx ::= \"(\" x \")\" | \"y\"",
                           "root ::= []"}) {
    try {
      compile_gbnf(text);
      // An empty right side is the empty text, which llama.cpp takes as well.
      EXPECT_EQ(std::string(text), "root ::=") << "was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text << ": " << error.message();
    }
  }
  EXPECT_THROW(compile_gbnf("root ::= <think> \"a\""), Error);
}

TEST(Gbnf, HostileGrammarsEndInAnError) {
  const auto repeat = [](const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
  };
  std::string doubling = "root ::= r0\n";
  for (int i = 0; i < 60; ++i)
    doubling += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + " r" + std::to_string(i + 1) + "\n";
  doubling += "r60 ::= \"a\" r60 \"b\" | \"c\"\n";
  for (const std::string& text :
       {"root ::= " + repeat("(", 100'000), "root ::= " + repeat("(\"a\" | ", 60) + "\"b\"" + repeat(")", 60),
        std::string("root ::= \"a\"{1000000}"), std::string("root ::= x{1000000}\nx ::= \"(\" x \")\" | \"\\n\""),
        std::string("root ::= (((x{1000}){1000}){1000}){1000}\nx ::= \"(\" x \")\" | \"y\""), doubling,
        std::string("root ::= ([ab]* \"a\" [ab]{40})"), "root ::= " + repeat("\"a\" | ", 50'000) + "\"b\""}) {
    try {
      compile_gbnf(text);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << error.message();
    }
  }
}

}  // namespace
}  // namespace vitrine::schema
