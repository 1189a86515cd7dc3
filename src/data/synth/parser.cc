#include "data/synth/parser.h"

#include <fmt/format.h>

#include <cctype>

#include "data/synth/inflection.h"

namespace vitrine::data {
namespace {

// Far above what any sentence of the grammar needs; a hostile one costs this much and is refused.
constexpr int kMaxSteps = 400'000;
constexpr size_t kMaxTokens = 64;

struct InputToken {
  std::string_view text;
  FormId id = kNoToken;
  bool is_number = false;
};

// What is known of a rule's variables at one point of the search.
struct Bindings {
  std::array<std::array<WordId, kMaxClasses>, kMaxVars> words;
  std::array<Gender, kMaxVars> genders{};
  std::array<int8_t, kMaxVars> numbers{};  // 0 unknown, 1 singular, 2 plural
  std::array<std::string_view, kMaxVars> digits{};
};

class Matcher {
 public:
  Matcher(const Lexicon& lexicon, const Grammar& grammar, const std::vector<InputToken>& tokens)
      : lexicon_(lexicon), grammar_(grammar), tokens_(tokens) {
    for (auto& row : bound_.words) row.fill(kNoWord);
    for (size_t i = 0; i < kMaxVars; ++i) identity_[i] = static_cast<uint8_t>(i);
  }

  bool matches(const Rule& rule, const Alternative& alternative) {
    rule_ = &rule;
    const Frame frame{&alternative, identity_.data(), nullptr, 0};
    return match(frame, 0, 0);
  }
  size_t furthest() const { return furthest_; }
  bool is_exhausted() const { return steps_ > kMaxSteps; }

 private:
  // An alternative under way: its items, what its variables are called outermost, and where to go on after it.
  struct Frame {
    const Alternative* items;
    const uint8_t* vars;
    const Frame* parent;
    size_t parent_next;
  };

  bool match(const Frame& frame, size_t next, size_t at);
  bool match_slot(const Frame& frame, size_t next, size_t at);
  bool match_pronoun(const Frame& frame, size_t next, size_t at);
  bool match_call(const Frame& frame, size_t next, size_t at);
  bool match_digits(const Frame& frame, size_t next, size_t at);
  bool match_with_number(const Frame& frame, size_t next, size_t at, uint8_t var, int8_t number);
  bool bind(const Frame& frame, const Item& item, WordId word, size_t next, size_t at);
  bool is_taken(uint8_t var, ClassId word_class, WordId word) const;

