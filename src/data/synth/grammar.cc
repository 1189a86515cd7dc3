#include "data/synth/grammar.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "data/synth/inflection.h"
#include "data/synth/rule_compiler.h"

namespace vitrine::data {
namespace {

bool attaches_left(std::string_view text) {
  return text == "." || text == "," || text == "?" || text == "!" || text == ":" || text == ";" || text == "'s" ||
         text == "%";
}

}  // namespace

std::string_view pronoun(Form form, Gender gender) {
  const bool is_male = gender == Gender::kMale, is_female = gender == Gender::kFemale;
  switch (form) {
    case Form::kHe:
      return is_male ? "he" : is_female ? "she" : "it";
    case Form::kHim:
      return is_male ? "him" : is_female ? "her" : "it";
    case Form::kHis:
      return is_male ? "his" : is_female ? "her" : "its";
    default:
      return "";
  }
}

void SentenceWriter::write(std::string_view text) {
  if (has_article_) {
    has_article_ = false;
    write(begins_with_vowel_sound(text) ? std::string_view("an") : std::string_view("a"));
  }
  if (!is_glued_ && !attaches_left(text)) out_ += ' ';
  out_ += text;
  if (is_capital_) {
    char& first = out_[out_.size() - text.size()];
    first = static_cast<char>(std::toupper(static_cast<unsigned char>(first)));
  }
  is_glued_ = false;
  is_capital_ = text == "." || text == "?" || text == "!";
}

Grammar::Grammar(Lexicon& lexicon, std::span<const std::string_view> tables) : lexicon_(lexicon) {
  for (const Form form : {Form::kHe, Form::kHim, Form::kHis}) {
    for (const Gender gender : {Gender::kMale, Gender::kFemale, Gender::kThing}) lexicon.intern(pronoun(form, gender));
  }
  lexicon.intern("an");
  RuleCompiler compiler(*this, lexicon);
  for (const std::string_view table : tables) compiler.compile(table);
}

const Rule& Grammar::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  VITRINE_CHECK(found != by_name_.end(), "no rule '" + std::string(name) + "'");
  return rules_[found->second];
}

bool Grammar::is_usable(const Alternative& alternative, std::span<const Entity* const> args) const {
  for (const Item& item : alternative) {
    if (item.kind == ItemKind::kSlot) {
      const WordId word = args[item.var]->words[item.word_class];
      if (word == kNoWord) return false;
      if (pronoun(item.form, Gender::kThing).empty() &&
          lexicon_.word(word).forms[static_cast<size_t>(item.form)].empty()) {
        return false;
      }
    } else if (item.kind == ItemKind::kCall) {
      const Rule& called = rules_[item.rule];
      std::array<const Entity*, kMaxVars> inner{};
      for (size_t i = 0; i < called.var_names.size(); ++i) inner[i] = args[item.args[i]];
      bool is_any = false;
      for (const Alternative& choice : called.alternatives) is_any = is_any || is_usable(choice, inner);
      if (!is_any) return false;
    }
  }
  return true;
}

const Alternative& Grammar::choose(const Rule& rule, std::span<const Entity* const> args, Rng& rng,
                                   const std::vector<const Alternative*>* used) const {
  const size_t count = rule.alternatives.size();
  VITRINE_CHECK(count > 0, "rule '" + rule.name + "' is empty");
  const auto is_used = [&](const Alternative& drawn) {
    return used != nullptr && std::find(used->begin(), used->end(), &drawn) != used->end();
  };
  // A fair draw among the fitting and fresh ones: reject and draw again, then take any that fits.
  for (size_t attempt = 0; attempt < 4 * count; ++attempt) {
    const Alternative& drawn = rule.alternatives[rng.next_below(count)];
    if ((attempt >= 2 * count || !is_used(drawn)) && is_usable(drawn, args)) return drawn;
  }
  for (const Alternative& alternative : rule.alternatives) {
    if (is_usable(alternative, args)) return alternative;
  }
  VITRINE_CHECK(false, "no alternative of rule '" + rule.name + "' fits");
  return rule.alternatives.front();
}

void Grammar::write(const Alternative& alternative, std::span<const Entity* const> args, Rng& rng,
                    SentenceWriter& out) const {
  const auto is_plural = [&](uint8_t var) { return var != kNoVar && args[var]->value != 1; };
  for (const Item& item : alternative) {
    switch (item.kind) {
      case ItemKind::kToken:
        out.write(item.token);
        break;
      case ItemKind::kArticle:
        out.write_article();
        break;
      case ItemKind::kAgree:
        out.write(is_plural(item.agree_var) ? item.plural_token : item.token);
        break;
      case ItemKind::kDigits:
        out.write(args[item.var]->digits.empty() ? std::to_string(args[item.var]->value) : args[item.var]->digits);
        break;
      case ItemKind::kSlot: {
        const Word& word = lexicon_.word(args[item.var]->words[item.word_class]);
        if (const std::string_view said = pronoun(item.form, word.gender); !said.empty()) {
          out.write(said);
          break;
        }
        const Form form = is_plural(item.agree_var) ? Form::kPlural : item.form;
        for (const FormId token : word.forms[static_cast<size_t>(form)]) out.write(token);
        break;
      }
      case ItemKind::kCall: {
        const Rule& called = rules_[item.rule];
        std::array<const Entity*, kMaxVars> inner{};
        for (size_t i = 0; i < called.var_names.size(); ++i) inner[i] = args[item.args[i]];
        write(choose(called, inner, rng), inner, rng, out);
        break;
      }
    }
  }
}

void Grammar::expand(const Rule& rule, std::span<const Entity* const> args, Rng& rng, std::string& out, bool capital,
                     std::vector<const Alternative*>* used) const {
  VITRINE_CHECK(args.size() == rule.var_names.size(), "rule '" + rule.name + "' has another number of variables");
  for (size_t i = 0; i < args.size(); ++i) {
    VITRINE_CHECK(args[i]->word_class == rule.var_classes[i], "rule '" + rule.name + "' has another class of variable");
  }
  SentenceWriter writer(out, lexicon_, capital);
  const Alternative& chosen = choose(rule, args, rng, used);
  if (used != nullptr) used->push_back(&chosen);
  write(chosen, args, rng, writer);
}

}  // namespace vitrine::data
