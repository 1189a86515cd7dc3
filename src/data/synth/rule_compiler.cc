#include "data/synth/rule_compiler.h"

#include <cctype>
#include <utility>

#include "base/error.h"

namespace vitrine::data {
namespace {

constexpr std::pair<std::string_view, Form> kFormNames[] = {
    {"s", Form::kPlural}, {"third", Form::kThird}, {"past", Form::kPast}, {"ing", Form::kIng},
    {"in", Form::kIn},    {"to", Form::kTo},       {"more", Form::kMore}, {"most", Form::kMost},
    {"he", Form::kHe},    {"him", Form::kHim},     {"his", Form::kHis}};

constexpr std::pair<std::string_view, std::string_view> kAgreeing[] = {
    {"is", "are"},     {"was", "were"}, {"has", "have"},   {"does", "do"},       {"it", "them"},
    {"this", "these"}, {"lies", "lie"}, {"coin", "coins"}, {"minute", "minutes"}};

bool is_sentence_end(std::string_view token) { return token == "." || token == "?" || token == "!" || token == ":"; }

bool is_name_char(char c) { return std::islower(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace

void RuleCompiler::fail(const std::string& what) const {
  check_failed("rule table", __FILE__, __LINE__, what + " in '" + std::string(line_) + "'");
}

void RuleCompiler::compile(std::string_view table) {
  size_t rule_index = 0;
  while (!table.empty()) {
    const size_t end = std::min(table.find('\n'), table.size());
    line_ = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    at_ = 0;
    if (line_.find_first_not_of(' ') == std::string_view::npos) continue;
    if (line_[0] != ' ') {
      rule_index = read_header(line_);
      continue;
    }
    Alternative items = read_items(rule_index);
    if (at_ != line_.size()) fail("stray '|' or ')'");
    Rule& rule = grammar_.rules_[rule_index];
    Alternative sentence;
    for (const Item& item : items) {
      sentence.push_back(item);
      const bool is_end = item.kind == ItemKind::kToken && is_sentence_end(lexicon_.token_text(item.token));
      if (rule.use != RuleUse::kPart && is_end) rule.sentences.push_back(std::exchange(sentence, {}));
    }
    // What ends with a comma stands on a line of its own: the greeting of a letter.
    if (rule.use != RuleUse::kPart && !sentence.empty()) {
      const bool is_greeting =
          sentence.back().kind == ItemKind::kToken && lexicon_.token_text(sentence.back().token) == ",";
      if (!is_greeting) fail("a sentence without an end");
      rule.sentences.push_back(std::move(sentence));
    }
    rule.alternatives.push_back(std::move(items));
  }
}

size_t RuleCompiler::read_header(std::string_view line) {
  Rule rule;
  for (const auto& [word, use] : {std::pair{"part ", RuleUse::kPart}, std::pair{"tail ", RuleUse::kTail}}) {
    if (line.starts_with(word)) {
      rule.use = use;
      at_ = 5;
    }
  }
  rule.name = read_name();
  if (rule.name.empty() || at_ >= line.size() || line[at_++] != '(') fail("bad header");
  while (at_ < line.size() && line[at_] != ')') {
    if (line[at_] == ' ') {
      ++at_;
      continue;
    }
    rule.var_names.emplace_back(read_name());
    if (at_ >= line.size() || line[at_++] != ':') fail("a variable without a class");
    rule.var_classes.push_back(lexicon_.class_id(read_name()));
  }
  if (at_ >= line.size()) fail("an open header");
  if (rule.var_names.size() > kMaxVars) fail("too many variables");
  const auto [found, is_new] = grammar_.by_name_.try_emplace(rule.name, grammar_.rules_.size());
  if (!is_new) {
    if (grammar_.rules_[found->second].var_classes != rule.var_classes) fail("another header of the same name");
    grammar_.rules_[found->second].var_names = rule.var_names;
    return found->second;
  }
  grammar_.rules_.push_back(std::move(rule));
  return grammar_.rules_.size() - 1;
}

std::string_view RuleCompiler::read_name() {
  const size_t begin = at_;
  while (at_ < line_.size() && is_name_char(line_[at_])) ++at_;
  return line_.substr(begin, at_ - begin);
}

uint8_t RuleCompiler::read_var(size_t rule_index) {
  const std::string_view name = read_name();
  const std::vector<std::string>& names = grammar_.rules_[rule_index].var_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<uint8_t>(i);
  }
  fail("unknown variable '" + std::string(name) + "'");
}

Alternative RuleCompiler::read_items(size_t rule_index) {
  Alternative items;
  while (at_ < line_.size() && line_[at_] != '|' && line_[at_] != ')') {
    const char c = line_[at_];
    if (c == ' ') {
      ++at_;
    } else if (c == '$') {
      items.push_back(read_slot(rule_index));
    } else if (c == '@') {
      items.push_back(read_call(rule_index));
    } else if (c == '(') {
      items.push_back(read_group(rule_index));
    } else {
      read_word(rule_index, items);
    }
  }
  return items;
}

Item RuleCompiler::read_slot(size_t rule_index) {
  Item item{.kind = ItemKind::kSlot};
  ++at_;
  item.var = read_var(rule_index);
  item.word_class = grammar_.rules_[rule_index].var_classes[item.var];
  const auto follows = [&](char mark) {
    return at_ + 1 < line_.size() && line_[at_] == mark && is_name_char(line_[at_ + 1]);
  };
  if (follows('.')) {
    ++at_;
    item.word_class = lexicon_.class_id(read_name());
  }
  if (follows(':')) {
    ++at_;
    const std::string_view name = read_name();
    bool is_known = false;
    for (const auto& [form_name, form] : kFormNames) {
      if (form_name == name) item.form = form, is_known = true;
    }
    if (!is_known) fail("unknown form '" + std::string(name) + "'");
  }
  if (follows('~')) {
    ++at_;
    item.agree_var = read_var(rule_index);
  }
  if (lexicon_.class_name(item.word_class) == "integer") {
    item.kind = ItemKind::kDigits;
    item.form = Form::kDigits;
  }
  return item;
}

Item RuleCompiler::read_call(size_t rule_index) {
  Item item{.kind = ItemKind::kCall};
  ++at_;
  const std::string name(read_name());
  const auto found = grammar_.by_name_.find(name);
  if (found == grammar_.by_name_.end() || found->second == rule_index) fail("unknown rule '" + name + "'");
  item.rule = static_cast<uint16_t>(found->second);
  const Rule& called = grammar_.rules_[found->second];
  if (at_ >= line_.size() || line_[at_++] != '(') fail("a call without arguments");
  size_t num_args = 0;
  while (at_ < line_.size() && line_[at_] != ')') {
    if (line_[at_] == ' ') {
      ++at_;
      continue;
    }
    if (num_args >= called.var_names.size()) fail("too many arguments");
    item.args[num_args] = read_var(rule_index);
    if (grammar_.rules_[rule_index].var_classes[item.args[num_args]] != called.var_classes[num_args]) {
      fail("an argument of another class");
    }
    ++num_args;
  }
  if (at_ >= line_.size() || num_args != called.var_names.size()) fail("too few arguments");
  ++at_;
  return item;
}

Item RuleCompiler::read_group(size_t rule_index) {
  Item item{.kind = ItemKind::kCall, .rule = 0};
  Rule group;
  group.use = RuleUse::kPart;
  group.var_names = grammar_.rules_[rule_index].var_names;
  group.var_classes = grammar_.rules_[rule_index].var_classes;
  for (size_t i = 0; i < kMaxVars; ++i) item.args[i] = static_cast<uint8_t>(i);
  do {
    ++at_;
    group.alternatives.push_back(read_items(rule_index));
  } while (at_ < line_.size() && line_[at_] == '|');
  if (at_ >= line_.size() || line_[at_] != ')') fail("an open group");
  ++at_;
  item.rule = static_cast<uint16_t>(grammar_.rules_.size());
  grammar_.rules_.push_back(std::move(group));
  return item;
}

void RuleCompiler::read_word(size_t rule_index, Alternative& items) {
  const size_t end = std::min(line_.find_first_of(" $@(|)~", at_), line_.size());
  const std::vector<std::string_view> tokens = split_tokens(line_.substr(at_, end - at_));
  at_ = end;
  for (const std::string_view text : tokens) {
    const ItemKind kind = text == "a" || text == "A" ? ItemKind::kArticle : ItemKind::kToken;
    items.push_back({.kind = kind, .token = lexicon_.intern(text)});
  }
  if (at_ < line_.size() && line_[at_] == '~') {
    ++at_;
    Item& item = items.back();
    item.kind = ItemKind::kAgree;
    item.agree_var = read_var(rule_index);
    for (const auto& [singular, plural] : kAgreeing) {
      if (lexicon_.token_text(item.token) == singular) item.plural_token = lexicon_.intern(plural);
    }
    if (item.plural_token == kNoToken) fail("a verb whose plural is not listed");
  }
}

}  // namespace vitrine::data