  const Lexicon& lexicon_;
  const Grammar& grammar_;
  const std::vector<InputToken>& tokens_;
  const Rule* rule_ = nullptr;
  Bindings bound_;
  std::array<uint8_t, kMaxVars> identity_;
  size_t furthest_ = 0;
  int steps_ = 0;
};

bool Matcher::match(const Frame& frame, size_t next, size_t at) {
  furthest_ = std::max(furthest_, at);
  if (++steps_ > kMaxSteps) return false;
  if (next == frame.items->size()) {
    if (frame.parent == nullptr) return at == tokens_.size();
    return match(*frame.parent, frame.parent_next, at);
  }
  const Item& item = (*frame.items)[next];
  if (item.kind == ItemKind::kCall) return match_call(frame, next, at);
  if (at >= tokens_.size()) return false;
  switch (item.kind) {
    case ItemKind::kToken:
      return tokens_[at].id == item.token && match(frame, next + 1, at + 1);
    case ItemKind::kArticle: {
      if (at + 1 >= tokens_.size()) return false;
      const std::string_view expected = begins_with_vowel_sound(tokens_[at + 1].text) ? "an" : "a";
      return tokens_[at].text == expected && match(frame, next + 1, at + 1);
    }
    case ItemKind::kAgree: {
      const uint8_t var = frame.vars[item.agree_var];
      if (tokens_[at].id == item.token) return match_with_number(frame, next + 1, at + 1, var, 1);
      if (tokens_[at].id == item.plural_token) return match_with_number(frame, next + 1, at + 1, var, 2);
      return false;
    }
    case ItemKind::kDigits:
      return match_digits(frame, next, at);
    default:
      return match_slot(frame, next, at);
  }
}

bool Matcher::match_with_number(const Frame& frame, size_t next, size_t at, uint8_t var, int8_t number) {
  int8_t& known = bound_.numbers[var];
  if (known != 0) return known == number && match(frame, next, at);
  known = number;
  const bool is_match = match(frame, next, at);
  known = 0;
  return is_match;
}

bool Matcher::match_digits(const Frame& frame, size_t next, size_t at) {
  std::string_view text = tokens_[at].text;
  size_t end = at + 1;
  if (text == "-" && end < tokens_.size() && tokens_[end].text.data() == text.data() + 1)
    text = {text.data(), 1 + tokens_[end++].text.size()};  // a negative number: its sign touches it
  if (!tokens_[end - 1].is_number) return false;
  const uint8_t var = frame.vars[(*frame.items)[next].var];
  std::string_view& known = bound_.digits[var];
  if (!known.empty()) return known == text && match(frame, next + 1, end);
  known = text;
  const bool is_match = match_with_number(frame, next + 1, end, var, text == "1" ? 1 : 2);
  known = {};
  return is_match;
}

bool Matcher::match_pronoun(const Frame& frame, size_t next, size_t at) {
  const Item& item = (*frame.items)[next];
  Gender& known = bound_.genders[frame.vars[item.var]];
  for (const Gender gender : {Gender::kMale, Gender::kFemale, Gender::kThing}) {
    if (tokens_[at].text != pronoun(item.form, gender)) continue;
    if (known != Gender::kNone && known != gender) continue;
    const Gender before = known;
    known = gender;
    const bool is_match = match(frame, next + 1, at + 1);
    known = before;
    if (is_match) return true;
  }
  return false;
}

bool Matcher::match_slot(const Frame& frame, size_t next, size_t at) {
  const Item& item = (*frame.items)[next];
  if (!pronoun(item.form, Gender::kThing).empty()) return match_pronoun(frame, next, at);
  if (tokens_[at].id == kNoToken) return false;
  for (const Surface& surface : lexicon_.surfaces_at(tokens_[at].id)) {
    const Word& word = lexicon_.word(surface.word);
    if (word.word_class != item.word_class) continue;
    int8_t number = 0;
    if (item.agree_var == kNoVar) {
      if (surface.form != item.form) continue;
    } else if (surface.form == Form::kBase || surface.form == Form::kPlural) {
      number = surface.form == Form::kBase ? 1 : 2;
    } else {
      continue;
    }
    const std::vector<FormId>& written = word.forms[static_cast<size_t>(surface.form)];
    if (at + written.size() > tokens_.size()) continue;
    bool is_same = true;
    for (size_t i = 1; i < written.size() && is_same; ++i) is_same = tokens_[at + i].id == written[i];
    if (!is_same) continue;
    if (number == 0) {
      if (bind(frame, item, surface.word, next + 1, at + written.size())) return true;
      continue;
    }
    int8_t& known = bound_.numbers[frame.vars[item.agree_var]];
    if (known != 0 && known != number) continue;
    const int8_t before = known;
    known = number;
    const bool is_match = bind(frame, item, surface.word, next + 1, at + written.size());
    known = before;
    if (is_match) return true;
  }
  return false;
}

// Two variables of one kind never name the same person or thing.
bool Matcher::is_taken(uint8_t var, ClassId word_class, WordId word) const {
  if (lexicon_.word(word).value != 0) return false;
  for (size_t other = 0; other < rule_->var_classes.size(); ++other) {
    if (other != var && rule_->var_classes[other] == word_class && bound_.words[other][word_class] == word) return true;
  }
  return false;
}

bool Matcher::bind(const Frame& frame, const Item& item, WordId word, size_t next, size_t at) {
  const uint8_t var = frame.vars[item.var];
  WordId& known = bound_.words[var][item.word_class];
  if (known != kNoWord) return known == word && match(frame, next, at);
  const Word& entry = lexicon_.word(word);
  Gender& gender = bound_.genders[var];
  if (item.word_class != rule_->var_classes[var]) {
    const bool is_gendered = entry.gender != Gender::kThing;
    if (is_gendered && gender != Gender::kNone && gender != entry.gender) return false;
    const Gender before = gender;
    known = word;
    if (is_gendered) gender = entry.gender;
    const bool is_match = match(frame, next, at);
    known = kNoWord;
    gender = before;
    return is_match;
  }
  if (gender != Gender::kNone && gender != entry.gender) return false;
  if (is_taken(var, item.word_class, word)) return false;
  const int8_t number = entry.value == 0 ? 0 : entry.value == 1 ? 1 : 2;
  const Gender before = gender;
  known = word;
  gender = entry.gender;
  const bool is_match = number == 0 ? match(frame, next, at) : match_with_number(frame, next, at, var, number);
  known = kNoWord;
  gender = before;
  return is_match;
}

bool Matcher::match_call(const Frame& frame, size_t next, size_t at) {
  const Item& item = (*frame.items)[next];
  const Rule& called = grammar_.rule(item.rule);
  std::array<uint8_t, kMaxVars> vars{};
  for (size_t i = 0; i < called.var_names.size(); ++i) vars[i] = frame.vars[item.args[i]];
  for (const Alternative& alternative : called.alternatives) {
    if (match(Frame{&alternative, vars.data(), &frame, next + 1}, 0, at)) return true;
  }
  return false;
}

std::vector<InputToken> read_tokens(const Lexicon& lexicon, std::string_view text, std::string& first) {
  std::vector<InputToken> tokens;
  for (const std::string_view piece : split_tokens(text)) {
    tokens.push_back({piece, lexicon.find_token(piece), std::isdigit(static_cast<unsigned char>(piece[0])) != 0});
  }
  // A capital begins a sentence: the first word is looked up as it is, then without its capital.
  if (!tokens.empty() && std::isupper(static_cast<unsigned char>(tokens[0].text[0]))) {
    first = tokens[0].text;
    first[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(first[0])));
  }
  return tokens;
}

}  // namespace

