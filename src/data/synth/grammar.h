// One grammar for both directions: the generator expands its rules with slots bound to facts of the world, the parser
// recognises sentences with the slots left free and agreement enforced.
//
// A rule is written as a header and, indented below it, its alternatives:
//
//   gives(p:name t:thing q:name)
//     $p gives the (|$t.colour) $t to $q.
//     $p gives $q the $t, and $q says thank you.
//   part owns(p:name t:thing)
//     $p's $t
//
// $p is the word of p, $t.colour its word of another class, $p:he a form, $t~n the noun in the number that n asks for,
// is~n a verb that agrees, (a|b|) a choice, @owns(p t) another rule (defined above it, so that no rule is recursive).
// An alternative may hold several sentences. "a" is written for both articles. The generator leaves out choices that
// ask for what an entity does not have.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/rng.h"
#include "data/synth/lexicon.h"

namespace vitrine::data {

inline constexpr size_t kMaxClasses = 72;
inline constexpr size_t kMaxVars = 8;
inline constexpr uint8_t kNoVar = 0xFF;

/// Something that sentences are about: the words that are true of it, by class, and a number where it is one.
struct Entity {
  Entity() { words.fill(kNoWord); }
  Entity(ClassId id, WordId word) : word_class(id) {
    words.fill(kNoWord);
    words[id] = word;
  }

  WordId noun() const { return words[word_class]; }

  ClassId word_class = kNoClass;
  std::array<WordId, kMaxClasses> words;
  int64_t value = 0;
  std::string digits = {};  ///< of a whole number that `value` cannot hold
};

enum class ItemKind : uint8_t { kToken, kArticle, kAgree, kSlot, kDigits, kCall };

/// One step of an alternative.
struct Item {
  ItemKind kind = ItemKind::kToken;
  Form form = Form::kBase;
  ClassId word_class = kNoClass;
  uint8_t var = kNoVar;
  uint8_t agree_var = kNoVar;
  FormId token = kNoToken;         ///< kToken; kAgree: the singular
  FormId plural_token = kNoToken;  ///< kAgree
  uint16_t rule = 0;                ///< kCall
  std::array<uint8_t, kMaxVars> args{};
};

using Alternative = std::vector<Item>;

/// Where a rule may stand: as a sentence, inside one, or after a quotation ("..." says Tom.).
enum class RuleUse : uint8_t { kSentence, kPart, kTail };

struct Rule {
  std::string name;
  RuleUse use = RuleUse::kSentence;
  std::vector<std::string> var_names;
  std::vector<ClassId> var_classes;
  std::vector<Alternative> alternatives;
  std::vector<Alternative> sentences;  ///< the alternatives cut into single sentences, as the parser meets them
};

/// Writes tokens as English: capital first, marks attached, "an" before a vowel.
class SentenceWriter {
 public:
  SentenceWriter(std::string& out, const Lexicon& lexicon, bool capital)
      : out_(out), lexicon_(lexicon), is_capital_(capital), is_glued_(true) {}
  void write(FormId token) { write(lexicon_.token_text(token)); }
  void write(std::string_view text);
  void write_article() { has_article_ = true; }

 private:
  std::string& out_;
  const Lexicon& lexicon_;
  bool is_capital_;
  bool is_glued_;
  bool has_article_ = false;
};

/// The rules of one level.
/// Threads: const after construction.
class Grammar {
 public:
  /// Compiles rule tables. Errors: kInternal for a mistake in them.
  Grammar(Lexicon& lexicon, std::span<const std::string_view> tables);

  const Rule& rule(size_t index) const { return rules_[index]; }
  size_t num_rules() const { return rules_.size(); }
  /// Errors: kInternal for an unknown name.
  const Rule& find(std::string_view name) const;
  bool has(std::string_view name) const { return by_name_.contains(std::string(name)); }

  /// Expands a rule with its variables bound in order. The sentence begins with a capital where asked.
  /// Errors: kInternal where no alternative fits the entities.
  /// Alternatives in `used` are avoided where another one fits; the chosen one is added.
  void expand(const Rule& rule, std::span<const Entity* const> args, Rng& rng, std::string& out, bool capital,
              std::vector<const Alternative*>* used = nullptr) const;

 private:
  friend class RuleCompiler;
  bool is_usable(const Alternative& alternative, std::span<const Entity* const> args) const;
  const Alternative& choose(const Rule& rule, std::span<const Entity* const> args, Rng& rng,
                            const std::vector<const Alternative*>* used = nullptr) const;
  void write(const Alternative& alternative, std::span<const Entity* const> args, Rng& rng, SentenceWriter& out) const;

  const Lexicon& lexicon_;
  std::vector<Rule> rules_;
  std::unordered_map<std::string, size_t> by_name_;
};

/// Returns the pronoun of a form for a gender (he, she, it …), or an empty text for other forms.
std::string_view pronoun(Form form, Gender gender);

}  // namespace vitrine::data