Parser::Parser(const Lexicon& lexicon, const Grammar& grammar) : lexicon_(lexicon), grammar_(grammar) {}

const Rule* Parser::recognise(const Unit& unit, std::string* reason) const {
  const auto refuse = [&](std::string why) -> const Rule* {
    if (reason != nullptr) *reason = std::move(why);
    return nullptr;
  };
  std::string lowered;
  std::vector<InputToken> tokens = read_tokens(lexicon_, unit.text, lowered);
  if (tokens.empty()) return refuse("no words");
  if (tokens.size() > kMaxTokens) return refuse(fmt::format("longer than {} words", kMaxTokens));
  if (unit.use == RuleUse::kSentence && std::islower(static_cast<unsigned char>(tokens[0].text[0]))) {
    return refuse("begins with a small letter");
  }
  std::vector<InputToken> readings{tokens[0]};
  if (!lowered.empty()) readings.push_back({lowered, lexicon_.find_token(lowered), false});
  size_t furthest = 0;
  bool is_exhausted = false;
  for (const InputToken& reading : readings) {
    if (reading.id == kNoToken && !reading.is_number) continue;
    tokens[0] = reading;
    Matcher matcher(lexicon_, grammar_, tokens);
    for (size_t i = 0; i < grammar_.num_rules(); ++i) {
      const Rule& rule = grammar_.rule(i);
      if (rule.use != unit.use) continue;
      for (const Alternative& alternative : rule.sentences) {
        const Item& head = alternative.front();
        if (head.kind == ItemKind::kToken && head.token != reading.id) continue;
        if (matcher.matches(rule, alternative)) return &rule;
      }
    }
    furthest = std::max(furthest, matcher.furthest());
    is_exhausted = is_exhausted || matcher.is_exhausted();
  }
  for (const InputToken& token : tokens) {
    if (token.id == kNoToken && !token.is_number) return refuse(fmt::format("unknown word '{}'", token.text));
  }
  if (is_exhausted) return refuse("too ambiguous");
  if (furthest >= tokens.size()) return refuse("ends too early");
  return refuse(fmt::format("unexpected '{}' at word {}", tokens[furthest].text, furthest + 1));
}

std::string Parser::refuse_reason(const Unit& unit) const {
  std::string reason;
  return recognise(unit, &reason) == nullptr ? reason : "";
}

std::string Parser::rule_of(const Unit& unit) const {
  const Rule* rule = recognise(unit, nullptr);
  return rule == nullptr ? "" : rule->name;
}

ParseReport Parser::check(std::string_view text) const {
  ParseReport report;
  for (const Unit& unit : split_units(text)) {
    if (!unit.is_whole) {
      report.last_is_cut = true;
      continue;
    }
    ++report.num_sentences;
    std::string reason = refuse_reason(unit);
    if (reason.empty()) {
      ++report.num_parsed;
    } else {
      report.refused.push_back({unit.text, std::move(reason)});
    }
  }
  return report;
}

}  // namespace vitrine::data
